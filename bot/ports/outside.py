"""The outside worlds: channels that page, the team's chat, sources that can be asked."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.core.commit import Compared
from bot.core.deployment import Report
from bot.core.events import Event
from bot.core.page import PageState
from bot.core.release import Release
from bot.ports.records import Delivery, IncidentView


@dataclass(frozen=True, slots=True)
class Sent:
    """A provider took it. `state` is what it said at once (`sent` when it says no more)."""

    provider_id: str
    state: PageState = PageState.SENT


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says about an earlier message when it is asked.

    `state` is `sending` while it waits in the provider's own queue. `sent_at`: when it left there.
    """

    state: PageState
    error: str | None = None
    sent_at: datetime | None = None


class Channel(Protocol):
    """One way to page a person. Add one: one file in `bot/channels`, `NAME` and a class.

    `gives_receipts`: the provider tells what became of a page. `can_find`: it can be asked whether
    it has one (else a page in doubt is sent again).
    """

    name: str
    gives_receipts: bool
    can_find: bool

    async def send(self, key: str, person: str, text: str) -> Sent:
        """Hand the text over. `key` travels along so that a callback names the page.

        Raises Transient or Permanent.
        """
        ...

    async def find(self, key: str, person: str, text: str, since: datetime) -> Sent | None:
        """Whether the provider has this text for this person since then (after a crash).

        Raises Transient when it cannot be asked.
        """
        ...

    async def ask(self, provider_id: str) -> Receipt | None:
        """What became of an earlier message; None when the provider does not know it."""
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG to share. `name` is the file's and tells it from every other; `alt` is for ears."""

    name: str
    title: str
    alt: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message in Slack is."""

    channel: str
    ts: str


class Chat(Protocol):
    """The team's chat. `name` is that of a configured channel (`bot.core.effects.Channel`).

    All raise as Channel.send.

    `key` is kept in the message's metadata, so that `find` can settle a crash.
    """

    async def open_thread(self, key: str, view: "IncidentView", now: datetime) -> Posted:
        """Post the first message of an incident's thread."""
        ...

    async def edit_thread(self, where: Posted, view: "IncidentView", now: datetime) -> None:
        """Edit that message in place. Raises MessageGone when somebody deleted it."""
        ...

    async def open_card(self, key: str, release: Release, now: datetime) -> Posted:
        """Post the card of a release in the channel of releases."""
        ...

    async def edit_card(self, where: Posted, release: Release, now: datetime) -> None:
        """Edit it in place. Raises MessageGone when somebody deleted it."""
        ...

    async def reply(self, key: str, where: Posted, text: str) -> Posted:
        """Reply in a thread."""
        ...

    async def post(self, key: str, name: str, text: str) -> Posted:
        """Post in one of the configured channels."""
        ...

    async def publish(
        self, key: str, name: str, lines: Sequence[str], thread: Posted | None = None
    ) -> Posted:
        """Post lines of mrkdwn as blocks in a configured channel, or in a thread there."""
        ...

    async def revise(self, key: str, where: Posted, lines: Sequence[str]) -> None:
        """Edit such a message. Raises MessageGone when somebody deleted it."""
        ...

    async def answer(self, text: str, response_url: str | None, slack: str | None) -> None:
        """Tell one person something privately."""
        ...

    async def share(self, picture: Picture, name: str, slack: str | None) -> str:
        """Upload it to a configured channel, or to one person's direct messages; the file's id.

        Raises Permanent with code `missing_scope` where the app may not upload.
        """
        ...

    async def shared(
        self, file_name: str, name: str, slack: str | None, since: datetime
    ) -> str | None:
        """The id of a file with that name, if it was shared there since then."""
        ...

    async def find(self, key: str, name: str, since: datetime, thread: str | None) -> Posted | None:
        """The message that carries `key` in its metadata, if it was posted since then."""
        ...


class Source(Protocol):
    """A deployment source that can be asked (a webhook-only source has no such object)."""

    name: str

    async def missed(self, since: Callable[[str], datetime]) -> Mapping[str, Sequence[Report]]:
        """Deployments changed since then, for webhooks that were missed, by repository.

        One that cannot be read is left out.
        """
        ...

    async def commits(self, repository: str, base: str, head: str) -> Compared:
        """The commits between two revisions, oldest first, and how much of them is known."""
        ...

    async def file(self, repository: str, path: str, revision: str) -> str:
        """A file's text at a revision. Raises Permanent with code `too_large` or `not_text`."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try. `free`: it does not count as a try. `code`: the provider's word.

    `SENDING` with `retry_in_seconds`: it may have gone; the provider is asked after that time.
    `ours`: it is our own fault, and not that of the place.
    """

    state: PageState
    provider_id: str | None = None
    error: str | None = None
    retry_in_seconds: float | None = None
    mark: str | None = None
    code: str = ""
    free: bool = False
    events: tuple[tuple[str, Event], ...] = ()
    ours: bool = False


class Handler(Protocol):
    """Delivers one kind of effect."""

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Send it. Raises Transient, Permanent or NotYet."""
        ...

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Whether an earlier try went through; None: it did not, or nobody can tell."""
        ...
