"""A page is delivered when the phone has it: receipts, fallbacks, marks, bundles."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.bundling import BUNDLE, plan
from bot.core.events import NumberMarked, PageFailed
from bot.core.page import TERMINAL, Page, PageState, Urgency
from tests.core.paging_world import page
from tests.core.world import START, World, person, policy


@pytest.mark.parametrize("state", [PageState.UNDELIVERED, PageState.FAILED])
def test_not_delivered_is_not_paged_slack_is_tried_at_once(state: PageState) -> None:
    world = World()
    world.goes_down()
    text = world.pages("bo")[0]
    world.sends(text)
    world.becomes(text, state, "carrier: unreachable (30003)")
    assert [(page.channel, page.reason) for page in world.pages("bo")] == [
        ("sms", "step"),
        ("slack", "undelivered"),
    ]
    assert world.pages("bo")[1].due_at == world.now
    assert "The text to Bo did not arrive (carrier: unreachable (30003))" in world.replies()[-1]


def test_a_channel_that_no_order_names_is_tried_last_and_not_never() -> None:
    rules = policy()
    people = {**rules.people, "bo": person("bo", "pager", "sms"), "dee": person("dee", "pager")}
    world = World(replace(rules, people=people))
    world.goes_down()
    assert [page.channel for page in world.pages("dee")] == ["pager"]
    world.becomes(world.pages("bo")[0], PageState.UNDELIVERED)
    assert world.pages("bo")[1].channel == "pager"


def test_a_phone_is_called_before_slack_is_tried() -> None:
    rules = policy()
    people = {**rules.people, "bo": person("bo", "sms", "call", "slack")}
    world = World(replace(rules, people=people))
    world.goes_down()
    world.becomes(world.pages("bo")[0], PageState.UNDELIVERED)
    assert world.pages("bo")[1].channel == "call"


def test_when_nothing_of_a_person_works_the_next_person_is_paged() -> None:
    rules = policy()
    team = replace(rules.teams["development"], members=("bo", "dee", "eve"))
    checkout = replace(
        rules.services["checkout"],
        teams=("development",),
        steps=(replace(rules.services["checkout"].steps[0], who="bo"),),
    )
    world = World(
        replace(
            rules,
            people={**rules.people, "bo": person("bo", "sms")},
            teams={**rules.teams, "development": team},
            services={**rules.services, "checkout": checkout},
        )
    )
    world.goes_down()
    assert {page.person for page in world.pages()} == {"bo"}
    world.becomes(world.pages("bo")[0], PageState.FAILED)
    assert world.pages()[-1].person == "dee"
    assert "paging Dee instead" in world.replies()[-1]


def test_nobody_left_to_try_runs_the_next_step_now() -> None:
    rules = policy()
    people = {key: replace(item, channels=("sms",)) for key, item in rules.people.items()}
    world = World(replace(rules, people=people))
    world.goes_down()
    world.passes(seconds=5)
    for text in world.pages("bo") + world.pages("dee"):
        world.becomes(text, PageState.FAILED)
    development = world.incident.track("development")
    assert development is not None
    assert development.step == 2
    assert len([page for page in world.pages() if page.team == "development"]) == 4


def test_a_receipt_for_a_text_of_a_team_that_has_come_pages_nobody() -> None:
    world = World()
    world.goes_down()
    text = world.pages("ida")[0]
    world.sends(*world.pages())
    world.texts("ana", "1")
    before = len(world.pages())
    world.becomes(text, PageState.UNDELIVERED)
    assert len(world.pages()) == before


def test_terminal_receipts_never_go_back_and_repeated_ones_act_once() -> None:
    world = World()
    world.goes_down()
    text = world.pages("bo")[0]
    world.becomes(text, PageState.DELIVERED)
    world.becomes(text, PageState.SENT)
    world.becomes(text, PageState.UNDELIVERED)
    assert world.pages("bo")[0].state is PageState.DELIVERED
    assert len(world.pages("bo")) == 1


@given(st.lists(st.sampled_from(list(PageState)[1:6]), max_size=8))
def test_any_order_of_receipts_ends_in_a_legal_state_with_one_fallback_at_most(
    states: list[PageState],
) -> None:
    world = World()
    world.goes_down()
    text = world.pages("bo")[0]
    seen = []
    for state in states:
        world.becomes(text, state)
        seen.append(world.pages("bo")[0].state)
    ended = [state for state in seen if state in TERMINAL]
    assert len(set(ended)) <= 1
    assert len(world.pages("bo", "undelivered")) <= 1


def test_no_receipt_for_two_minutes_is_not_paged() -> None:
    world = World()
    world.goes_down()
    text = world.pages("bo")[0]
    world.sends(text)
    world.happens(PageFailed(text.key, world.now, "no receipt", silent=True))
    assert world.pages("bo")[1].channel == "slack"


def test_a_number_that_never_gives_receipts_is_not_taken_for_silent() -> None:
    world = World()
    world.scene = replace(world.scene, receiptless=frozenset({("bo", "sms")}))
    world.goes_down()
    text = world.pages("bo")[0]
    world.sends(text)
    world.happens(PageFailed(text.key, world.now, "no receipt", silent=True))
    assert len(world.pages("bo")) == 1


@pytest.mark.parametrize("mark", ["opted_out", "landline"])
def test_an_unusable_number_is_marked_and_not_tried_again_until_mended(mark: str) -> None:
    world = World()
    world.goes_down()
    text = world.pages("bo")[0]
    world.happens(PageFailed(text.key, world.now, "cannot take texts", mark=mark))
    assert world.scene.unusable == {("bo", "sms"): mark}
    world.passes(minutes=4)
    assert {page.channel for page in world.pages("bo")[1:]} == {"slack"}
    world.happens(NumberMarked("bo", "sms", None, world.now))
    assert world.scene.unusable == {}
    assert "can be reached by text again" in world.posts()[-1]


def test_the_first_text_goes_at_once_and_more_within_20_s_go_together_at_their_end() -> None:
    first = plan([page("1", Urgency.FIRST), page("2", Urgency.FIRST)], [], START)
    assert first.ready == ("1",)
    held = first.changed[0]
    assert (held.key, held.due_at) == ("2", START + timedelta(seconds=20))
    sent = replace(page("1", Urgency.FIRST), state=PageState.SENT, sent_at=START)
    third = page("3", Urgency.FIRST, after=9)
    second = plan([third], [sent], START + timedelta(seconds=9))
    assert second.ready == ()
    assert second.changed[0].due_at == START + timedelta(seconds=20)
    together = plan([held, second.changed[0]], [sent], START + timedelta(seconds=20))
    assert len(together.ready) == 1
    assert together.new[0].reason == BUNDLE
    assert together.new[0].text == "2 DOWN: #2 svc2 03:12, #3 svc3 03:12. Reply a number, or all"
    assert {item.state for item in together.changed} == {PageState.BUNDLED}


def test_later_texts_are_a_minute_apart_and_bounded() -> None:
    sent = [
        replace(page(str(n), Urgency.LATER, after=60 * n), sent_at=START + timedelta(minutes=n))
        for n in range(1, 6)
    ]
    now = START + timedelta(minutes=6)
    held = plan([page("9", Urgency.LATER, after=360)], sent, now)
    assert held.ready == ()
    assert held.changed[0].due_at == START + timedelta(minutes=16)


def test_informational_texts_do_not_use_up_the_budget_of_pages() -> None:
    told = [
        replace(page(str(n), Urgency.INFO, after=n), sent_at=START + timedelta(seconds=n))
        for n in range(1, 6)
    ]
    now = START + timedelta(minutes=2)
    decided = plan([page("8", Urgency.INFO), page("9", Urgency.LATER)], told, now)
    assert decided.ready == ("9",)
    assert decided.changed[0].due_at > now


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Urgency)), st.integers(0, 900)), min_size=1, max_size=30
    )
)
def test_every_text_goes_out_in_the_end_and_none_twice(arrivals: list[tuple[Urgency, int]]) -> None:
    waiting = [
        page(str(n + 1), urgency, after=after) for n, (urgency, after) in enumerate(arrivals)
    ]
    firsts = min((p.due_at for p in waiting if p.urgency is Urgency.FIRST), default=None)
    sent: list[Page] = []
    said: list[str] = []
    now = START
    while waiting and now < START + timedelta(hours=6):
        due = [item for item in waiting if item.due_at <= now]
        planned = plan(
            due, [p for p in sent if p.sent_at and p.sent_at > now - timedelta(hours=1)], now
        )
        known = {item.key: item for item in [*waiting, *planned.new]}
        known |= {item.key: item for item in planned.changed}
        for key in planned.ready:
            sent.append(replace(known[key], sent_at=now, state=PageState.SENT))
            carried = [p.key for p in planned.changed if p.bundled_into == key]
            said += [key, *carried] if known[key].reason != BUNDLE else carried
        gone = {*planned.ready, *(p.key for p in planned.changed if p.state is PageState.BUNDLED)}
        waiting = [known[item.key] for item in waiting if item.key not in gone]
        now = max(now + timedelta(seconds=1), min((p.due_at for p in waiting), default=now))
    assert sorted(said, key=int) == [str(n + 1) for n in range(len(arrivals))]
    if firsts is not None:
        assert min(p.sent_at for p in sent if p.urgency is Urgency.FIRST and p.sent_at) == firsts


def test_a_persons_first_text_is_never_delayed_however_late_in_the_escalation_it_comes() -> None:
    rules = policy()
    checkout = rules.services["checkout"]
    steps = (replace(checkout.steps[0], who="bo"), *checkout.steps[1:])
    checkout = replace(checkout, teams=("development",), steps=steps)
    world = World(replace(rules, services={**rules.services, "checkout": checkout}))
    world.goes_down()
    world.sends(*world.pages())
    world.passes(minutes=3)
    assert [page.urgency for page in world.pages("bo")] == [Urgency.FIRST, Urgency.LATER]
    assert [page.urgency for page in world.pages("dee")] == [Urgency.FIRST]


def test_after_a_reopening_the_first_texts_are_first_ones_and_the_later_ones_are_not() -> None:
    world = World()
    world.goes_down()
    world.sends(*world.pages())
    world.passes(minutes=4)
    world.comes_up()
    world.passes(minutes=1)
    reopened = world.now
    world.goes_down()
    world.sends(*world.pages())
    world.passes(minutes=9)
    again = [page for page in world.pages("bo") if page.created_at >= reopened]
    assert [page.urgency for page in again] == [Urgency.FIRST, Urgency.LATER, Urgency.LATER]


def test_with_every_provider_away_each_channel_of_a_step_is_tried_once() -> None:
    """It is tried on by itself; going round and round would be hundreds of pages in a minute."""
    rules = policy()
    people = {**rules.people, "bo": person("bo", "sms", "call", "slack", "email")}
    world = World(replace(rules, people=people))
    world.goes_down()
    for _ in range(40):
        world.now += timedelta(seconds=1)
        for page_ in [one for one in world.pages() if not one.fell_back]:
            away = PageFailed(page_.key, world.now, "cannot be reached", silent=True, stuck=True)
            world.happens(away)
    tried = Counter(one.channel for one in world.pages("bo"))
    assert set(tried) == {"sms", "call", "slack", "email"}
    assert max(tried.values()) <= len(rules.services["checkout"].steps)


def test_a_call_that_nobody_took_is_followed_by_what_the_person_has_not_had_yet() -> None:
    """In their own order, but a second text tells no more than the first one did."""
    rules = policy()
    people = {**rules.people, "bo": person("bo", "sms", "call", "email", "slack")}
    world = World(replace(rules, people=people))
    world.goes_down()
    world.passes(minutes=3)
    (call,) = [page for page in world.pages("bo") if page.channel == "call"]
    world.becomes(call, PageState.UNDELIVERED, "busy")
    assert [page.channel for page in world.pages("bo")] == ["sms", "call", "email"]
