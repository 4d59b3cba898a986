"""The audit log in a running Midwatch: sealed, verified, anchored in Slack, shown, exported."""

import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest
import sqlalchemy as sa

from bot.core.audit import Row, verify
from bot.core.signal import Level
from bot.store import SqlStore
from tests.stories.setting import Json
from tests.stories.world import World


@pytest.fixture
async def stranger(story: World) -> AsyncIterator[httpx.AsyncClient]:
    """A browser of somebody who has not signed in."""
    async with httpx.AsyncClient(base_url=story.url, trust_env=False) as browser:
        yield browser


def releases(story: World) -> list[str]:
    return [message.words for message in story.sandbox.slack.messages("#releases")]


async def until_nine(story: World) -> None:
    story.clock.forward(6 * 3600)


async def sealed(story: World) -> None:
    await story.midwatch.sealer.seal()


async def anchored(story: World) -> None:
    await story.midwatch.sealer.anchor()
    await story.settle()


async def tampered(story: World, *statements: str) -> None:
    """By somebody who owns the file."""
    store = story.midwatch.store
    assert isinstance(store, SqlStore)
    async with store.database.transaction() as db:
        await db.execute(sa.text("DROP TRIGGER entries_sealed_once"))
        for statement in statements:
            await db.execute(sa.text(statement))


def words(page: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


async def test_the_head_is_posted_once_a_day_whoever_restarts(story: World) -> None:
    await story.deploys()
    await sealed(story)
    await anchored(story)
    assert releases(story) == [], "not at three in the night"
    await until_nine(story)
    await anchored(story)
    await story.restarts()
    await anchored(story)
    (said,) = releases(story)
    head = (await story.midwatch.store.audit.anchors())[0].head
    assert f"midwatch audit verify --head {head}" in said
    assert (await story.audited())[-1] == "audit_anchored"
    await sealed(story)
    story.clock.forward(24 * 3600)
    await anchored(story)
    assert len(releases(story)) == 2


async def test_without_a_channel_for_releases_it_goes_to_that_of_incidents(story: World) -> None:
    story.edits(', releases: "#releases"', "")
    await story.restarts()
    await story.deploys()
    await sealed(story)
    await until_nine(story)
    await anchored(story)
    assert story.channel()[-1].startswith("Audit log: ")


async def test_a_change_behind_its_back_is_found_and_told_once(story: World) -> None:
    await story.deploys()
    await story.deploys("d2")
    await sealed(story)
    await story.midwatch.sealer.check()
    assert story.midwatch.sealer.checked.bad is None
    number = story.midwatch.sealer.checked.number
    assert number >= 2
    await tampered(story, "UPDATE entries SET by = 'Eve' WHERE number = 2")
    story.clock.forward(24 * 3600)
    for _look in range(3):
        await story.midwatch.sealer.check()
        await story.settle()
    told = [text for text in story.channel() if "was changed outside of Midwatch" in text]
    assert len(told) == 1
    assert "row 2 is not the one that was sealed" in told[0]
    async with story.signed_in("ana") as ana:
        assert "row 2 is not the one that was sealed" in words(await ana.get("/audit"))


async def test_the_page_says_how_far_it_is_sealed_and_verified(story: World) -> None:
    await story.deploys()
    async with story.signed_in("ana") as ana:
        assert "to be sealed, the oldest since" in words(await ana.get("/audit"))
        await sealed(story)
        await story.midwatch.sealer.check()
        said = words(await ana.get("/audit"))
        assert re.search(r"Every row up to \d+ was verified", said)
        assert "None waits. Not anchored yet" in said
        assert "deployment Bo" in said
        none = words(await ana.get("/audit?kind=deployment&service=payments"))
        assert "No row is like that." in none
        some = words(await ana.get("/audit?kind=deployment&service=checkout&from=2026-11-24"))
        assert "deployment Bo" in some
        odd = words(await ana.get("/audit?from=yesterday"))
        assert "'yesterday' is not a date" in odd
        assert "deployment Bo" in odd  # what could be read of the address is shown


async def test_a_program_can_compute_the_chain_from_what_it_reads(story: World) -> None:
    await story.deploys(version="<v&1>")
    await story.reports(Level.DOWN)
    await sealed(story)
    items: list[Json] = []
    page = await story.api("/api/audit?limit=2")
    items += page["items"]
    while page["next"] is not None:
        page = await story.api(f"/api/audit?limit=2&cursor={page['next']}")
        items += page["items"]
    rows = sorted((Row(**item) for item in items), key=lambda row: int(str(row.number)))
    assert verify(rows) is None
    assert len(rows) == page["sealed"] >= 3
    assert f"{rows[-1].number}:{rows[-1].hash}" == page["head"]


@pytest.mark.parametrize("path", ["/audit", "/api/audit"])
async def test_strangers_read_nothing_of_it(
    story: World, stranger: httpx.AsyncClient, path: str
) -> None:
    answer = await stranger.get(path)
    assert answer.status_code in (303, 401)
    assert "deployment" not in answer.text


async def test_metrics_tell_what_waits(story: World, stranger: httpx.AsyncClient) -> None:
    await story.deploys()
    story.clock.forward(90)
    waits = re.search(
        r"midwatch_audit_waiting_seconds ([0-9.]+)", (await stranger.get("/metrics")).text
    )
    assert waits is not None
    assert float(waits[1]) >= 90
    await sealed(story)
    text = (await stranger.get("/metrics")).text
    assert "midwatch_audit_waiting_seconds 0.0" in text
