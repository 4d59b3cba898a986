"""The page in a real browser: what people see and press, and that nothing gets out of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect
from slack_sdk.web.async_client import AsyncWebClient
from starlette.responses import Response
from twilio.rest import Client

from bot.sandbox import Control, DemoControls, Sandbox
from tests.contracts.sandbox.conftest import ANA, BO, NUMBER, Bot
from tests.contracts.sandbox.test_slack_interactivity import MODAL, payload

ATTACK = "<img src=x onerror=alert(1)> & <script>alert(2)</script>"


@pytest.fixture
async def page(sandbox: Sandbox, chromium_path: str) -> AsyncIterator[Page]:
    """The sandbox's page; any message in the console or request elsewhere fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = await browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda r: None if own(r.url, sandbox) else complaints.append(r.url))
        page.on("dialog", lambda d: complaints.append("a script from outside ran"))
        await page.goto(sandbox.base_url)
        await expect(page.locator(".live.on")).to_be_visible()
        yield page
        await browser.close()
    assert complaints == []


def own(url: str, sandbox: Sandbox) -> bool:
    return url.startswith((sandbox.base_url, "data:"))


def buttons(*names: str, **more: Any) -> list[dict[str, Any]]:
    elements = [
        {"type": "button", "action_id": n, "text": {"type": "plain_text", "text": n}, **more}
        for n in names
    ]
    return [{"type": "actions", "elements": elements}]


async def test_texts_arrive_live_are_answered_and_lost_ones_say_why(
    page: Page, sandbox: Sandbox, twilio: Client, bot: Bot
) -> None:
    await twilio.messages.create_async(to=ANA, from_=NUMBER, body=ATTACK)
    ana = page.locator(f'.handset[data-number="{ANA}"]')
    await expect(ana.locator(".text p")).to_have_text(ATTACK)
    await expect(ana.locator(".text small")).to_contain_text("delivered")
    bot.will_answer(
        "/twilio/sms",
        Response("<Response><Message>yours</Message></Response>", media_type="text/xml"),
    )
    await ana.get_by_label("Text message").fill("12")
    await ana.get_by_label("Send").click()
    await expect(ana.locator(".mine p")).to_have_text("12")
    await expect(ana.locator(".theirs p").last).to_have_text("yours")
    bo = page.locator(f'.handset[data-number="{BO}"]')
    await bo.get_by_role("button", name="Phone off").click()
    await expect(bo.locator(".off")).to_be_visible()
    await twilio.messages.create_async(to=BO, from_=NUMBER, body="hello")
    await expect(bo.locator(".lost small")).to_contain_text("handset unreachable, 30003")


async def test_a_ringing_phone_is_answered_and_a_key_pressed(
    page: Page, sandbox: Sandbox, twilio: Client, bot: Bot
) -> None:
    script = '<Response><Gather action="/key"><Say>Press four</Say></Gather></Response>'
    bot.will_answer("/voice", Response(script, media_type="text/xml"))
    await twilio.calls.create_async(to=BO, from_=NUMBER, url=f"{bot.url}/voice")
    bo = page.locator(f'.handset[data-number="{BO}"]')
    await bo.get_by_role("button", name="Answer").click()
    await expect(bo.locator(".said")).to_have_text("Press four")
    await bo.get_by_role("button", name="4", exact=True).click()
    await expect(bo.locator(".call")).to_be_hidden()
    assert bot.at("/key")[0].form["Digits"] == "4"


async def test_a_thread_is_read_edited_and_clicked_as_somebody(
    page: Page, sandbox: Sandbox, slack: AsyncWebClient, bot: Bot
) -> None:
    head = await slack.chat_postMessage(
        channel="#incidents", text="x", blocks=buttons("I have it", "Resolve")
    )
    await slack.chat_postMessage(channel=head["channel"], text=ATTACK, thread_ts=head["ts"])
    await expect(page.locator(".thread")).to_be_visible()
    await page.get_by_label("Acting as").select_option(label="Bo (Development)")
    await page.locator(".main").get_by_role("button", name="I have it").click()
    await sandbox.journal.until(lambda: len(bot.at("/slack/events")) == 1)
    assert payload(bot.seen[0])["user"]["id"] == "U0BO"
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*acked* by `Bo`"}}
    await slack.chat_update(channel=head["channel"], ts=head["ts"], text="x", blocks=[section])
    await expect(page.locator(".main .message strong")).to_have_text("acked")
    await expect(page.locator(".main .message code")).to_have_text("Bo")
    await expect(page.locator(".main .b-button")).to_have_count(0)


async def test_a_button_asks_first_and_a_form_is_filled_in(
    page: Page, sandbox: Sandbox, slack: AsyncWebClient, bot: Bot
) -> None:
    sure = {
        "title": {"type": "plain_text", "text": "Really?"},
        "text": {"type": "mrkdwn", "text": "It is *still down*."},
    }
    await slack.chat_postMessage(
        channel="#incidents", text="x", blocks=buttons("Resolve", confirm=sure)
    )
    await page.get_by_role("button", name="Resolve").click()
    await page.get_by_role("button", name="Cancel").click()
    await page.get_by_role("button", name="Resolve").click()
    await page.get_by_role("button", name="Yes").click()
    await sandbox.journal.until(lambda: len(bot.seen) == 1)
    await slack.views_open(trigger_id=payload(bot.seen[0])["trigger_id"], view=MODAL)
    await page.get_by_role("button", name="Reject").click()
    await expect(page.locator(".error")).to_have_text("Please complete this required field.")
    await page.get_by_label("Reason").fill("not today")
    await page.get_by_role("button", name="Reject").click()
    await expect(page.locator("dialog.modal")).to_have_count(0)
    values = payload(bot.seen[-1])["view"]["state"]["values"]
    assert values["why"]["reason"]["value"] == "not today"


async def test_commands_homes_and_whispers(
    page: Page, sandbox: Sandbox, slack: AsyncWebClient, bot: Bot
) -> None:
    bot.will_answer("/slack/events", Response("nothing is down", media_type="text/plain"))
    await page.get_by_label("Message or /midwatch …").fill("/midwatch")
    await page.keyboard.press("Enter")
    await expect(page.locator(".message.ephemeral")).to_contain_text("nothing is down")
    await page.get_by_label("Acting as").select_option(label="Bo (Development)")
    await expect(page.locator(".message.ephemeral")).to_have_count(0)
    await page.get_by_role("button", name="App Home").click()
    home = {"type": "home", "blocks": buttons("Refresh")}
    await slack.views_publish(user_id="U0BO", view=home)
    await expect(page.locator(".home").get_by_role("button", name="Refresh")).to_be_visible()


async def test_the_demos_buttons_work_and_a_narrow_page_does_not_scroll_sideways(
    page: Page, sandbox: Sandbox
) -> None:
    async def ship() -> str:
        return "v1.43 is out"

    sandbox.controls = DemoControls([Control("ship", "Ship", "v1.43", "Deployments", ship)])
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.reload()
    await page.get_by_role("button", name="Controls").click()
    await page.get_by_role("button", name="Ship").click()
    await expect(page.locator(".toast")).to_have_text("v1.43 is out")
    for part in ("Controls", "Phones", "Slack"):
        await page.get_by_role("button", name=part, exact=True).click()
        assert await page.evaluate("document.documentElement.scrollWidth") == 390


async def test_an_empty_channel_says_where_to_begin_and_addresses_can_be_clicked(
    page: Page, sandbox: Sandbox, slack: AsyncWebClient, bot: Bot
) -> None:
    sandbox.controls = DemoControls(hint="Begin with Ship a broken checkout.")
    await page.reload()
    shown = "getComputedStyle(document.querySelector('.main .messages'), '::before').content"
    await page.wait_for_selector(".main .messages", state="attached")
    await page.wait_for_function(f"{shown}.includes('Begin with Ship')")
    await slack.chat_postMessage(channel="#incidents", text="See http://127.0.0.1:1/a?b=1&amp;c=2.")
    link = page.locator(".main .message").get_by_role("link")
    await expect(link).to_have_attribute("href", "http://127.0.0.1:1/a?b=1&c=2")
    exact = {"type": "mrkdwn", "text": "See http://127.0.0.1:1/b", "verbatim": True}
    blocks = [{"type": "section", "text": exact}]
    await slack.chat_postMessage(channel="#incidents", text="x", blocks=blocks)
    await expect(page.locator(".main .message")).to_have_count(2)
    await expect(link).to_have_count(1)


async def test_a_command_that_nobody_has_is_refused_by_slack_itself(
    page: Page, sandbox: Sandbox, bot: Bot
) -> None:
    await page.get_by_label("Message or /midwatch …").fill("/midwach ack 12")
    await page.keyboard.press("Enter")
    await expect(page.locator(".toast")).to_have_text("Slack: /midwach is not a valid command")
    assert bot.seen == []
