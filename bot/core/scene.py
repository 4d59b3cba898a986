"""What a decision may look at (`Need` -> `Scene`) and what it answers (`Decision`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.deployment import Deployment
from bot.core.effects import Effect, Entry
from bot.core.held import Held
from bot.core.incident import Incident
from bot.core.notes_record import NotesRecord
from bot.core.overrides import TeamOverride
from bot.core.page import Page
from bot.core.pushes import Push
from bot.core.release import Release
from bot.core.signal import Signal, Silence


@dataclass(frozen=True, slots=True)
class Happened:
    """What is asked of the timeline: changes of these services (empty: all) in since .. until."""

    services: tuple[str, ...]
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Need:
    """What of the state an event concerns. Incidents are locked.

    `services`: their signals, their open incidents and those resolved within the last 15 minutes.
    `linked`: services whose deployments are weighed (those above and what they depend on), and
    their open incidents. `every_open`: all open incidents and all signals, hundreds in a bad night.
    `numbers`: incidents by number, whatever their state. `page`: the incident of this page.
    `quiet`: the silence of that number, over or not. `happened`: what became of signals meanwhile.
    `repository`: its latest pushes. `deployments`: these deployments, and incidents whose link
    names one or that one may change. `near`: services whose open incidents they may join.
    `recent`: open incidents that began within the last minute, and storms.
    `duties`: who has every team's duty, as it was seen last. `releases`: by id; `releases_of`: of
    these services, those that are open and the last ones that were deployed.
    `texted_by`: the person whose text it is.
    """

    services: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    page: str | None = None
    deployments: tuple[str, ...] = ()
    repository: str | None = None
    every_open: bool = False
    near: tuple[str, ...] = ()
    recent: bool = False
    duties: bool = False
    releases: tuple[str, ...] = ()
    releases_of: tuple[str, ...] = ()
    texted_by: str | None = None
    quiet: int | None = None
    happened: Happened | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """The state that one decision is made from.

    `incidents`: what `Need` asked for, what those were merged into, and whatever shares a text
    that still waits with one of them. `pages`: all pages of those. `signals`: of the services
    that `Need` names; where it names none, of those of the incidents.
    `deployments`: of the `linked` services, any environment, of the last 35 days and the last one
    before that. `unusable`: (person, channel) pairs marked opted-out or landline, with the mark.
    `receiptless`: pairs whose number has never given a delivery receipt though asked.
    `decided` and `guilty` count the organisation's decided incidents and those caused by a
    deployment. `first_seen`: since when each service is known (how long its history is).
    `overrides`: those that have not ended; `past_overrides`: those of the last week that
    have.
    `duties` and `duty_seen`: who had each duty when it was looked last, and when that was.
    `told_ahead`: when which week ahead was told last, by its digest. `notes`: of those
    deployments, where one is named. `releases`: what `Need` asked for.
    `passive`: when whoever texted got answers to commands that changed nothing, within the last
    hour; `not_understood`: to texts that were none.
    `overrides`: those that have not ended. `changes`: what `Need.happened` asked for, oldest first.
    """

    incidents: tuple[Incident, ...] = ()
    signals: tuple[Signal, ...] = ()
    silences: tuple[Silence, ...] = ()
    pages: tuple[Page, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    unusable: Mapping[tuple[str, str], str] = field(default_factory=dict)
    receiptless: frozenset[tuple[str, str]] = frozenset()
    decided: int = 0
    guilty: int = 0
    first_seen: Mapping[str, datetime] = field(default_factory=dict)
    next_number: int = 1
    blind_since: datetime | None = None
    troubles: Mapping[str, datetime] = field(default_factory=dict)
    pushes: tuple[Push, ...] = ()
    overrides: tuple[TeamOverride, ...] = ()
    next_override: int = 1
    notes: tuple[NotesRecord, ...] = ()
    past_overrides: tuple[TeamOverride, ...] = ()
    duties: tuple[Held, ...] = ()
    duty_seen: datetime | None = None
    told_ahead: Mapping[str, datetime] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()
    passive: tuple[datetime, ...] = ()
    not_understood: tuple[datetime, ...] = ()
    next_quiet: int = 1
    changes: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """A change of what is known about a person's address. `mark` None clears it."""

    person: str
    channel: str
    mark: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """What changes, what goes out, and what is written down: saved in ONE transaction.

    `incidents`, `signals`, `silences`, `pages`, `deployments`, `overrides` and `releases` hold the
    new versions of what changed (new ones included; new pages arrive as `SendPage` effects
    instead). `duty_seen` None: nobody looked. `told_ahead`: None forgets.
    """

    incidents: tuple[Incident, ...] = ()
    signals: tuple[Signal, ...] = ()
    silences: tuple[Silence, ...] = ()
    pages: tuple[Page, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    pushes: tuple[Push, ...] = ()
    marks: tuple[Mark, ...] = ()
    effects: tuple[Effect, ...] = ()
    entries: tuple[Entry, ...] = ()
    blind_since: datetime | None = None
    sight_changed: bool = False
    troubles: Mapping[str, datetime | None] = field(default_factory=dict)
    overrides: tuple[TeamOverride, ...] = ()
    notes: tuple[NotesRecord, ...] = ()
    duties: tuple[Held, ...] = ()
    duty_seen: datetime | None = None
    told_ahead: Mapping[str, datetime | None] = field(default_factory=dict)
    releases: tuple[Release, ...] = ()
