"""Budgets, whatever comes when: first pages never wait for them, nothing is lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.bundling import (
    CALL_AGAIN_AFTER,
    CALLS_APART,
    CALLS_AT_MOST,
    INFO_AT_MOST,
    LATER_APART,
    LATER_AT_MOST,
    LOOK_BACK,
    TOGETHER_AFTER,
    Bounds,
    plan,
)
from bot.core.page import Page, PageState, Urgency
from tests.core.paging_world import page
from tests.core.world import START

FIRST, LATER, INFO = Urgency.FIRST, Urgency.LATER, Urgency.INFO
CALL_LASTS = timedelta(seconds=40)


@st.composite
def pages(draw: st.DrawFn) -> list[Page]:
    """A bad two hours of one person: bursts of pages, and none of them ever acknowledged."""
    made = []
    for number in range(1, draw(st.integers(1, 40)) + 1):
        after = draw(st.one_of(st.integers(0, 7200), st.integers(0, 90), st.integers(600, 700)))
        urgency = draw(st.sampled_from([FIRST, LATER, LATER, INFO]))
        channel = "sms" if urgency is INFO else draw(st.sampled_from(["sms", "sms", "call"]))
        incident = draw(st.integers(1, 8))
        one = page(str(incident), urgency, after=after)
        made.append(replace(one, key=f"p{number}", channel=channel))
    return made


class Outbox:
    """What the outbox does with a plan, second by second where something is due."""

    def __init__(self, made: Sequence[Page]) -> None:
        self.rows = {one.key: one for one in made}
        self.now = START

    def run(self) -> None:
        """Until nothing waits. Fails if that takes a day."""
        while waiting := [one for one in self.rows.values() if one.waiting]:
            self.now = max(self.now, min(one.due_at for one in waiting))
            assert self.now < START + timedelta(days=1), "held for ever"
            self._hang_up()
            self._deliver([one for one in waiting if one.due_at <= self.now])

    def _hang_up(self) -> None:
        """Calls end without a key after a while."""
        for one in [one for one in self.rows.values() if one.state is PageState.SENT]:
            if one.channel == "call" and one.sent_at and one.sent_at + CALL_LASTS <= self.now:
                self.rows[one.key] = replace(one, state=PageState.UNDELIVERED)

    def _deliver(self, due: list[Page]) -> None:
        recent = [one for one in self.sent() if sent_at(one) >= self.now - LOOK_BACK]
        planned = plan(due, recent, self.now)
        for one in (*planned.changed, *planned.new):
            self.rows[one.key] = one
        for key in planned.ready:
            self.rows[key] = replace(self.rows[key], state=PageState.SENT, sent_at=self.now)

    def sent(self, channel: str = "", *urgencies: Urgency) -> list[Page]:
        """What went out, oldest first."""
        chosen = [
            one
            for one in self.rows.values()
            if one.sent_at and channel in ("", one.channel)
            if not urgencies or one.urgency in urgencies
        ]
        return sorted(chosen, key=sent_at)

    def went_at(self, one: Page) -> datetime:
        """When the words of a page went out: in its own text, or in the one that carries them."""
        found = self.rows[one.key]
        while found.bundled_into:
            found = self.rows[found.bundled_into]
        return sent_at(found)


def sent_at(one: Page) -> datetime:
    assert one.sent_at is not None, f"{one.key} never went"
    return one.sent_at


def most_within(times: Sequence[datetime], period: timedelta) -> int:
    """The most of them in any window of that length."""
    return max((sum(at <= other < at + period for other in times) for at in times), default=0)


def keeps(sent: Sequence[Page], bounds: Bounds) -> bool:
    times = [sent_at(one) for one in sent]
    return all(most_within(times, period) <= count for count, period in bounds)


@given(pages())
@settings(max_examples=30, deadline=None)
def test_every_page_goes_out_and_no_person_gets_more_than_the_bounds(made: list[Page]) -> None:
    outbox = Outbox(made)
    outbox.run()
    for one in made:
        assert outbox.went_at(one) >= one.created_at
    assert keeps(outbox.sent("sms", LATER), LATER_AT_MOST)
    assert keeps(outbox.sent("sms", INFO), INFO_AT_MOST)
    assert keeps(outbox.sent("call", LATER), CALLS_AT_MOST)


@given(pages())
@settings(max_examples=30, deadline=None)
def test_a_first_text_waits_for_nothing_but_another_first_one(made: list[Page]) -> None:
    outbox = Outbox(made)
    outbox.run()
    firsts = [one for one in made if (one.channel, one.urgency) == ("sms", FIRST)]
    for one in firsts:
        delay = outbox.went_at(one) - one.created_at
        before = [
            sent_at(other)
            for other in outbox.sent("sms", FIRST)
            if one.created_at - TOGETHER_AFTER < sent_at(other) <= one.created_at
        ]
        alone = not before or outbox.went_at(one) == one.created_at
        assert delay == timedelta() if alone else delay <= TOGETHER_AFTER


@given(pages())
@settings(max_examples=30, deadline=None)
def test_a_first_call_waits_only_while_our_own_call_rings(made: list[Page]) -> None:
    outbox = Outbox(made)
    outbox.run()
    for one in made:
        if (one.channel, one.urgency) != ("call", FIRST):
            continue
        went = outbox.went_at(one)
        if went > one.created_at:
            before = [sent_at(it) for it in outbox.sent("call") if sent_at(it) < went]
            assert any(at <= one.created_at < at + CALL_LASTS for at in before), "a free line"
            assert went <= max(before) + CALL_LASTS + CALL_AGAIN_AFTER


@given(pages())
@settings(max_examples=30, deadline=None)
def test_later_ones_keep_their_distance(made: list[Page]) -> None:
    outbox = Outbox(made)
    outbox.run()
    for channel, apart in (("sms", LATER_APART), ("call", CALLS_APART)):
        urgent = [one for one in outbox.sent(channel) if one.urgency is not INFO]
        for one in urgent:
            if one.urgency is LATER:
                others = [sent_at(it) for it in urgent if it is not one]
                assert not any(sent_at(one) - apart < at <= sent_at(one) for at in others)
