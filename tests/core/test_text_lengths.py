"""What goes out by text: in the GSM-7 alphabet, one segment where it can be, never without end.

Pages are made of facts that `fit` chooses from; answers are sentences, which may take more.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.effects import AnswerText
from bot.core.events import Acknowledged, Actor, SignalReported
from bot.core.page import PageState
from bot.core.policy import Policy
from bot.core.scene import Scene
from bot.core.segments import is_gsm7, segments, units
from bot.core.signal import Level
from tests.core.world import START, World, deployment, policy

NAMES = [
    "Ana",
    "Zoë Łukaszewska-Großmann",
    "田中さくら",
    "Δημήτρης Παπαδόπουλος",
    "🦊 [^]{~}|€",
    "N" * 24,
]
SERVICES = ["checkout", "shop.example.com/eu-west-1/checkout-frontend", "支払い", "S" * 60]
DETAILS = [
    "HTTP 503",
    "HTTP 200 from https://shop.example.com/very/long/path/health: the body does not contain “ok”",
    "no answer\nwithin 10 s — 🔥 " + "x" * 300,
]


def named(service: str, name: str) -> Policy:
    """Everybody and both teams bear this name; the service is called so."""
    rules = policy()
    return replace(
        rules,
        people={key: replace(item, name=name) for key, item in rules.people.items()},
        teams={key: replace(item, name=f"{name} team") for key, item in rules.teams.items()},
        services={service: replace(rules.services["checkout"], key=service, depends_on=())},
        public_url="https://midwatch.example.com",
    )


def night(service: str, name: str, detail: str, version: str) -> World:
    """An outage with everything that is texted about it."""
    shipped = replace(
        deployment(version, service, ended=timedelta(minutes=7)), by=name, version=version
    )
    world = World(named(service, name), Scene(deployments=(shipped,), next_number=123456))
    world.happens(
        SignalReported(
            service, "health", "check", Level.DOWN, START, START, detail=detail, tries=3, needed=3
        )
    )
    world.sends(*world.pages())
    for words in ("?", "ack", "123456 ok", "123456 esc", "99", "what", "ack", "123456 ok 30m", "?"):
        world.texts("ana", words)
        world.passes(minutes=1)
    world.passes(hours=4)
    world.happens(SignalReported(service, "health", "check", Level.UP, world.now, world.now))
    world.texts("bo", "123456")
    return world


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(SERVICES),
    st.sampled_from(NAMES),
    st.sampled_from(DETAILS),
    st.sampled_from(["v1.42", "2026.11.24-rc1+build.20261124031200.a1b2c3d4", "版本" * 20]),
)
def test_pages_take_one_segment_whatever_things_are_called(
    service: str, name: str, detail: str, version: str
) -> None:
    pages = night(service, name, detail, version).pages()
    assert {page.reason for page in pages} >= {"step", "last_resort", "resolved"}
    for page in pages:
        assert is_gsm7(page.text), page.text
        assert segments(page.text) == 1, page.text
        assert page.text.startswith("#123456 ")


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SERVICES), st.sampled_from(NAMES), st.sampled_from(DETAILS))
def test_answers_are_in_the_phones_alphabet_and_end(service: str, name: str, detail: str) -> None:
    world = night(service, name, detail, "v1.42")
    answers = [effect.text for effect in world.effects if isinstance(effect, AnswerText)]
    assert len(answers) == 10
    for text in answers:
        assert is_gsm7(text), text
        assert segments(text) <= 3, text


def test_usual_answers_take_one_segment() -> None:
    world = night("checkout", "Zoë", "HTTP 503 from /health", "v1.42")
    answers = [effect.text for effect in world.effects if isinstance(effect, AnswerText)]
    assert [text for text in answers if units(text) > 160] == []


def test_whoever_takes_forty_outages_at_once_gets_an_answer_that_twilio_takes() -> None:
    rules = policy()
    services = {
        f"service-number-{n}": replace(rules.services["search"], key=f"service-number-{n}")
        for n in range(40)
    }
    world = World(
        replace(rules, services=services, public_url="https://midwatch.example.com", storm=999)
    )
    for service in services:
        world.goes_down(service)
    assert {page.state for page in world.pages()} == {PageState.QUEUED}
    told = world.texts("ana", "all")[0]
    assert told.startswith("#1 is yours for IT (03:12). #2 is yours for IT (03:12).")
    assert len(told) <= 1000
    for words in ("ack", "?"):
        assert segments(world.texts("ana", words)[0]) <= 3


def test_an_answer_in_slack_keeps_its_letters() -> None:
    world = World(named("checkout", "田中"))
    world.goes_down()
    world.happens(Acknowledged(1, Actor("ana", "slack", slack="U0ANA"), world.now))
    assert "田中" in world.private()[-1]
