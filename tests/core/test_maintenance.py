"""Maintenance that people plan: from when until when, of which services, and what came of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.effects import Entry
from bot.core.events import (
    Actor,
    LookedAgain,
    QuietBegun,
    QuietOver,
    Silenced,
    SilenceEnded,
    SilenceExtended,
)
from bot.core.page import PageState
from bot.core.policy import Window
from bot.core.quiet import QuietSpan, quiet_until, together
from bot.core.quiet_turns import turns
from config.maintenance import Maintenance
from tests.core.world import START, World, policy

ANA = Actor("ana", "slack")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def planned(world: World, actor: Actor = ANA, **of: Any) -> None:
    fields: dict[str, Any] = {
        "lasts": HOUR,
        "service": "checkout",
        "reason": "new disks",
        "maintenance": True,
        **of,
    }
    world.happens(Silenced(actor, world.now, **fields))


def over(world: World, *changes: Entry, number: int = 1) -> None:
    """As the engine finds it, with what the store remembers of it."""
    rows = [it for it in world.scene.silences if it.number == number]
    (span,) = together(rows)
    world.scene = replace(world.scene, changes=changes)
    world.happens(
        QuietOver(
            span.services,
            span.since,
            min(span.until, world.now),
            world.now,
            span.reason,
            span.by,
            span.maintenance,
            number,
            span.incident,
        )
    )


def change(minutes: float, text: str) -> Entry:
    at = START + timedelta(minutes=minutes)
    return Entry(at, "signal", "midwatch", text, service="checkout")


def test_it_may_begin_later_and_the_answer_says_what_was_understood() -> None:
    world = World()
    planned(world, since=datetime(2026, 11, 27, 22, tzinfo=UTC), lasts=1.5 * HOUR)
    assert world.private() == [
        "Maintenance of checkout from Fri 27 Nov 22:00 to 23:30 (GMT). Still down then: "
        "everybody is paged. `/midwatch maintenance end 1` ends it."
    ]
    (posted,) = world.posts()
    assert posted.startswith("Maintenance of checkout from <!date^1795816800^")
    world.goes_down()
    assert world.incident.open, "it has not begun"


def test_one_is_of_several_services_and_has_one_number() -> None:
    world = World()
    planned(world, more=("search",))
    planned(world, service=None)
    assert [it.number for it in world.scene.silences] == [1, 1, 2]
    (first, second) = together(world.scene.silences)
    assert (first.services, second.services) == (("checkout", "search"), ())


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ({"reason": ""}, "Say why, so that others know: `/midwatch maintenance checkout 2h"),
        ({"lasts": timedelta(days=14, seconds=1)}, "That is longer than 14 days."),
        ({"lasts": timedelta()}, "That ends before it begins."),
        ({"since": START - 2 * HOUR}, "That is over already."),
        ({"more": ("nothing",)}, "There is no service nothing."),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(of: dict[str, Any], said: str) -> None:
    world = World()
    planned(world, **of)
    assert world.private()[0].startswith(said)
    assert world.scene.silences == ()


def test_it_is_lengthened_and_ended_by_its_number() -> None:
    world = World()
    planned(world)
    world.happens(SilenceExtended(1, HOUR, ANA, world.now))
    assert world.private()[-1] == "Maintenance 1 of checkout is lengthened: until 05:12."
    world.happens(SilenceExtended(1, timedelta(days=14), ANA, world.now))
    assert "longer than 14 days" in world.private()[-1]
    world.passes(minutes=90)
    world.goes_down()
    assert world.scene.incidents == ()
    world.happens(SilenceEnded(ANA, world.now, quiet=1))
    assert world.incident.open
    for event in (SilenceEnded(ANA, world.now, quiet=1), SilenceExtended(1, HOUR, ANA, world.now)):
        world.happens(event)
        assert world.private()[-1].startswith("There is no silence or maintenance 1, or it is over")


def test_unsilence_all_leaves_what_has_not_begun() -> None:
    world = World()
    planned(world, since=world.now + HOUR)
    planned(world, service="search")
    world.happens(SilenceEnded(ANA, world.now))
    later, now = sorted(world.scene.silences, key=lambda it: it.number or 0)
    assert (later.ended, now.ended) == (False, True)
    world.happens(SilenceEnded(ANA, world.now, service="checkout"))
    assert not next(it for it in world.scene.silences if it.number == 1).ended
    world.happens(SilenceEnded(ANA, world.now, quiet=1))
    assert world.private()[-1] == "Taken back, before it began: checkout."
    assert next(it for it in world.scene.silences if it.number == 1).told_at, "nothing to tell"


def test_what_happened_under_it_is_told_once_when_it_ends() -> None:
    world = World()
    planned(world)
    world.passes(hours=1)
    changes = (
        change(8, "checkout health up -> down: <503>"),
        change(20, "checkout health down -> up"),
    )
    over(world, *changes)
    told = world.posts()[-1]
    assert told.startswith("*Maintenance of checkout is over*")
    assert "by Ana: new disks). Under it:" in told
    assert "checkout health up -&gt; down: &lt;503&gt;" in told
    before = len(world.posts())
    over(world, *changes)
    assert len(world.posts()) == before


def test_nothing_happened_is_one_line_and_of_the_configurations_nothing_at_all() -> None:
    world = World()
    planned(world)
    world.passes(hours=1)
    over(world)
    assert world.posts()[-1].endswith("Nothing happened under it.")
    before = len(world.posts())
    world.happens(QuietOver(("search",), START, world.now, world.now, "weekly disks"))
    assert len(world.posts()) == before


def test_still_down_at_its_end_opens_and_the_thread_says_when_it_began() -> None:
    world = World()
    planned(world)
    world.passes(minutes=30)
    world.goes_down()
    world.passes(minutes=30)
    assert world.pages() == []
    over(world, change(30, "checkout health up -> down: HTTP 503"))
    assert {page.person for page in world.pages()} == {"ana", "ida", "bo", "dee"}
    assert "DOWN checkout 03:41" in world.pages()[0].text
    assert "It began in the maintenance of checkout that ended" in world.replies()[-1]
    assert "*checkout* is still down: #1." in world.posts()[-1]


def test_one_that_was_lengthened_is_not_over() -> None:
    world = World()
    planned(world)
    (row,) = world.scene.silences
    world.now = row.until
    event = QuietOver(("checkout",), row.since, row.until, world.now, number=1)
    world.scene = replace(world.scene, silences=(replace(row, until=row.until + HOUR),))
    world.happens(event)
    assert len(world.posts()) == 1


def test_a_silence_of_an_incident_is_told_in_its_thread() -> None:
    world = World()
    world.goes_down()
    world.texts("ana", "1 ok 30m")
    world.passes(minutes=30)
    posts = len(world.posts())
    over(world)
    assert "*checkout* is still down: #1." in world.replies()[-1]
    assert len(world.posts()) == posts


def test_a_page_that_still_waits_when_it_begins_is_held_back() -> None:
    world = World(replace(policy(), windows=(Window(START + MINUTE, START + HOUR),)))
    world.now += timedelta(seconds=59)
    world.goes_down()
    assert {page.state for page in world.pages()} == {PageState.QUEUED}
    world.now += timedelta(seconds=1)
    world.happens(QuietBegun((), world.now))
    assert {page.state for page in world.pages()} == {PageState.CANCELLED}
    world.passes(minutes=59)
    assert {p.state for p in world.pages() if p.created_at == world.now} == {PageState.QUEUED}


@pytest.mark.parametrize("planned_in", ["asked for", "configuration"])
def test_a_text_that_does_not_arrive_once_it_is_quiet_is_not_replaced(planned_in: str) -> None:
    window = Window(START + MINUTE, START + HOUR)
    world = World(replace(policy(), windows=(window,) if planned_in == "configuration" else ()))
    world.goes_down()
    text = world.pages("ana")[0]
    world.sends(*world.pages())
    world.now += MINUTE
    if planned_in == "configuration":
        world.happens(QuietBegun((), world.now))
    else:
        planned(world, since=world.now, lasts=59 * MINUTE)
    before = len(world.pages())
    world.now += timedelta(seconds=5)
    world.becomes(text, PageState.UNDELIVERED, "30003")
    assert len(world.pages()) == before
    assert world.replies()[-1].endswith("(30003); it is quiet, so nobody is paged instead.")
    world.passes(minutes=59)
    assert {p.person for p in world.pages() if p.created_at == START + HOUR} >= {"ana", "ida"}


def test_who_is_asked_for_within_a_quiet_is_reached_by_another_way() -> None:
    world = World()
    world.goes_down()
    world.sends(*world.pages())
    world.now += MINUTE
    planned(world)
    world.now += MINUTE
    world.texts("bo", "1 esc")
    asked = world.pages("ana")[-1]
    world.sends(asked)
    world.becomes(asked, PageState.UNDELIVERED, "30003")
    assert [page.reason for page in world.pages("ana")][-1] == "undelivered"


def test_each_turn_is_found_once_and_again_under_the_same_name_by_another_process() -> None:
    world = World(replace(policy(), windows=(Window(START, START + HOUR, frozenset({"search"})),)))
    planned(world, since=START + MINUTE, lasts=HOUR)

    def due(seen: float, minutes: float) -> list[str]:
        since, now = (START + timedelta(minutes=it) for it in (seen, minutes))
        return [key for key, _ in turns(world.scene.silences, world.policy, since, now)]

    assert [key.partition(":")[0] for key in due(-1, 0)] == ["quiet-begun"]
    assert due(0, 1) == ["quiet-begun:1"]
    assert due(1, 30) == []
    ends = due(30, 61)
    assert [key.partition(":")[0] for key in ends] == ["quiet-over", "quiet-over"]
    assert sorted(due(-1440, 61)) == sorted(ends)


OFFSETS = st.integers(0, 240).map(lambda it: START + it * MINUTE)
SPANS = st.lists(
    st.tuples(OFFSETS, st.integers(1, 120), st.sampled_from((None, "checkout"))),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15, deadline=None)
@given(windows=SPANS, asked=SPANS, downs=st.lists(st.integers(0, 300), min_size=1, max_size=3))
def test_no_page_is_due_in_a_maintenance_window(
    windows: list[tuple[datetime, int, str | None]],
    asked: list[tuple[datetime, int, str | None]],
    downs: list[int],
) -> None:
    """However windows and silences overlap or touch, and whenever something goes down."""
    rules = tuple(
        Window(at, at + lasts * MINUTE, frozenset({of} if of else ())) for at, lasts, of in windows
    )
    world = World(replace(policy(), windows=rules))
    for at, lasts, of in asked:
        planned(world, since=at, lasts=lasts * MINUTE, service=of)

    def quiet(at: datetime) -> bool:
        mine = [(s, s + n * MINUTE) for s, n, _ in (*windows, *asked)]
        return any(since <= at < until for since, until in mine)

    begins = {at for at, *_ in (*windows, *asked)}
    for minute in range(365):
        if world.now in begins:
            world.happens(QuietBegun((), world.now))
        world.happens(LookedAgain(("checkout",), world.now, "tick"))
        if minute in downs:
            world.goes_down()
        waiting = [page for page in world.pages() if page.waiting]
        if quiet(world.now):
            assert waiting == [], world.now
            assert not [p for p in world.pages() if quiet(p.created_at)]
            assert quiet_until("checkout", world.scene.silences, rules, world.now) is not None
        else:
            world.sends(*waiting)
        if not any(i.open for i in world.scene.incidents) and not quiet(world.now):
            assert not any(s.level.value == "down" for s in world.scene.signals)
        world.passes(seconds=60)
    assert world.pages(), "what is down after all of them is paged"


@settings(max_examples=60, deadline=None)
@given(hours=st.integers(0, 24 * 7 - 1), minutes=st.integers(0, 59))
def test_weekly_windows_have_no_seam_where_the_clocks_change(hours: int, minutes: int) -> None:
    """A window of every whole day is quiet at any minute of both weeks in which they change."""
    every_day = Maintenance.model_validate(
        {"weekly": "Mon-Sun 00:00-24:00", "timezone": "Europe/London"}
    )
    for week in (datetime(2026, 3, 25, tzinfo=UTC), datetime(2026, 10, 21, tzinfo=UTC)):
        at = week + hours * HOUR + minutes * MINUTE
        laid = every_day.spans(at - timedelta(days=1), at + timedelta(days=8))
        windows = [Window(since, until) for since, until in laid]
        found = quiet_until("checkout", (), windows, at)
        assert found is not None
        assert found[0] > at + timedelta(days=7)


@pytest.mark.parametrize(
    ("weekly", "zone", "since", "until"),
    [
        # The clocks go forward: an hour is skipped, in which the window begins, or ends, or both.
        ("Sun 01:30-02:30", "Europe/London", "2026-03-29 01:00", "2026-03-29 01:30"),
        ("Sun 00:30-01:30", "Europe/London", "2026-03-29 00:30", "2026-03-29 01:00"),
        ("Sun 02:30-03:30", "America/Chicago", "2026-03-08 08:00", "2026-03-08 08:30"),
        ("Sun 02:15-02:45", "America/Chicago", None, None),
        ("Sun 01:50-02:40", "Australia/Lord_Howe", "2026-10-03 15:20", "2026-10-03 15:40"),
        # They go back: of an hour that comes twice the first.
        ("Sun 01:30-02:30", "Europe/London", "2026-10-25 00:30", "2026-10-25 02:30"),
    ],
)
def test_a_weekly_window_in_the_hour_that_is_skipped_begins_when_the_clock_jumps(
    weekly: str, zone: str, since: str | None, until: str | None
) -> None:
    window = Maintenance.model_validate({"weekly": weekly, "timezone": zone})
    day = datetime.fromisoformat(since or "2026-03-08 00:00").replace(tzinfo=UTC)
    found = [tuple(f"{it:%Y-%m-%d %H:%M}" for it in span) for span in window.spans(day, day + HOUR)]
    assert found == ([(since, until)] if since else [])


def test_a_span_says_whom_it_keeps_quiet() -> None:
    span = QuietSpan((), START, START + HOUR)
    assert span.affects("checkout")
    assert span.planned
