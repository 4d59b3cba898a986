"""A real Chromium. Whatever it complains of, or asks of another host, fails the test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, async_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HERE = {"127.0.0.1", None}
Opens = Callable[..., Awaitable[Page]]


@pytest.fixture
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    """Chromium without a window."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
        yield chromium
        await chromium.close()


@pytest.fixture
async def opens(browser: Browser) -> AsyncIterator[Opens]:
    """Opens a page of a fresh profile: `await opens(url, width=390, color_scheme="dark")`."""
    complaints: list[str] = []
    async with AsyncExitStack() as stack:

        async def open_page(
            url: str, *, width: int = 1440, height: int = 900, **options: Any
        ) -> Page:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, **options
            )
            stack.push_async_callback(context.close)
            page = await context.new_page()
            page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda r: _note_strangers(r.url, complaints))
            await page.goto(url)
            return page

        yield open_page
    assert complaints == []


def _note_strangers(url: str, complaints: list[str]) -> None:
    parts = urlsplit(url)
    if parts.hostname not in HERE or parts.scheme not in ("http", "data", "blob"):
        complaints.append(f"asked another host: {url}")


async def sideways(page: Page) -> int:
    """How many pixels wider the page is than its window."""
    wider: int = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return wider
