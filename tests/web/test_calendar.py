"""The calendar of a person's shifts, as the calendar on a phone reads it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from bot.core.duties import duties
from bot.core.overrides import TeamOverride, with_overrides
from bot.core.policy import Policy
from bot.core.recipients import on_call
from bot.core.rota import Layer, Rota
from bot.web.calendar import AHEAD, BEHIND, shifts_of
from tests.core.world import policy
from tests.stories.test_overrides import ROTA
from tests.stories.world import World, world

NOW = datetime(2026, 3, 20, 12, 0, 30, tzinfo=UTC)
DAY = timedelta(days=1)
Entry = tuple[datetime, datetime, str]


def rules(every: timedelta = 7 * DAY, zone: str = "Europe/London", *people: str) -> Policy:
    """IT, whose name needs escaping, has a rota since the first of January."""
    starts = datetime.fromisoformat("2026-01-01 09:00")
    turns = Rota((Layer("primary", people or ("ana", "ida"), every, starts, zone),))
    base = policy()
    team = replace(base.teams["it"], rota=turns, name="IT, office; night \\ day")
    return replace(base, teams={**base.teams, "it": team})


def read(text: bytes) -> list[Entry]:
    """From when, until when, and the event's id."""
    found = Calendar.from_ical(text)
    return [
        (event.decoded("dtstart"), event.decoded("dtend"), str(event["uid"]))
        for event in found.walk("VEVENT")
    ]


def test_each_week_is_an_event_at_nine_whatever_the_clocks_do() -> None:
    entries = read(shifts_of("ana", rules(), NOW))
    assert entries[0][:2] == (
        datetime(2026, 3, 12, 9, tzinfo=UTC),
        datetime(2026, 3, 19, 9, tzinfo=UTC),
    ), "of the last seven days, from its true beginning"
    assert entries[1][:2] == (
        datetime(2026, 3, 26, 9, tzinfo=UTC),
        datetime(2026, 4, 2, 8, tzinfo=UTC),
    ), "summer time begins in between"
    assert entries[-1][1] <= NOW + AHEAD


def test_an_event_keeps_its_id_while_time_passes() -> None:
    for people in (("ana", "ida"), ("ana",)):
        known = rules(7 * DAY, "Europe/London", *people)
        ids = [uid for _, _, uid in read(shifts_of("ana", known, NOW))]
        later = [uid for _, _, uid in read(shifts_of("ana", known, NOW + DAY))]
        assert len(ids) == len(set(ids))
        assert ids[1:] == later[: len(ids) - 1] or ids == later[: len(ids)]


def test_the_text_is_as_the_standard_asks() -> None:
    text = shifts_of("ana", rules(), NOW)
    lines = text.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert rb"SUMMARY:On call: IT\, office\; night \\ day" in lines
    assert b"DTSTAMP:20260320T120030Z" in lines
    assert b"DTSTART:20260326T090000Z" in lines
    assert b"VERSION:2.0" in lines


@st.composite
def overrides(draw: st.DrawFn) -> list[TeamOverride]:
    people = st.sampled_from(["ana", "ida", "bo"])
    found = []
    for number in range(1, draw(st.integers(0, 3)) + 1):
        start = NOW + timedelta(minutes=draw(st.integers(-7 * 1440, 90 * 1440)))
        end = start + timedelta(minutes=draw(st.integers(1, 31 * 1440)))
        instead = draw(st.none() | people)
        found.append(TeamOverride(number, "it", draw(people), start, end, "ana", start, instead))
    return found


@settings(max_examples=30)
@given(
    st.integers(8 * 60, 14 * 1440),
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    overrides(),
    st.lists(st.integers(-7 * 86400, 90 * 86400 - 1), min_size=1, max_size=8),
)
def test_the_shifts_of_all_tile_the_time_as_the_rota_says(
    every: int, zone: str, asked: list[TeamOverride], seconds: list[int]
) -> None:
    known = with_overrides(rules(timedelta(minutes=every), zone), asked)
    shifts = {who: duties(known, who, NOW - BEHIND, NOW + AHEAD) for who in ("ana", "ida", "bo")}
    edges = [at for found in shifts.values() for duty in found for at in (duty.start, duty.end)]
    others = [NOW + timedelta(seconds=count) for count in seconds]
    for at in [*edges, *others]:
        if not NOW - BEHIND <= at < NOW + AHEAD:
            continue
        said = {
            who for who, found in shifts.items() for duty in found if duty.start <= at < duty.end
        }
        assert said == set(on_call(known.teams["it"], known, at))


@settings(max_examples=10)
@given(overrides())
def test_a_calendar_has_every_one_of_them(asked: list[TeamOverride]) -> None:
    known = with_overrides(rules(), asked)
    for who in ("ana", "bo"):
        found = duties(known, who, NOW - BEHIND, NOW + AHEAD)
        said = [entry[:2] for entry in read(shifts_of(who, known, NOW))]
        assert said == [(duty.start, duty.end) for duty in found]


@pytest.fixture
async def with_rota(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, ROTA) as story:
        yield story


async def test_only_its_key_opens_it_and_each_is_told_their_own(
    with_rota: World,
) -> None:
    sessions = with_rota.midwatch.sessions
    await with_rota.types("bo", "override eve now-09:00")
    async with httpx.AsyncClient(trust_env=False) as phone:
        answer = await phone.get(sessions.calendar_link("eve"))
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        first = read(answer.content)[0]
        assert first[0] == with_rota.clock.now(), "what she took over is in it"
        bos, eves = (sessions.calendar_link(who) for who in ("bo", "eve"))
        for wrong in (
            bos.replace("bo.ics", "eve.ics"),
            eves[:-3],
            eves.partition("?")[0],
            sessions.calendar_link("zoe"),
            f"{eves}%C3%A9",
        ):
            refused = await phone.get(wrong)
            assert refused.status_code == 404
    await _each_is_told_their_own_link(with_rota)


async def _each_is_told_their_own_link(story: World) -> None:
    """On the page, and in Slack."""
    for who in ("ana", "eve"):
        link = story.midwatch.sessions.calendar_link(who)
        async with story.signed_in(who) as browser:
            page = await browser.get("/on-call")
        (shown,) = set(re.findall(r'href="([^"]*/calendar/[^"]*)"', page.text))
        assert unescape(shown) == link
        (told,) = await story.types(who, "on-call calendar")
        assert link in told
