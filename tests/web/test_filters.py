"""Views that can be shared: what an address asks for is what is shown, and nothing is guessed."""

import re
from datetime import timedelta

import httpx
import pytest

from bot.core.signal import Level
from tests.stories.world import World
from tests.web.reading import press, words


@pytest.fixture
async def history(story: World) -> World:
    """v1.40 took checkout down and people said so; v1.42 is suspected; #3 is of payments."""
    await story.deploys("d0", version="v1.40", ago=6)
    await story.reports(Level.DOWN)
    async with story.signed_in("ana") as ana:
        await press(ana, "cause", deployment="deployment:d0", note="the voucher page")
    await story.reports(Level.UP)
    story.clock.forward(timedelta(days=2).total_seconds())
    await story.deploys("d1", version="v1.41", ago=60, status="failed")
    await story.deploys("s1", version="v1.42", ago=50, environment="staging")
    await story.deploys("d2", version="v1.42", ago=3)
    await story.reports(Level.DOWN)
    await story.reports(Level.UP)
    story.clock.forward(timedelta(hours=1).total_seconds())
    await story.reports(Level.DOWN, "payments")
    return story


def versions(page: httpx.Response) -> list[str]:
    return re.findall(r"<strong>(v[\d.]+)</strong>", page.text)


def numbers(page: httpx.Response) -> list[str]:
    return re.findall(r'<tr id="i-(\d+)"', page.text)


async def test_deployments_are_found_with_their_incidents(history: World) -> None:
    async with history.signed_in("ana") as ana:
        for query, shown in (
            ("", ["v1.42", "v1.42", "v1.41", "v1.40"]),
            ("service=payments", []),
            ("environment=staging", ["v1.42"]),
            ("state=failed", ["v1.41"]),
            ("incidents=suspected", ["v1.42", "v1.40"]),
            ("incidents=confirmed", ["v1.40"]),
            ("from=2026-11-26", ["v1.42", "v1.42", "v1.41"]),
            ("to=2026-11-26", ["v1.40"]),
            ("from=2026-11-26&incidents=suspected", ["v1.42"]),
            ("from=2026-11-26&to=2026-11-27&state=succeeded", ["v1.42", "v1.42"]),
        ):
            assert versions(await ana.get(f"/deployments?{query}")) == shown, query
        said = words(await ana.get("/deployments?environment=production"))
    of_new, _, of_old = said.partition("v1.40")
    assert re.search(r"succeeded – #2 suspected \d+ (s|min) ", of_new)
    assert re.search(r"succeeded – #1 confirmed \d+ (s|min) ", of_old)


async def test_incidents_are_found_by_what_stands_in_the_address(history: World) -> None:
    async with history.signed_in("ana") as ana:
        for query, shown in (
            ("", ["3", "2", "1"]),
            ("state=open", ["3"]),
            ("state=resolved", ["2", "1"]),
            ("service=checkout", ["2", "1"]),
            ("cause=deployment", ["1"]),
            ("cause=other", []),
            ("cause=undecided", ["3", "2"]),
            ("to=2026-11-25", ["1"]),
            ("from=2026-11-25&cause=undecided&state=open", ["3"]),
            ("cursor=3", ["2", "1"]),
        ):
            assert numbers(await ana.get(f"/incidents?{query}")) == shown, query
        said = words(await ana.get("/incidents"))
        assert "a deployment v1.40 a1b2c3d by Bo the voucher page" in said
        assert "undecided v1.42" in said


WRONG = (
    ("/deployments?state=broken", "state: “broken” is none of started, succeeded"),
    ("/deployments?from=yesterday", "from: 'yesterday' is not a date (2026-11-24)"),
    ("/deployments?from=2026-11-24&to=2026-11-01", "to: has to be later than from"),
    ("/deployments?service=" + "x" * 301, "service: is longer than 300 characters"),
    ("/incidents?state=sleeping", "state: “sleeping” is none of open, triggered"),
    ("/incidents?cursor=-1", "cursor: “-1” is not a number"),
    ("/incidents?cause=%00%3Cb%3E", "cause: “<b>” is none of deployment"),
    ("/audit?to=2026-02-30", "to: '2026-02-30' is not a date"),
    ("/audit?cursor=99999999999999999999", "cursor: “99999999999999999999” is not a number"),
    ("/audit?kind=" + "x" * 301, "kind: is longer than 300 characters"),
)


async def test_what_cannot_be_read_is_said_on_the_page_and_the_rest_is_shown(
    bo: httpx.AsyncClient,
) -> None:
    for path, wrong in WRONG:
        page = await bo.get(path)
        assert page.status_code == 200, path
        said = words(page)
        assert "so that part was left out: " + wrong in said
        assert "<table" in page.text or "None " in said
