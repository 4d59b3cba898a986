"""Numbers, times, names and versions as a call says them, and whole calls word by word."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.bundling import BUNDLE, plan
from bot.core.events import Acknowledged, Actor, Escalated, SignalReported
from bot.core.page import Page, PageState, Urgency
from bot.core.policy import Step
from bot.core.signal import Level
from bot.core.wording import spoken, voice, voice_answers
from tests.core.paging_world import page
from tests.core.world import START, World, deployment, person, policy

PAUSES = set(" .,:'")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"),
        (12, "twelve"),
        (40, "forty"),
        (105, "one hundred and five"),
        (342, "three hundred and forty two"),
        (7001, "seven thousand and one"),
        (99999, "ninety nine thousand nine hundred and ninety nine"),
        (1234567, "one two three four five six seven"),
    ],
)
def test_numbers(value: int, words: str) -> None:
    assert spoken.number(value) == words


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [
        (3, 12, "three twelve"),
        (3, 5, "three oh five"),
        (3, 0, "three o clock"),
        (15, 0, "fifteen hundred"),
        (0, 0, "midnight"),
        (0, 7, "zero oh seven"),
        (12, 0, "noon"),
        (23, 59, "twenty three fifty nine"),
    ],
)
def test_times(hour: int, minute: int, words: str) -> None:
    at = datetime(2026, 11, 24, hour, minute, tzinfo=UTC)
    assert spoken.clock(at, "UTC") == words
    assert spoken.clock(at, "Asia/Kolkata") != words, "it is the listener's own clock"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("checkout", "checkout"),
        ("checkout-api_v2", "checkout api v two"),
        ("voucherPage", "voucher Page"),
        ("s3-007", "s three zero zero seven"),
        ("<b>&amp;", "b amp"),
        ("Zoë O'Neil 🚀", "Zoë O'Neil"),
        ("٣", "three"),
        ("a b c d e f g h", "a b c d e f"),
        ("---", ""),
    ],
)
def test_names(text: str, words: str) -> None:
    assert spoken.name(text) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("v1.42", "version one point forty two"),
        ("2.0.1", "version two point zero point one"),
        ("release-17", "release seventeen"),
        ("1.0-rc1", "version one point zero rc one"),
        ("a1b2c3d", ""),  # a commit: nobody keeps it in mind
        ("2026.11.23-4811", ""),
        ("", ""),
    ],
)
def test_versions(text: str, words: str) -> None:
    assert spoken.version(text) == words


@given(st.text(max_size=60), st.integers(-5, 10**9))
def test_nothing_that_is_no_speech_is_ever_said(text: str, value: int) -> None:
    for said in (spoken.name(text), spoken.version(text), spoken.number(value)):
        assert all(char.isalpha() or char in PAUSES for char in said)


@given(st.text(max_size=200), st.text(max_size=80), st.text(max_size=80))
def test_a_whole_call_is_speech_whatever_things_are_called(
    service: str, version: str, name: str
) -> None:
    world = World()
    world.scene = replace(
        world.scene,
        deployments=(
            replace(deployment("d1", ended=timedelta(minutes=7)), version=version, by=name),
        ),
    )
    world.goes_down()
    incident = world.incident
    parts = (replace(incident.services[0], service=service),)
    incident = replace(incident, services=parts)
    said = voice.page_text(incident, incident.tracks[0], "step", "bo", world.policy, world.now)
    line = voice.page_line(incident, "bo", world.policy)
    assert all(char.isalpha() or char in PAUSES for char in said + voice.several([line] * 9))
    assert len(said) < 1200


def called(**changes: object) -> World:
    """Two teams whose only step is a call."""
    rules = policy(**changes)
    steps = (Step("on_call", ("call",)),)
    people = {key: person(key, "call", "sms") for key in rules.people}
    services = {key: replace(item, steps=steps) for key, item in rules.services.items()}
    return World(replace(rules, people=people, services=services))


def test_the_first_call_says_what_is_down_since_when_and_which_deployment() -> None:
    world = called()
    ended = deployment("v1.42", ended=timedelta(minutes=7))
    world.scene = replace(world.scene, deployments=(ended,))
    world.goes_down()
    assert world.pages("bo")[0].text == (
        "Midwatch. Incident one. Checkout is down since three eleven. "
        "Last deployment version one point forty two, six minutes before, by Bo. "
        "Press four to say you have it, five to escalate, star to hear this again."
    )


def test_a_later_call_says_who_has_come() -> None:
    world = called()
    world.goes_down()
    world.passes(minutes=2)
    world.happens(Acknowledged(1, Actor("ana", "call"), world.now))
    world.passes(minutes=3)
    last = next(page for page in world.pages("bo", "last_resort") if page.channel == "call")
    assert last.text.startswith(
        "Midwatch. Incident one. Checkout is still down, since three eleven. "
        "IT: Ana, since three fourteen. Development: nobody yet. No deployment is known. Press"
    )


def test_what_only_informs_is_never_a_call() -> None:
    world = called()
    world.goes_down()
    world.sends(*world.pages())
    world.happens(Acknowledged(1, Actor("ana", "call"), world.now))
    world.passes(hours=1)
    world.comes_up()
    told = {page.channel for page in world.pages() if page.urgency is Urgency.INFO}
    assert told == {"sms"}
    assert {page.reason for page in world.pages() if page.urgency is Urgency.INFO} >= {
        "resolved",
        "notice",
    }


def test_of_two_services_it_is_said_that_both_are_down() -> None:
    world = called()
    world.goes_down("payments")
    world.goes_down()
    assert voice_answers.resolved(world.incident, "bo", world.policy) == (
        "Not resolved. Payments and checkout are still down. Nothing was changed. "
        "It resolves by itself when they are up."
    )


def test_a_key_is_answered_from_the_state() -> None:
    world = called()
    world.goes_down()
    incident = world.incident
    assert voice_answers.acknowledged(incident, "eve", world.policy) == (
        "It belongs to IT and Development, and you are in no such team. Nothing was changed."
    )
    assert voice_answers.resolved(incident, "bo", world.policy).startswith("Not resolved. Checkout")
    world.passes(minutes=2)
    world.happens(Acknowledged(1, Actor("ana", "call"), world.now))
    world.happens(Acknowledged(1, Actor("bo", "call"), world.now))
    assert voice_answers.acknowledged(world.incident, "bo", world.policy) == (
        "You have it for Development. IT: Ana, since three fourteen."
    )
    assert voice_answers.acknowledged(world.incident, "dee", world.policy).startswith(
        "Your team had it already."
    )
    world.happens(Escalated(1, Actor("bo", "call"), world.now))
    new = [one for one in world.pages() if one.created_at == world.now]
    assert voice_answers.escalated(world.incident, new, "bo", world.policy) == (
        "Escalated. Ana and Ida: paged now."
    )
    world.comes_up()
    assert voice_answers.acknowledged(world.incident, "bo", world.policy) == (
        "Incident one has been over since three fourteen."
    )


def test_outages_that_are_not_recorded_are_said_and_that_keys_are_not() -> None:
    outages = [
        SignalReported(name, "health", "check", Level.DOWN, START, START)
        for name in ("checkout", "search")
    ]
    assert voice.from_memory(outages, "UTC", "database") == (
        "Midwatch. Checkout is down since three twelve. Search is down since three twelve. "
        "Midwatch's database is down, so no key is recorded. Every team is paged."
    )


def by_call(key: str, *, after: float = 0, **changes: object) -> Page:
    made = replace(page(key, Urgency.FIRST, after=after), channel="call", line=f"line {key}")
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_call_waits_until_the_line_is_free_and_then_names_all_that_waited() -> None:
    ringing = by_call("1", state=PageState.SENT, sent_at=START)
    waiting = [by_call("2", after=3), by_call("3", after=4)]
    now = START + timedelta(seconds=4)
    held = plan(waiting, [ringing], now)
    assert held.ready == ()
    assert {one.due_at for one in held.changed} == {now + timedelta(seconds=5)}
    free = plan(waiting, [replace(ringing, state=PageState.DELIVERED)], now)
    assert [one.reason for one in free.new] == [BUNDLE]
    assert free.new[0].text == (
        "Midwatch. Two incidents are open. Incident line 2. Incident line 3. "
        "Press four to say you have them all, five to escalate them, star to hear this again."
    )
    lost = plan(waiting, [ringing], START + timedelta(minutes=2))
    assert len(lost.ready) == 1, "a call that nothing was heard of holds up no other for ever"


def test_a_test_call_is_not_held_up_by_another() -> None:
    test = by_call("2", incident=0, reason="test")
    assert plan([test], [by_call("1", state=PageState.SENT, sent_at=START)], START).ready == ("2",)
