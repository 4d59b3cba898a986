"""Pages as direct messages in Slack, with a button that says "I have it"."""

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from bot.core.wording.words import escape
from bot.ports import Permanent, Posted, Receipt, Sent

NAME = "slack"
VARIABLES = ("SLACK_BOT_TOKEN",)
BUTTONS_AT_MOST = 5
_ONE = re.compile(r"#(\d{1,9}) (?!UP\b|RESOLVED\b)")
_SEVERAL = re.compile(r"\d+ DOWN: ")


class DirectMessages(Protocol):
    """What this channel needs of Slack."""

    async def direct(self, user: str) -> str:
        """The id of the conversation with a person."""
        ...

    async def post(
        self,
        channel: str,
        text: str,
        *,
        key: str | None = None,
        blocks: Sequence[Block] = (),
        thread: str | None = None,
    ) -> Posted:
        """Post mrkdwn."""
        ...

    async def find(
        self, key: str, channel: str, since: datetime, thread: str | None = None
    ) -> Posted | None:
        """The message with this key."""
        ...


class SlackDirect:
    """The channel `slack`. `user_of` gives a person's Slack id (U…), or None.

    Slack gives no receipts: what it took, it has delivered to every device of the person.
    """

    name = NAME
    gives_receipts = False
    can_find = True

    def __init__(self, messages: DirectMessages, user_of: Callable[[str], str | None]) -> None:
        self._messages = messages
        self._user_of = user_of

    async def send(self, key: str, person: str, text: str) -> Sent:
        """Send a page. Raises Transient or Permanent."""
        channel = await self._messages.direct(self._user(person))
        posted = await self._messages.post(channel, escape(text), key=key, blocks=_blocks(text))
        return Sent(f"{posted.channel}:{posted.ts}")

    async def find(self, key: str, person: str, text: str, since: datetime) -> Sent | None:
        """Whether it is there already, by the key in its metadata. Raises Transient."""
        channel = await self._messages.direct(self._user(person))
        posted = await self._messages.find(key, channel, since)
        return Sent(f"{posted.channel}:{posted.ts}") if posted else None

    async def ask(self, provider_id: str) -> Receipt | None:
        """Slack tells no more than it told when it took the message."""
        return None

    def _user(self, person: str) -> str:
        user = self._user_of(person)
        if user is None:
            raise Permanent(f"{person} has no `slack` in the configuration", code="no_address")
        return user


def numbers_in(text: str) -> list[str]:
    """The incidents that a page is about, as far as somebody may still say "I have it"."""
    if _SEVERAL.match(text):
        return re.findall(r"(?<=[:,] )#(\d{1,9})(?= )", text)[:BUTTONS_AT_MOST]
    found = _ONE.match(text)
    return [found[1]] if found else []


def _blocks(text: str) -> list[Block]:
    numbers = numbers_in(text)
    if not numbers:
        return []
    labels = ["I have it"] if len(numbers) == 1 else [f"I have #{number}" for number in numbers]
    # One action is handled once: each button of a row needs an id of its own.
    buttons = [
        ButtonElement(
            text=PlainTextObject(text=label, emoji=False),
            action_id="ack" if index == 0 else f"ack_{index}",
            value=number,
            style="primary",
        )
        for index, (label, number) in enumerate(zip(labels, numbers, strict=True))
    ]
    return [
        SectionBlock(text=MarkdownTextObject(text=escape(text)[:2900], verbatim=True)),
        ActionsBlock(block_id="incident", elements=list(buttons)),
    ]
