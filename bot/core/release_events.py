"""The events of releases: announced, looked at on staging, decided, set in motion."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.core.actor import Actor
from bot.core.deployment import Commit
from bot.core.release import StagingCheck, TriggerState


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a pipeline says of a build that waits on staging. `by_hand` are parts of its own."""

    id: str
    service: str
    version: str = ""
    sha: str | None = None
    previous_sha: str | None = None
    artifact: str | None = None
    by: str | None = None
    url: str | None = None
    commits: tuple[Commit, ...] = ()
    by_hand: tuple[str, ...] = ()
    mends: int | None = None
    source: str = ""
    commits_cut: bool = False
    callback: str | None = None
    """What at the host waits for the decision: `github INSTALLATION URL ENVIRONMENT` (a deployment
    protection rule), `gitlab job 12` or `gitlab deployment 34`."""
    ask: str = ""
    """Names this one time that the host asks; a run that is started again asks anew."""


@dataclass(frozen=True, slots=True)
class ReleaseAnnounced:
    """A build waits on staging. The same once more changes nothing but what was not known."""

    release: Announcement
    at: datetime
    kind: Literal["release_announced"] = "release_announced"


@dataclass(frozen=True, slots=True)
class ReleaseCancelled:
    """Its pipeline takes it back. `service` tells apart two that share an id; "": not told."""

    id: str
    by: str
    at: datetime
    kind: Literal["release_cancelled"] = "release_cancelled"
    service: str = ""


@dataclass(frozen=True, slots=True)
class StagingSeen:
    """What every staging check of a service says now."""

    service: str
    checks: tuple[StagingCheck, ...]
    at: datetime
    kind: Literal["staging_seen"] = "staging_seen"


@dataclass(frozen=True, slots=True)
class ReleaseDecided:
    """Somebody approves or rejects it, or signs an emergency release a second time."""

    id: str
    choice: Literal["approve", "reject", "second"]
    actor: Actor
    at: datetime
    reason: str = ""
    kind: Literal["release_decided"] = "release_decided"


@dataclass(frozen=True, slots=True)
class PartDone:
    """A part by hand is done, says somebody."""

    id: str
    part: str
    actor: Actor
    at: datetime
    kind: Literal["part_done"] = "part_done"


@dataclass(frozen=True, slots=True)
class ReleaseTriggered:
    """What became of setting the deployment in motion."""

    id: str
    state: TriggerState
    at: datetime
    url: str | None = None
    detail: str = ""
    kind: Literal["release_triggered"] = "release_triggered"
    refusal: bool = False
    """What was sent is a no, which sets nothing in motion."""


@dataclass(frozen=True, slots=True)
class TriggerSettled:
    """Somebody looked whether it was set in motion: `started`, or `again` because it was not."""

    id: str
    choice: Literal["started", "again"]
    actor: Actor
    at: datetime
    kind: Literal["trigger_settled"] = "trigger_settled"


@dataclass(frozen=True, slots=True)
class ReleaseNotesEdited:
    """A manager writes what support is to read; empty: the list of changes again."""

    id: str
    text: str
    actor: Actor
    at: datetime
    kind: Literal["release_notes_edited"] = "release_notes_edited"


@dataclass(frozen=True, slots=True)
class CardPosted:
    """Where the card of a release is in Slack."""

    id: str
    channel: str
    ts: str
    at: datetime
    kind: Literal["card_posted"] = "card_posted"


@dataclass(frozen=True, slots=True)
class ReleaseTimePassed:
    """Its `next_due_at` has come."""

    id: str
    at: datetime
    kind: Literal["release_time_passed"] = "release_time_passed"


ReleaseEvent = (
    ReleaseAnnounced
    | ReleaseCancelled
    | StagingSeen
    | ReleaseDecided
    | PartDone
    | ReleaseTriggered
    | TriggerSettled
    | ReleaseNotesEdited
    | CardPosted
    | ReleaseTimePassed
)
