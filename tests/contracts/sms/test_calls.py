"""Calls through the real SDK: what is said and asked, what is refused, what became of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.call_words import outcome
from bot.channels.twiml import LONGEST_TWIML, Speech
from bot.channels.voice import Voice
from bot.core.page import PageState
from bot.ports import Permanent, Transient
from bot.sandbox import Fault, Sandbox
from bot.sandbox.twilio.twiml import read
from tests.contracts.sms.conftest import ANA, OURS, PHONES, Channels

TEXT = "Midwatch. Incident twelve. Checkout is down."
PUBLIC = "http://127.0.0.1:9"


def voice(channels: Channels, **changes: object) -> Voice:
    """A channel that is closed with the others."""
    settings = replace(channels.settings, public_url=PUBLIC)
    made = Voice(replace(settings, **changes), PHONES.get)  # type: ignore[arg-type]
    channels.made.append(made)
    return made


async def test_a_call_rings_for_25_s_and_its_words_and_keys_travel_with_it(
    sandbox: Sandbox, channel: Channels
) -> None:
    sent = await voice(channel).send("page:12/ana & more", "ana", "<b>Up & down</b>")
    call = sandbox.twilio.calls[0]
    assert (call.to, call.from_, call.sid) == (ANA, OURS, sent.provider_id)
    assert (call.timeout_seconds, call.url, call.machine_detection) == (25, None, False)
    named = "key=page%3A12%2Fana%20%26%20more"
    assert call.status_callback == f"{PUBLIC}/twilio/voice/status?{named}"
    script = read(call.twiml or "")
    assert script.said == ["<b>Up & down</b>"]
    assert script.gather is not None
    assert script.gather.action == f"{PUBLIC}/twilio/voice/key?{named}&turn=0"
    assert (script.gather.num_digits, script.gather.finish_on_key) == (1, "")


async def test_without_an_address_for_keys_none_is_asked_for(
    sandbox: Sandbox, channel: Channels
) -> None:
    await voice(channel, public_url="").send("p:1", "ana", TEXT)
    call = sandbox.twilio.calls[0]
    assert call.status_callback is None
    assert read(call.twiml or "").gather is None


@given(st.text(max_size=3000), st.text(max_size=120))
def test_whatever_is_said_fits_what_twilio_takes_and_is_xml(text: str, key: str) -> None:
    twiml = Speech("https://midwatch.example.com/under/a/path").asking(text, key, 3)
    assert len(twiml) <= LONGEST_TWIML
    assert read(twiml).gather is not None


@pytest.mark.parametrize(
    ("person", "changes", "code"),
    [
        ("nobody", {}, "no_phone"),
        ("broken", {}, "21211"),
        ("far", {}, "21215"),
        ("ana", {"sender": "+15005550199"}, "21210"),
        ("ana", {"auth_tokens": ("wrong",)}, "20003"),
    ],
)
async def test_what_will_never_ring_is_permanent_and_tells_no_number(
    channel: Channels, person: str, changes: dict[str, object], code: str
) -> None:
    with pytest.raises(Permanent) as refused:
        await voice(channel, **changes).send("p:1", person, TEXT)
    assert refused.value.code == code
    assert "+1500" not in str(refused.value)


async def test_a_call_whose_answer_was_lost_is_found_and_another_pages_is_not(
    sandbox: Sandbox, channel: Channels
) -> None:
    calls, before = voice(channel), datetime.now(UTC) - timedelta(seconds=5)
    await calls.send("p:0", "ana", TEXT)
    assert await calls.find("p:1", "ana", TEXT, before) is None
    sandbox.twilio.faults.set(Fault.DROP_AFTER_ACCEPT, times=1)
    with pytest.raises(Transient):
        await calls.send("p:1", "ana", TEXT)
    found = await calls.find("p:1", "ana", TEXT, before)
    assert found is not None
    assert found.provider_id == sandbox.twilio.calls[1].sid
    assert await calls.find("p:2", "bo", TEXT, before) is None


@pytest.mark.parametrize(
    ("word", "state", "words"),
    [
        ("ringing", PageState.SENDING, None),
        ("in-progress", PageState.SENDING, None),
        ("completed", PageState.UNDELIVERED, "no key was pressed"),
        ("busy", PageState.UNDELIVERED, "busy"),
        ("no-answer", PageState.UNDELIVERED, "nobody answered"),
        ("failed", PageState.UNDELIVERED, "put through"),
        ("canceled", PageState.UNDELIVERED, "taken back"),
    ],
)
def test_only_a_key_delivers_a_call(word: str, state: PageState, words: str | None) -> None:
    read_as = outcome(word)
    assert read_as is not None
    assert read_as[0] is state
    assert (words or "") in (read_as[1] or "")
    assert outcome("teleported") is None


async def test_a_call_that_waits_in_twilios_queue_was_sent_when_it_was_ordered(
    sandbox: Sandbox, channel: Channels
) -> None:
    calls = voice(channel)
    sent = await calls.send("p:1", "ana", TEXT)
    await sandbox.settled()
    sandbox.twilio.calls[0].status = "queued"
    waits = await calls.ask(sent.provider_id)
    assert waits is not None
    assert waits.state is PageState.SENT
    assert waits.sent_at is not None
    assert await calls.ask("CA" + "9" * 32) is None
