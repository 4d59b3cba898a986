"""A page that is left open: it follows what happens, disturbs nobody, and says when it cannot."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, Page, expect

from bot.core.actor import Actor
from bot.core.events import Acknowledged
from bot.core.signal import Level
from tests.browser.conftest import Opens, sideways
from tests.stories.world import World, world

NEXT_POLL = "document.getElementById('live').dispatchEvent(new Event('look'))"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[World]:
    """Checkout has just gone down, six minutes after a deployment."""
    async with world(tmp_path) as it:
        await it.deploys("d1", commits=[{"sha": "a1b2c3d4", "message": "Add it", "author": "Bo"}])
        await it.deploys("d0", version="v1.41", ago=3000)
        await it.reports(Level.DOWN)
        yield it


async def polls(page: Page) -> None:
    """It asks for what is new at once, not only with its next turn."""
    async with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        await page.evaluate(NEXT_POLL)


async def test_an_incident_is_followed_while_somebody_writes(story: World, opens: Opens) -> None:
    page = await opens(f"{story.url}/incidents/1", width=390, height=844, color_scheme="dark")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    await page.goto(story.midwatch.sessions.link("ana"))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{story.url}/incidents/1")
    await page.get_by_text("1 commit").click()
    note = page.get_by_label("Note")
    await note.fill("the vouch")
    await page.evaluate("window.here = true")

    await story.midwatch.engine.receive(
        "bo:has", Acknowledged(1, Actor("bo", "sms"), story.clock.now())
    )
    await story.settle()
    await polls(page)
    await expect(page.locator(".light", has_text="Development")).to_contain_text("Bo has it")
    spoken = page.locator("#news")
    await expect(spoken).to_have_text("#1 checkout triggered, Development: Bo has it.")
    await note.press_sequentially("ers")
    await expect(note).to_be_focused()

    await story.reports(Level.UP)
    await polls(page)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("resolved")
    await expect(page).to_have_title("#1 checkout resolved · Midwatch")
    await expect(page.get_by_role("button", name="I have it")).to_have_count(0)
    await expect(note).to_have_value("the vouchers")
    await expect(note).to_be_focused()
    await expect(page.get_by_text("Add it")).to_be_visible()

    story.clock.forward(60)
    await story.reports(Level.DOWN)
    await polls(page)
    quiet = page.get_by_label("Quiet for")
    await quiet.fill("45")
    story.clock.forward(60)
    await story.reports(Level.UP)
    await polls(page)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("resolved")
    await expect(quiet).to_have_value("45")  # its form is gone for everybody else
    assert await page.evaluate("window.here"), "it was never loaded anew"
    assert await sideways(page) == 0


async def test_a_shared_view_is_opened_and_narrowed(story: World, opens: Opens) -> None:
    shared = f"{story.url}/deployments?service=checkout&from=2026-11-24"
    page = await opens(shared)
    await page.goto(story.midwatch.sessions.link("bo"))
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(shared)
    await expect(page.get_by_role("row", name="v1.42")).to_contain_text("#1 suspected")
    await expect(page.get_by_role("row", name="v1.41")).to_have_count(0)
    await page.get_by_label("From").fill("2026-11-01")
    await page.get_by_label("Incidents").select_option(label="that caused one")
    await page.keyboard.press("Tab")
    await page.get_by_role("button", name="Show").press("Enter")
    await expect(page.get_by_text("None is like that.")).to_be_visible()
    await expect(page.get_by_label("From")).to_have_value("2026-11-01")
    await page.get_by_role("link", name="Show all").click()
    await expect(page.get_by_role("row", name="v1.41")).to_be_visible()


async def test_what_is_stale_says_since_when(story: World, opens: Opens) -> None:
    page = await opens(story.midwatch.sessions.link("ana"))
    await page.get_by_role("button", name="Sign in").click()
    told = page.locator("#stale")
    await expect(told).to_be_hidden()

    link = page.get_by_role("link", name="#1 checkout")
    await link.focus()
    await page.context.set_offline(True)
    await expect(told).to_have_text(
        "Not updated since 03:12:15: no connection to Midwatch. It is tried again every 5 s."
    )
    await story.reports(Level.DEGRADED, "payments")
    await page.context.set_offline(False)
    await polls(page)
    await expect(told).to_be_hidden()
    await expect(page.get_by_text("Not right, and nobody is paged for it")).to_be_visible()
    await expect(link).to_be_focused()


async def test_what_is_pressed_without_a_network_is_said_not_to_be_sent(
    story: World, opens: Opens
) -> None:
    page = await opens(f"{story.url}/incidents/1")
    await page.goto(story.midwatch.sessions.link("ana"))
    await page.get_by_role("button", name="Sign in").click()
    note = page.get_by_label("Note")
    await note.fill("the vouchers")
    await page.context.set_offline(True)
    await page.get_by_role("button", name="I have it").click()
    await expect(page.locator("#stale")).to_contain_text("Not sent: no connection.")
    await expect(note).to_have_value("the vouchers")
    await page.context.set_offline(False)
    await page.get_by_role("button", name="I have it").click()
    await expect(page.get_by_text("has it for IT")).to_be_visible()


async def test_what_is_pressed_while_midwatch_restarts_keeps_what_was_typed(
    story: World, browser: Browser
) -> None:
    page = await browser.new_page()
    await page.goto(f"{story.url}/incidents/1")
    await page.goto(story.midwatch.sessions.link("ana"))
    await page.get_by_role("button", name="Sign in").click()
    note, told = page.get_by_label("Note"), page.locator("#stale")
    await note.fill("the vouchers")
    await page.get_by_label("Answer").select_option(label="Not a deployment")
    midwatch = story.installed.door.app
    story.installed.door.app = FastAPI()  # what stands in front of it: 404 to everything
    await polls(page)
    await page.get_by_role("button", name="Save").click()
    await expect(told).to_contain_text("Not sent: no connection.")
    await expect(note).to_have_value("the vouchers")
    story.installed.door.app = midwatch
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Decided by Ana, 03:12:")).to_be_visible()
