"""When texts go out: tables of what was sent before, and what that means for the next one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.bundling import BUNDLE, plan
from bot.core.page import Page, PageState, Urgency
from bot.core.segments import segments
from tests.core.paging_world import page
from tests.core.world import START

FIRST, LATER, INFO = Urgency.FIRST, Urgency.LATER, Urgency.INFO


def sent(key: str, urgency: Urgency, seconds_ago: float, **fields: str) -> Page:
    """A text to Bo that was handed over so long before START."""
    at = START - timedelta(seconds=seconds_ago)
    made = page(key, urgency, after=-seconds_ago)
    return replace(made, state=PageState.SENT, sent_at=at, **fields)  # type: ignore[arg-type]


def waits(urgency: Urgency, *before: Page) -> float:
    """How many seconds the next text of this urgency waits, if it is due at START."""
    planned = plan([page("99", urgency)], before, START)
    if planned.ready == ("99",):
        return 0
    (held,) = planned.changed
    return (held.due_at - START).total_seconds()


def spread(urgency: Urgency, count: int, seconds_ago: float, apart: float = 1) -> list[Page]:
    """So many texts, the first of them so long ago."""
    return [sent(str(n + 1), urgency, seconds_ago - n * apart) for n in range(count)]


def call(
    key: str,
    urgency: Urgency,
    seconds_ago: float,
    state: PageState = PageState.UNDELIVERED,
    **more: str,
) -> Page:
    """A call to Bo, that long ago; it rings no longer unless `state` says that it was sent."""
    return replace(sent(key, urgency, seconds_ago), channel="call", state=state, **more)  # type: ignore[arg-type]


WAITS = [
    # of what urgency, after what -> seconds
    (FIRST, [sent("1", FIRST, 19)], 1),
    (FIRST, [sent("1", FIRST, 20)], 0),
    (FIRST, [sent("1", LATER, 1)], 0),  # only other first texts hold a first one
    (FIRST, [sent("1", INFO, 1)], 0),
    (FIRST, [sent("1", FIRST, 5, person="dee")], 0),  # another phone
    (FIRST, [sent("1", FIRST, 5, channel="slack")], 0),  # no text at all
    (FIRST, [sent("1", FIRST, 5, reason="test")], 0),
    (FIRST, spread(LATER, 11, 800), 0),  # no bound ever holds a first text
    (LATER, [sent("1", LATER, 59)], 1),
    (LATER, [sent("1", LATER, 60)], 0),
    (LATER, [sent("1", FIRST, 45)], 15),  # a minute after the first one, too
    (LATER, [sent("1", INFO, 1)], 0),  # what only informs holds up no page
    (LATER, spread(LATER, 4, 800), 0),
    (LATER, spread(LATER, 5, 800), 100),  # five in a quarter of an hour
    (LATER, spread(LATER, 10, 3500, 200), 0),
    (LATER, spread(LATER, 11, 3500, 300), 100),  # eleven in an hour
    (LATER, spread(INFO, 9, 800), 0),
    (INFO, spread(INFO, 4, 800), 0),
    (INFO, spread(INFO, 5, 800), 100),
    (INFO, spread(INFO, 9, 3500, 300), 0),
    (INFO, spread(INFO, 10, 3500, 300), 100),  # ten in an hour
    (INFO, spread(LATER, 5, 800), 0),  # a budget of its own
]


@pytest.mark.parametrize(("urgency", "before", "seconds"), WAITS)
def test_what_went_out_before_decides_how_long_a_text_waits(
    urgency: Urgency, before: list[Page], seconds: float
) -> None:
    assert waits(urgency, *before) == seconds


CALLS = [
    # of what urgency, after what -> seconds, and why
    (FIRST, [call("1", LATER, 30)], 0, None),  # no bound ever holds a first call
    (FIRST, [call("1", LATER, 30, PageState.SENT)], 5, "our own call is on their line"),
    (LATER, [call("1", FIRST, 119)], 1, "the last call was less than 2 min ago"),
    (LATER, [call("1", FIRST, 120)], 0, None),
    (LATER, [call("1", LATER, 119, reason="test")], 0, None),
    (LATER, [call(str(n), LATER, 800 - n * 130) for n in range(4)], 100, "4 calls in the last 15"),
    (LATER, [call(str(n), FIRST, 800 - n * 130) for n in range(4)], 0, None),  # bounds no first one
    (LATER, [call(str(n), LATER, 3500 - n * 330) for n in range(10)], 100, "10 calls in the last"),
]


@pytest.mark.parametrize(("urgency", "before", "seconds", "why"), CALLS)
def test_a_call_that_is_not_a_first_one_has_a_budget(
    urgency: Urgency, before: list[Page], seconds: float, why: str | None
) -> None:
    planned = plan([replace(page("99", urgency), channel="call")], before, START)
    if not seconds:
        assert (planned.ready, planned.told) == (("99",), ())
        return
    (waiting,) = planned.changed
    assert (waiting.due_at - START).total_seconds() == seconds
    assert str(waiting.held).startswith(str(why))
    assert planned.told == (99,)


def test_the_thread_is_told_once_why_a_call_waits_for_the_line() -> None:
    busy = [call("1", LATER, 30, PageState.SENT)]
    (waiting,) = plan([replace(page("99", LATER), channel="call")], busy, START).changed
    assert plan([waiting], busy, waiting.due_at).told == ()


def test_what_was_held_forgets_why_when_it_goes() -> None:
    waiting = replace(page("1", LATER), held="5 texts in the last 15 min")
    planned = plan([waiting], [], START)
    assert (planned.ready, [one.held for one in planned.changed]) == (("1",), [None])


def test_each_says_with_which_others_it_went() -> None:
    planned = plan([page("1", LATER), page("2", LATER), page("3", LATER)], [], START)
    said = {one.key: one.held for one in planned.changed}
    assert said["2"] == "in one text with #1 and #3"
    assert planned.told == (1, 2, 3)


def test_a_later_call_that_speaks_for_a_first_one_is_one() -> None:
    first = replace(page("1", FIRST), key="1a", channel="call", incident=1)
    later = replace(page("1", LATER, after=1), key="1b", channel="call", held="the last call was")
    planned = plan([first, later], [], START + timedelta(seconds=1))
    assert planned.ready == ("1b",)
    changed = {one.key: one for one in planned.changed}
    assert (changed["1b"].urgency, changed["1b"].held) == (FIRST, None)
    assert changed["1a"].bundled_into == "1b"


def test_a_later_text_does_not_go_in_the_same_second_as_a_first_one() -> None:
    planned = plan([page("1", FIRST), page("2", LATER)], [], START)
    assert planned.ready == ("1",)
    assert [one.key for one in planned.changed] == ["2"]


def test_several_later_texts_are_one_that_names_every_incident() -> None:
    planned = plan([page("1", LATER), page("2", LATER), page("3", LATER)], [], START)
    (carrier,) = planned.new
    assert planned.ready == (carrier.key,)
    assert (carrier.reason, carrier.urgency) == (BUNDLE, LATER)
    assert carrier.text.startswith("3 DOWN: #1 svc1 03:12, #2 svc2 03:12, #3 svc3")
    assert {one.bundled_into for one in planned.changed} == {carrier.key}


def test_incidents_that_do_not_fit_the_text_are_counted_in_it() -> None:
    (carrier,) = plan([page(str(n), LATER) for n in range(1, 31)], [], START).new
    assert carrier.text == (
        "30 DOWN: #1 svc1 03:12, #2 svc2 03:12, #3 svc3 03:12, #4 svc4 03:12, #5 svc5 03:12, "
        "#6 svc6 03:12, #7 svc7 03:12 and 23 more. Reply a number, or all"
    )
    assert segments(carrier.text) == 1


def test_names_too_long_for_any_text_leave_what_to_reply() -> None:
    long = [replace(page(str(n), LATER), line=f"#{n} {'x' * 150} 03:12") for n in (1, 2)]
    (carrier,) = plan(long, [], START).new
    assert carrier.text == "2 DOWN. Reply a number, or all"


def test_later_texts_of_one_incident_go_as_the_latest_of_them() -> None:
    older = replace(page("1", LATER), key="1a", text="older")
    newer = replace(page("1", LATER, after=1), key="1b", text="newer")
    planned = plan([older, newer], [], START + timedelta(seconds=1))
    assert (planned.ready, planned.new) == (("1b",), ())
    assert [(one.key, one.bundled_into) for one in planned.changed] == [("1a", "1b")]
