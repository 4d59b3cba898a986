"""Everything that can happen. Whatever comes in, by any door, becomes one of these.

Each is frozen and carries a `kind`, so that the inbox can store it and `decide` can match it.
Times are aware UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.core.actor import Actor as Actor
from bot.core.audit_events import ChainBroken as ChainBroken
from bot.core.audit_events import HeadAnchored as HeadAnchored
from bot.core.commit_events import CommitsFound as CommitsFound
from bot.core.commit_events import CommitsPushed as CommitsPushed
from bot.core.commit_events import MigrationsRead as MigrationsRead
from bot.core.commit_events import NotesEdited as NotesEdited
from bot.core.commit_events import NotesPosted as NotesPosted
from bot.core.deployment import Report
from bot.core.duty_events import DutyLooked as DutyLooked
from bot.core.duty_events import WeekLooked as WeekLooked
from bot.core.follow_up_events import FollowUpAnswered as FollowUpAnswered
from bot.core.leads_events import PictureAsked as PictureAsked
from bot.core.leads_events import RecordBroken as RecordBroken
from bot.core.leads_events import WeekEnded as WeekEnded
from bot.core.night_events import NightEnded as NightEnded
from bot.core.override_events import OverrideAsked as OverrideAsked
from bot.core.override_events import OverrideEnded as OverrideEnded
from bot.core.page import PageState
from bot.core.quiet_events import QuietBegun as QuietBegun
from bot.core.quiet_events import QuietOver as QuietOver
from bot.core.quiet_events import Silenced as Silenced
from bot.core.quiet_events import SilenceEnded as SilenceEnded
from bot.core.quiet_events import SilenceExtended as SilenceExtended
from bot.core.release_events import ReleaseEvent as ReleaseEvent
from bot.core.signal_events import SignalExpired as SignalExpired
from bot.core.signal_events import SignalReported as SignalReported
from bot.core.storm_events import PartingDue as PartingDue
from bot.core.storm_events import WeighingDue as WeighingDue


@dataclass(frozen=True, slots=True)
class OpenedByHand:
    """Somebody says that a service is down (`/midwatch open SERVICE what happened`)."""

    service: str
    what: str
    actor: Actor
    at: datetime
    kind: Literal["opened_by_hand"] = "opened_by_hand"


@dataclass(frozen=True, slots=True)
class TextReceived:
    """A text message from a known person."""

    actor: Actor
    body: str
    at: datetime
    sid: str = ""
    kind: Literal["text_received"] = "text_received"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """ "I have it". `number` None with `everything` False: the only open one, else ask which."""

    number: int | None
    actor: Actor
    at: datetime
    everything: bool = False
    kind: Literal["acknowledged"] = "acknowledged"


@dataclass(frozen=True, slots=True)
class Escalated:
    """Somebody wants the next step now. `team` None: every team that has not acknowledged."""

    number: int
    actor: Actor
    at: datetime
    team: str | None = None
    kind: Literal["escalated"] = "escalated"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Somebody says that it is over. Refused while a signal is down."""

    number: int
    actor: Actor
    at: datetime
    kind: Literal["resolved"] = "resolved"


@dataclass(frozen=True, slots=True)
class CauseDecided:
    """People decided. `choice` is `this`, `another` (with `deployment`) or `other`."""

    number: int
    choice: Literal["this", "another", "other"]
    actor: Actor
    at: datetime
    deployment: str | None = None
    note: str = ""
    kind: Literal["cause_decided"] = "cause_decided"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that changes nothing. Slack's other ones are answered from what is stored."""

    what: Literal["status", "sign_in"]
    actor: Actor
    at: datetime
    kind: Literal["asked"] = "asked"


@dataclass(frozen=True, slots=True)
class ReceiptReceived:
    """What became of a page, as its provider tells it (callback or asked)."""

    page: str
    state: PageState
    at: datetime
    provider_id: str | None = None
    error: str | None = None
    kind: Literal["receipt_received"] = "receipt_received"


@dataclass(frozen=True, slots=True)
class PageFailed:
    """A page that could not be handed over at all, or whose phone stayed silent (`silent`).

    `stuck`: it still waits for its provider and is tried on, but others are tried meanwhile.
    `mark`: the address itself is unusable (`opted_out`, `landline`).
    """

    page: str
    at: datetime
    error: str
    silent: bool = False
    stuck: bool = False
    mark: str | None = None
    kind: Literal["page_failed"] = "page_failed"


@dataclass(frozen=True, slots=True)
class NumberMarked:
    """A person's phone opted out, is a landline, or came back (`mark` None)."""

    person: str
    channel: str
    mark: str | None
    at: datetime
    kind: Literal["number_marked"] = "number_marked"


@dataclass(frozen=True, slots=True)
class ThreadPosted:
    """The first message of an incident's thread exists."""

    number: int
    channel: str
    ts: str
    at: datetime
    kind: Literal["thread_posted"] = "thread_posted"


@dataclass(frozen=True, slots=True)
class DeploymentReported:
    """A source says something about a deployment. `listed`: only when it was asked."""

    report: Report
    at: datetime
    listed: bool = False
    kind: Literal["deployment_reported"] = "deployment_reported"


@dataclass(frozen=True, slots=True)
class DeployedByHand:
    """`/midwatch deployed SERVICE what`: a by-hand part went out."""

    service: str
    what: str
    actor: Actor
    at: datetime
    kind: Literal["deployed_by_hand"] = "deployed_by_hand"


@dataclass(frozen=True, slots=True)
class TimePassed:
    """An incident's step or reminder is due."""

    number: int
    at: datetime
    kind: Literal["time_passed"] = "time_passed"


@dataclass(frozen=True, slots=True)
class LookedAgain:
    """Level, not edge: a down service without an open incident is looked at again."""

    services: tuple[str, ...]
    at: datetime
    why: str
    kind: Literal["looked_again"] = "looked_again"


@dataclass(frozen=True, slots=True)
class SightChanged:
    """Midwatch went blind (all canaries down) or sees again.

    `overdue`: two minutes are over. `uncounted`: no canary answered for so long that they no
    longer count.
    """

    blind: bool
    since: datetime
    at: datetime
    overdue: bool = False
    uncounted: bool = False
    kind: Literal["sight_changed"] = "sight_changed"


@dataclass(frozen=True, slots=True)
class TroubleChanged:
    """A part of our own (`twilio`, `slack`, `slack:incidents`, `config`, …) fails or is well."""

    part: str
    failing: bool
    since: datetime
    at: datetime
    detail: str = ""
    kind: Literal["trouble_changed"] = "trouble_changed"


@dataclass(frozen=True, slots=True)
class ConfigurationChanged:
    """A changed configuration was taken: what changed, as sentences without secrets."""

    changes: tuple[str, ...]
    at: datetime
    kind: Literal["configuration_changed"] = "configuration_changed"


@dataclass(frozen=True, slots=True)
class PageTestAsked:
    """`midwatch page PERSON`: a test page by one channel."""

    person: str
    channel: str
    key: str
    actor: Actor
    at: datetime
    kind: Literal["page_test_asked"] = "page_test_asked"


Unrecorded = Literal["database", "fault", "behind"]
"""Why an outage is not recorded: the database cannot commit, a bug of ours, a long queue."""


@dataclass(frozen=True, slots=True)
class PagedFromMemory:
    """Pages that went out before their outage was recorded; settled from the journal.

    `sent` and `doubtful` (the process ended while it was sending) are (person, channel); `failed`
    are people whom nothing reached. `why`: see `Unrecorded`.
    """

    service: str
    sent: tuple[tuple[str, str], ...]
    at: datetime
    sent_at: datetime
    failed: tuple[str, ...] = field(default=())
    doubtful: tuple[tuple[str, str], ...] = field(default=())
    why: Unrecorded = "database"
    kind: Literal["paged_from_memory"] = "paged_from_memory"


Event = (
    SignalReported
    | SignalExpired
    | OpenedByHand
    | TextReceived
    | Acknowledged
    | Escalated
    | Resolved
    | Silenced
    | SilenceEnded
    | SilenceExtended
    | QuietBegun
    | QuietOver
    | OverrideAsked
    | OverrideEnded
    | DutyLooked
    | WeekLooked
    | CauseDecided
    | FollowUpAnswered
    | Asked
    | ReceiptReceived
    | PageFailed
    | NumberMarked
    | ThreadPosted
    | DeploymentReported
    | CommitsFound
    | CommitsPushed
    | MigrationsRead
    | NotesPosted
    | NotesEdited
    | DeployedByHand
    | TimePassed
    | WeighingDue
    | PartingDue
    | LookedAgain
    | SightChanged
    | TroubleChanged
    | ConfigurationChanged
    | PageTestAsked
    | PagedFromMemory
    | NightEnded
    | PictureAsked
    | WeekEnded
    | RecordBroken
    | ReleaseEvent
    | HeadAnchored
    | ChainBroken
)
