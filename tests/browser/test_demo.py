"""`midwatch demo`, as a newcomer sees it: the real command, the page it opens, an outage played."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import Opens, sideways
from tests.house.ports import kept_neighbours

expect.set_options(timeout=10_000)


@dataclass(frozen=True, slots=True)
class Demo:
    """Where it is: the page with the phones, and the sign-in link that it prints for Ana."""

    sandbox: str
    link: str
    beside: str


@asynccontextmanager
async def running(port: int) -> AsyncIterator[Demo]:
    """The command in a process of its own, until it says where it is; ended as by Ctrl-C."""
    command = [sys.executable, "-m", "bot.cli", "demo", "--port", str(port)]
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=STDOUT)
    try:
        yield await asyncio.wait_for(_said(process), 60)
    finally:
        process.send_signal(signal.SIGINT)
        rest, _none = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert b"Traceback" not in rest, rest.decode()
    assert b"[info" not in rest, "what it says where it is stays in view"


async def _said(process: Process) -> Demo:
    assert process.stdout is not None
    text = ""
    while line := (await process.stdout.readline()).decode():
        text += line
        words = r"Slack, side by side: +(\S+)[\s\S]*as Ana: +(\S+)[\s\S]*shell: +\. (\S+)\s"
        if found := re.search(words, text):
            return Demo(found[1], found[2], found[3])
    raise AssertionError(f"the demo ended: {text}")


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    with kept_neighbours() as port:
        async with running(port) as it:
            yield it


def phone(page: Page, who: str) -> Locator:
    return page.locator(".handset", has=page.locator(".owner b", has_text=re.compile(f"^{who}$")))


async def test_an_outage_is_played_from_the_first_text_to_the_last(
    demo: Demo, opens: Opens
) -> None:
    page = await opens(demo.sandbox)
    await expect(page.locator(".live.on")).to_be_visible()
    await page.get_by_role("button", name="Ship a broken checkout").click()
    for who in ("Ana", "Mia", "Bo"):
        first = phone(page, who).locator(".text.theirs p").first
        await expect(first).to_have_text(re.compile(r"^#\d+ DOWN checkout .*503.*v1\.\d+ "))
    text = await first.inner_text()
    version, number = re.search(r"v1\.\d+", text), re.search(r"^#(\d+)", text)
    assert version
    assert number
    header = page.locator(".slack .main .message").first
    await expect(header).to_contain_text(f"Last deployment: {version[0]}")
    await expect(header).to_contain_text("🟠 IT")
    # Development has a rota: Kai's turn is tomorrow.
    await expect(phone(page, "Kai").locator(".text.theirs")).to_have_count(0)
    await phone(page, "Ana").get_by_label("Text message").fill(number[1])
    await phone(page, "Ana").get_by_label("Send").click()
    await expect(header).to_contain_text("🟢 IT: Ana has it")
    await expect(header).to_contain_text("🟠 Development")
    await page.get_by_label("Acting as").select_option(label="Bo (Development)")
    await header.get_by_role("button", name="I have it").click()
    await expect(header).to_contain_text("🟢 Development: Bo has it")
    await page.get_by_role("button", name="Mend checkout").click()
    await expect(header).to_contain_text("checkout is up")
    last = phone(page, "Ana").locator(".text.theirs p").last
    await expect(last).to_have_text(re.compile(rf"^{number[0]} UP checkout after"))
    assert await sideways(page) == 0
    doctor = f"set -e; . {demo.beside}; exec {sys.executable} -m bot.cli doctor"
    looked = await asyncio.create_subprocess_exec("sh", "-c", doctor, stdout=PIPE, stderr=STDOUT)
    told, _ = await asyncio.wait_for(looked.communicate(), 30)
    assert looked.returncode == 0, told.decode()
    assert b"the account is active" in told


async def test_the_demo_fits_a_phone_and_the_dark(demo: Demo, opens: Opens) -> None:
    page = await opens(demo.sandbox, width=390, height=844, color_scheme="dark")
    await page.get_by_role("button", name="Controls").click()
    await page.get_by_role("button", name="Break checkout").click()
    await page.get_by_role("button", name="Phones", exact=True).click()
    await expect(phone(page, "Ana").locator(".text.theirs")).to_be_visible()
    for part in ("Controls", "Phones", "Slack"):
        await page.get_by_role("button", name=part, exact=True).click()
        assert await sideways(page) == 0, part
    await expect(page.locator("#pages")).to_have_attribute("href", re.compile(r"^http://127"))
    await page.get_by_role("button", name="Phones", exact=True).click()
    await phone(page, "Ana").get_by_label("Text message").fill("web")
    await phone(page, "Ana").get_by_label("Send").click()
    link = await phone(page, "Ana").get_by_role("link").last.get_attribute("href")
    assert link is not None
    pages = await opens(link, width=390, height=844, color_scheme="dark")
    await pages.get_by_role("button", name="Sign in").click()
    await expect(pages.get_by_role("heading", level=1)).to_have_text("1 open incident")
