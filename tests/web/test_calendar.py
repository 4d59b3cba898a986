"""The calendar of a person's shifts, as the calendar on a phone reads it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

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
def test_the_calendars_of_all_tile_the_time_as_the_rota_says(
    every: int, zone: str, asked: list[TeamOverride], seconds: list[int]
) -> None:
    known = with_overrides(rules(timedelta(minutes=every), zone), asked)
    calendars = {who: read(shifts_of(who, known, NOW)) for who in ("ana", "ida", "bo")}
    edges = [edge for entries in calendars.values() for entry in entries for edge in entry[:2]]
    others = [NOW + timedelta(seconds=count) for count in seconds]
    for at in [*edges, *others]:
        if not NOW - BEHIND <= at < NOW + AHEAD:
            continue
        said = {
            who
            for who, entries in calendars.items()
            for start, end, _ in entries
            if start <= at < end
        }
        assert said == set(on_call(known.teams["it"], known, at))


@pytest.fixture
async def with_rota(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, ROTA) as story:
        yield story


async def test_only_the_key_of_that_person_opens_it(with_rota: World) -> None:
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


async def test_slack_tells_each_their_own_link(with_rota: World) -> None:
    (told,) = await with_rota.types("eve", "on-call calendar")
    assert with_rota.midwatch.sessions.calendar_link("eve") in told
    (told,) = await with_rota.types("bo", "on-call calendar")
    assert with_rota.midwatch.sessions.calendar_link("bo") in told
