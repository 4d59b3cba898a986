"""After a crash Twilio is asked: does it have this text, and what became of it?"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.page import PageState
from bot.ports import Transient
from bot.sandbox import Fault, Sandbox
from bot.sandbox.twilio import failed, undelivered
from tests.contracts.sms.conftest import Channels

TEXT = "#12 DOWN checkout 03:12: HTTP 503,  3 of 3 tries"


def just_before() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=5)


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER_ACCEPT, Fault.HANG_AFTER_ACCEPT])
async def test_a_text_that_went_although_the_answer_was_lost_is_found(
    sandbox: Sandbox, channel: Channels, fault: Fault
) -> None:
    sms = channel(timeout_seconds=0.3)
    await sms.start()
    sandbox.twilio.faults.set(fault, times=1)
    with pytest.raises(Transient) as caught:
        await sms.send("p:1", "ana", TEXT)
    assert caught.value.may_have_happened
    found = await sms.find("p:1", "ana", TEXT, just_before())
    assert found is not None
    assert found.provider_id == sandbox.twilio.messages[0].sid


async def test_only_the_same_text_to_the_same_phone_since_then_counts(
    sandbox: Sandbox, channel: Channels
) -> None:
    sms = channel()
    await sms.send("p:1", "ana", TEXT)
    assert await sms.find("p:1", "ana", TEXT + " again", just_before()) is None
    assert await sms.find("p:1", "bo", TEXT, just_before()) is None
    assert await sms.find("p:1", "ana", TEXT, datetime.now(UTC) + timedelta(minutes=1)) is None


async def test_an_answer_with_the_same_words_from_the_phone_is_not_our_text(
    sandbox: Sandbox, channel: Channels
) -> None:
    await sandbox.twilio.text("bo", TEXT)
    assert await channel().find("p:1", "bo", TEXT, just_before()) is None


async def test_the_newest_texts_are_looked_through_page_by_page(
    sandbox: Sandbox, channel: Channels
) -> None:
    sms = channel()
    first = await sms.send("p:0", "ana", TEXT)
    later = [sms.send(f"p:{number}", "ana", f"text {number}") for number in range(60)]
    await asyncio.gather(*later)  # Twilio's pages have 50
    found = await sms.find("p:0", "ana", TEXT, just_before())
    assert found is not None
    assert found.provider_id == first.provider_id


async def test_that_twilio_cannot_be_asked_is_transient(
    sandbox: Sandbox, channel: Channels
) -> None:
    sms = channel()
    sandbox.twilio.faults.set(Fault.DOWN)
    with pytest.raises(Transient):
        await sms.find("p:1", "ana", TEXT, just_before())
    with pytest.raises(Transient):
        await sms.ask("SM1")


@pytest.mark.parametrize(
    ("receipts", "state", "words"),
    [
        ("delivered", PageState.DELIVERED, None),
        ("sent only", PageState.SENT, None),
        ("stuck in the queue", PageState.SENDING, None),
        (undelivered(30003), PageState.UNDELIVERED, "switched off or out of reach (30003)"),
        (undelivered(30034), PageState.UNDELIVERED, "not registered"),
        (undelivered(39999), PageState.UNDELIVERED, "Twilio's error 39999"),
        (failed(30008), PageState.FAILED, "no reason (30008)"),
    ],
)
async def test_asking_tells_what_became_of_it(
    sandbox: Sandbox, channel: Channels, receipts: object, state: PageState, words: str | None
) -> None:
    sandbox.twilio.set_phone("ana", receipts=receipts)
    sms = channel()
    sent = await sms.send("p:1", "ana", TEXT)
    await sandbox.settled()
    receipt = await sms.ask(sent.provider_id)
    assert receipt is not None
    assert receipt.state is state
    assert receipt.error is None if words is None else words in (receipt.error or "")
    assert (receipt.sent_at is None) is (state is PageState.SENDING), "still in Twilio's queue"


async def test_a_text_that_was_taken_back_at_twilio_paged_nobody(
    sandbox: Sandbox, channel: Channels
) -> None:
    sandbox.twilio.set_phone("ana", receipts="slow")
    sms = channel()
    sent = await sms.send("p:1", "ana", TEXT)
    sandbox.twilio.outbound.cancel(sandbox.twilio.messages[0])
    receipt = await sms.ask(sent.provider_id)
    assert receipt is not None
    assert receipt.state is PageState.FAILED


async def test_a_text_that_twilio_does_not_know_is_none(channel: Channels) -> None:
    assert await channel().ask("SM" + "9" * 32) is None
