"""Midwatch's own pages in a real browser: what people see, press, and hear read to them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from bot.core.signal import Level
from tests.browser.conftest import Opens, sideways
from tests.stories.world import World, world

EVERY = (
    "/",
    "/incidents",
    "/incidents/1",
    "/deployments",
    "/stats",
    "/on-call",
    "/docs",
    "/login",
    "/releases",
    "/audit",
    "/maintenance",
)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[World]:
    """Checkout has just gone down, six minutes after a deployment."""
    async with world(tmp_path) as it:
        commits = [{"sha": "a1b2c3d4", "message": "Add the voucher page", "author": "Bo"}]
        await it.deploys("d1", commits=commits, url="https://ci.example/1")
        await it.deploys("d0", version="v1.41", ago=3000)
        await it.reports(Level.DOWN)
        yield it


async def signs_in(story: World, opens: Opens, who: str, **options: object) -> Page:
    page = await opens(story.midwatch.sessions.link(who), **options)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("1 open incident")
    return page


async def test_somebody_signs_in_takes_it_and_decides_the_cause(story: World, opens: Opens) -> None:
    page = await signs_in(story, opens, "ana")
    card = page.get_by_role("article")
    await expect(card).to_contain_text("Last deployment: v1.42 a1b2c3d by Bo, 4 min before")
    await card.get_by_role("link", name="#1 checkout").click()
    light = page.locator(".light", has_text="IT:")
    await expect(light).to_contain_text("nobody yet")
    red = await colour(light)
    await page.get_by_role("button", name="I have it").click()
    await expect(page.locator(".told")).to_have_text("You have it. Your team is no longer paged.")
    await expect(light).to_contain_text("Ana has it, 03:12")
    assert await colour(light) != red
    await page.get_by_text("1 commit").click()
    await expect(page.get_by_text("Add the voucher page")).to_be_visible()
    await page.get_by_label("Answer").select_option(label="v1.42 by Bo, 03:05")
    await page.get_by_label("Note").fill("the voucher page")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Decided by Ana, 03:12:")).to_be_visible()
    await page.get_by_role("link", name="Deployments").click()
    await expect(page.get_by_role("row", name="v1.42")).to_contain_text("#1 confirmed")


async def test_on_a_phone_nothing_scrolls_sideways(story: World, opens: Opens) -> None:
    await story.deploys("long", version="v" + "9" * 70, by="Somebody-with-" + "a-long-name" * 5)
    await story.comes_up()
    await story.reports(Level.DOWN)
    page = await signs_in(story, opens, "bo", width=390, height=844)
    for path in EVERY:
        await page.goto(story.url + path)
        assert await sideways(page) == 0, path
    await page.goto(f"{story.url}/incidents/1")
    for button in await page.get_by_role("button").all():
        box = await button.bounding_box()
        assert box is not None
        assert box["height"] >= 32, "a thumb hits it"
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.goto(f"{story.url}/deployments")
    room = await page.locator(".scroll").evaluate("e => e.clientWidth - e.scrollWidth")
    assert room == 0, "nor does a long version push others out of a table"


async def test_whoever_prints_the_stats_has_the_charts(story: World, opens: Opens) -> None:
    page = await signs_in(story, opens, "ana", color_scheme="dark")
    await page.goto(f"{story.url}/stats")
    empty = "[...document.querySelectorAll('figure img')].filter(e => !e.naturalWidth).length"
    assert await page.evaluate(empty) == 0, "nobody has to scroll past them first"
    await page.emulate_media(media="print")
    await expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    assert await luminance(page, "body", "backgroundColor") > 0.8, "paper is white"


async def test_dark_and_light_can_both_be_read(story: World, opens: Opens) -> None:
    for scheme in ("light", "dark"):
        page = await signs_in(story, opens, "ana", color_scheme=scheme)
        dark = (await luminance(page, "body", "backgroundColor")) < 0.2
        assert dark == (scheme == "dark")
        for path in EVERY:
            await page.goto(story.url + path)
            assert await page.evaluate(FAINT) == [], f"{path} in {scheme}"


async def test_the_keyboard_alone_is_enough(story: World, opens: Opens) -> None:
    page = await signs_in(story, opens, "ana")
    await page.goto(f"{story.url}/incidents/1")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="I have it")).to_be_focused()
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    await page.keyboard.press("Enter")
    await expect(page.locator(".told")).to_contain_text("You have it")


async def test_everything_has_a_name_that_can_be_read_aloud(story: World, opens: Opens) -> None:
    page = await signs_in(story, opens, "ana")
    for path in EVERY:
        await page.goto(story.url + path)
        assert await page.evaluate(NAMELESS) == [], path
        assert await page.evaluate(OUT_OF_ORDER) == [], path
        await expect(page.get_by_role("heading", level=1)).to_have_count(1)
        await expect(page.get_by_role("main")).to_have_count(1)
        assert await page.title() != ""


async def colour(light: object) -> str:
    found: str = await light.locator(".dot").evaluate("e => getComputedStyle(e).backgroundColor")  # type: ignore[attr-defined]
    return found


async def luminance(page: Page, selector: str, style: str) -> float:
    script = (
        f"{LUMINANCE} luminance(getComputedStyle(document.querySelector('{selector}')).{style})"
    )
    found: float = await page.evaluate(script)
    return found


# Source of both formulas: W3C, Web Content Accessibility Guidelines 2.2, "relative luminance".
LUMINANCE = """
const luminance = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
"""
FAINT = f"""(() => {{
  {LUMINANCE}
  const behind = (element) => {{
    for (let at = element; at; at = at.parentElement) {{
      const colour = getComputedStyle(at).backgroundColor;
      if (colour !== 'rgba(0, 0, 0, 0)' && colour !== 'transparent') return colour;
    }}
    return 'rgb(255, 255, 255)';
  }};
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {{
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !element.checkVisibility() || element.closest('option, .skip')) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(`${{element.textContent.trim()}}: ${{contrast.toFixed(2)}}`);
  }}
  return faint;
}})()"""
NAMELESS = """(() =>
  [...document.querySelectorAll('button, a, input:not([type=hidden]), select')]
    .filter((e) => !(e.textContent.trim() || e.labels?.length || e.ariaLabel))
    .concat([...document.querySelectorAll('img:not([alt])')])
    .map((e) => e.outerHTML))()"""
OUT_OF_ORDER = """(() => {
  const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map((e) => Number(e.tagName[1]));
  const skipped = levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1);
  const tables = [...document.querySelectorAll('table')].filter(
    (e) => !e.caption?.textContent.trim() || [...e.querySelectorAll('th')].some((it) => !it.scope));
  return [...skipped, ...tables.map((e) => e.outerHTML.slice(0, 200))];
})()"""
