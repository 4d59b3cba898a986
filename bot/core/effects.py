"""What the core may ask for. Each effect becomes one row of the outbox, under its `key`.

A key names the effect for ever: the same decision taken twice inserts one row. An effect whose
text depends on the moment of sending (the thread's first message, a list) carries only a number
and is worded by `bot.core.wording` when it is sent.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.page import Page

Channel = Literal["incidents", "support", "releases", "digest"]
"""Slack channels by their use, as the configuration names them. What has none of its own goes to
that of the incidents (`releases`, `digest`), or nowhere (`support`)."""


@dataclass(frozen=True, slots=True)
class SendPage:
    """Page one person by one channel."""

    page: Page
    kind: Literal["page"] = "page"

    @property
    def key(self) -> str:
        """The page's own key."""
        return self.page.key


@dataclass(frozen=True, slots=True)
class RefreshThread:
    """Open the incident's thread, or edit its first message: worded when it is sent.

    Several that wait become one edit.
    """

    number: int
    kind: Literal["thread"] = "thread"

    @property
    def key(self) -> str:
        """One row an incident."""
        return f"thread:{self.number}"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply in the incident's thread (Slack mrkdwn, already escaped)."""

    key: str
    number: int
    text: str
    kind: Literal["reply"] = "reply"

    @property
    def place(self) -> str:
        """Where it is posted after what was said there before."""
        return f"thread:{self.number}"


@dataclass(frozen=True, slots=True)
class Post:
    """A message in one of the configured channels."""

    key: str
    channel: Channel
    text: str
    kind: Literal["post"] = "post"

    @property
    def place(self) -> str:
        """Where it is posted after what was said there before."""
        return f"channel:{self.channel}"


@dataclass(frozen=True, slots=True)
class SharePicture:
    """A chart as a picture, in one of the configured channels or in one person's direct messages.

    `chart` is the description that is drawn when it is sent (Vega-Lite as JSON), with the numbers
    of the text beside it. `alt` says the same in words. Where there is no picture to be had, the
    person is told so by `response_url`.
    """

    key: str
    chart: str
    title: str
    alt: str
    channel: Channel | Literal[""] = ""
    slack: str | None = None
    response_url: str | None = None
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True)
class TellOfStreak:
    """The streak ended with incident `number` (`ended`), or goes on after all, as people decided.

    Worded when it is sent, from all incidents as they are then; nothing where it is no news.
    """

    key: str
    number: int
    began_at: datetime
    ended: bool
    kind: Literal["streak"] = "streak"


@dataclass(frozen=True, slots=True)
class AnswerText:
    """A text that answers a person's own text. `passive`: their text changed nothing;
    `understood`: it was a command.

    `sign_in` asks for a one-time link: the outbox makes it when it sends, and it is never stored.
    """

    key: str
    person: str
    text: str
    sign_in: bool = False
    passive: bool = False
    understood: bool = True
    kind: Literal["answer_text"] = "answer_text"


@dataclass(frozen=True, slots=True)
class AnswerSlack:
    """A private answer in Slack to whoever clicked or commanded."""

    key: str
    text: str
    response_url: str | None
    slack: str | None
    person: str | None = None
    sign_in: bool = False
    kind: Literal["answer_slack"] = "answer_slack"


@dataclass(frozen=True, slots=True)
class FetchCommits:
    """Ask the host of a repository (`source`) for the commits between two revisions.

    They are of a deployment, or of a release (then `deployment` is empty).
    """

    deployment: str
    service: str
    source: str
    repository: str
    base: str
    head: str
    release: str = ""
    kind: Literal["fetch_commits"] = "fetch_commits"

    @property
    def key(self) -> str:
        """Once a deployment (or release) and range."""
        whose = f"release:{self.release}" if self.release else self.deployment
        return f"commits:{whose}:{self.base}..{self.head}"


@dataclass(frozen=True, slots=True)
class ReadMigrations:
    """Look into the SQL migrations of a deployment, at its own revision."""

    deployment: str
    service: str
    source: str
    repository: str
    revision: str
    paths: tuple[str, ...]
    release: str = ""
    kind: Literal["read_migrations"] = "read_migrations"

    @property
    def key(self) -> str:
        """Once a deployment (or release) and revision."""
        whose = f"release:{self.release}" if self.release else self.deployment
        return f"migrations:{whose}:{self.revision}"


@dataclass(frozen=True, slots=True)
class PostNotes:
    """Post a deployment's release notes for support, or edit them: worded when they are sent.

    `part` counts from 1; the later ones go on in the thread of the first.
    """

    deployment: str
    part: int = 1
    kind: Literal["notes"] = "notes"

    @property
    def key(self) -> str:
        """One row a message."""
        return f"notes:{self.deployment}:{self.part}"


@dataclass(frozen=True, slots=True)
class ReplyToNotes:
    """A reply in the thread of a deployment's release notes (Slack mrkdwn, already escaped)."""

    key: str
    deployment: str
    text: str
    kind: Literal["notes_reply"] = "notes_reply"

    @property
    def place(self) -> str:
        """Where it is posted after what was said there before."""
        return f"notes:{self.deployment}"


@dataclass(frozen=True, slots=True)
class RefreshCard:
    """Post the card of a release, or edit it: worded when it is sent. Several become one edit."""

    release: str
    kind: Literal["card"] = "card"

    @property
    def key(self) -> str:
        """One row a release."""
        return f"card:{self.release}"


@dataclass(frozen=True, slots=True)
class CardReply:
    """A reply under the card of a release (Slack mrkdwn, already escaped)."""

    key: str
    release: str
    text: str
    kind: Literal["card_reply"] = "card_reply"

    @property
    def place(self) -> str:
        """Where it is posted after what was said there before."""
        return f"card:{self.release}"


@dataclass(frozen=True, slots=True)
class TriggerRelease:
    """Set a signed deployment in motion, or tell its host of the decision (`approved` False: no).

    `trigger` is the kind (`bot.core.policy.SignOff`). `callback`: where the host waits for it.
    `by`: who decided; "" nobody did. `reason`: why it is a no, plain.
    """

    release: str
    service: str
    trigger: str
    attempt: int
    approved: bool
    environment: str
    repository: str
    version: str
    sha: str
    artifact: str
    by: str
    callback: str = ""
    reason: str = ""
    kind: Literal["trigger"] = "trigger"

    @property
    def key(self) -> str:
        """Once an attempt, and attempts are counted by people."""
        return f"trigger:{self.release}:{self.attempt}"


Effect = (
    SendPage
    | RefreshThread
    | Reply
    | Post
    | SharePicture
    | TellOfStreak
    | AnswerText
    | AnswerSlack
    | FetchCommits
    | ReadMigrations
    | PostNotes
    | ReplyToNotes
    | RefreshCard
    | CardReply
    | TriggerRelease
)
InLine = Reply | Post | ReplyToNotes | CardReply
"""What is posted one after the other: told backwards, the last word would be wrong."""
Message = (
    RefreshThread
    | Reply
    | Post
    | SharePicture
    | TellOfStreak
    | PostNotes
    | ReplyToNotes
    | RefreshCard
    | CardReply
)
"""What stands in Slack, which can be asked for it after a crash."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline and, in the same breath, of the audit log.

    `text` is plain words for people; `facts` are what an auditor compares.
    """

    at: datetime
    kind: str
    by: str
    text: str
    incident: int | None = None
    service: str | None = None
    deployment: str | None = None
    facts: tuple[tuple[str, str], ...] = ()
