"""Pages as direct messages."""

from datetime import timedelta

import pytest

from bot.channels.slack_dm import SlackDirect, numbers_in
from bot.core.events import Acknowledged
from bot.ports import Permanent, Transient
from bot.sandbox import Sandbox
from bot.sandbox.faults import Fault
from tests.contracts.slack.conftest import Midwatch, now

PAGE = "#12 DOWN checkout 03:12: <b>503</b>. IT+Development paged. Reply 12 to ack"
USERS = {"ana": "U0ANA", "gone": "U0GONE"}


def channel(midwatch: Midwatch) -> SlackDirect:
    return SlackDirect(midwatch.messages, USERS.get)


async def test_a_page_arrives_with_a_button_that_acknowledges(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    await channel(midwatch).send("page:1", "ana", PAGE)
    (message,) = sandbox.slack.direct("Ana")
    assert "&lt;b&gt;503" in message.text
    await sandbox.slack.click("Ana", message.ts, "I have it")
    (event,) = midwatch.engine.events
    assert isinstance(event, Acknowledged)
    assert (event.number, event.actor.person) == (12, "ana")


async def test_a_text_about_several_has_a_button_for_each(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    text = "2 DOWN: #12 checkout 03:12, #13 search 03:14. Reply a number, or all"
    await channel(midwatch).send("page:1", "ana", text)
    (message,) = sandbox.slack.direct("Ana")
    assert message.buttons == ["I have #12", "I have #13"]
    await sandbox.slack.click("Ana", message.ts, "I have #13")
    (event,) = midwatch.engine.events
    assert isinstance(event, Acknowledged)
    assert event.number == 13


async def test_a_page_whose_answer_was_lost_is_found_by_its_key(
    midwatch: Midwatch, sandbox: Sandbox
) -> None:
    slack, since = channel(midwatch), now() - timedelta(minutes=1)
    assert await slack.find("page:1", "ana", PAGE, since) is None
    sandbox.slack.faults.set(Fault.DROP_AFTER_ACCEPT, times=1, match="chat.postMessage")
    with pytest.raises(Transient) as told:
        await slack.send("page:1", "ana", PAGE)
    assert told.value.may_have_happened
    found = await slack.find("page:1", "ana", PAGE, since)
    assert found is not None
    assert await slack.find("page:2", "ana", PAGE, since) is None
    assert len(sandbox.slack.direct("Ana")) == 1


async def test_nobody_to_write_to_is_not_worth_another_try(midwatch: Midwatch) -> None:
    with pytest.raises(Permanent, match="no `slack`"):
        await channel(midwatch).send("page:1", "bo", PAGE)
    with pytest.raises(Permanent, match="knows no such person"):
        await channel(midwatch).send("page:1", "gone", PAGE)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (PAGE, ["12"]),
        ("#12 STILL DOWN checkout, 8 min. Ticket #99 is open", ["12"]),
        ("#12 UP checkout after 14 min (03:12-03:26).", []),  # nothing left to have
        ("3 DOWN: #1 a 03:12, #2 b 03:13, #3 c 03:14. Reply", ["1", "2", "3"]),
        ("Midwatch test page for Ana, 03:12.", []),
    ],
)
def test_the_numbers_that_can_still_be_taken(text: str, numbers: list[str]) -> None:
    assert numbers_in(text) == numbers
