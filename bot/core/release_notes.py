"""The release notes of one deployment: what is known of it, in sections, breaking things first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.authors import authors_of
from bot.core.commit import Commit
from bot.core.database_changes import Seen, known_changes
from bot.core.deployment import (
    Deployment,
    DeploymentState,
    RangeKnown,
    same_environment,
    same_version,
)
from bot.core.notes import Change, Notes, compose
from bot.core.notes_record import NotesRecord
from bot.core.paths import touches
from bot.core.policy import Policy, Service
from bot.core.release import Release
from bot.core.wording.notes import Paper, Section, listed
from bot.core.wording.words import plural


class Situation(StrEnum):
    """What the notes can be about."""

    CHANGES = "changes"
    UNCHANGED = "unchanged"
    BACK = "back"
    FIRST = "first"
    UNKNOWN = "unknown"
    EXPECTED = "expected"
    UNTOUCHED = "untouched"


@dataclass(frozen=True, slots=True)
class Told:
    """What the notes are written from.

    `gone`: what going back took away, None where that is not known. `replaced`: what ran before
    it. `first`: no deployment there before it is known. `release`: what was signed for it.
    """

    deployment: Deployment
    gone: tuple[Commit, ...] | None = None
    replaced: Deployment | None = None
    first: bool = False
    expected: bool = False
    release: Release | None = None


def told_of(
    deployment: Deployment,
    others: Iterable[Deployment],
    *,
    expected: bool,
    release: Release | None = None,
) -> Told:
    """Look at the deployments around it. `expected`: its commits were asked for."""
    before = _before(deployment, others)
    back = deployment.rollback
    return Told(
        deployment=deployment,
        gone=taken_back(deployment, before) if back else None,
        replaced=before[0] if before else None,
        first=not before and not deployment.previous_sha,
        expected=expected,
        release=release,
    )


def situation(told: Told) -> Situation:
    """Which of them it is."""
    deployment = told.deployment
    if deployment.untouched:
        return Situation.UNTOUCHED
    if deployment.rollback:
        return Situation.BACK
    if deployment.commits:
        return Situation.CHANGES
    same = deployment.sha is not None and deployment.sha == deployment.previous_sha
    if same or deployment.range_known is RangeKnown.COMPLETE:
        return Situation.UNCHANGED
    if told.first:
        return Situation.FIRST
    return Situation.EXPECTED if told.expected else Situation.UNKNOWN


def taken_back(deployment: Deployment, before: Sequence[Deployment]) -> tuple[Commit, ...] | None:
    """Commits of what had gone out since the version that is back; None: not all are known.

    `before`: what ran there before it, newest first.
    """
    gone: list[Commit] = []
    for other in before:
        if same_version(other, deployment):
            return tuple(gone)
        if not other.rollback and not other.commits:
            return None
        gone = [*other.commits, *gone]
    return None


def took_back(deployment: Deployment, others: Iterable[Deployment]) -> list[Deployment]:
    """The deployments that going back to this one took away, newest first."""
    found: list[Deployment] = []
    for other in _before(deployment, others):
        if same_version(other, deployment):
            return found
        found.append(other)
    return found[:1]


def paper_of(told: Told, policy: Policy, record: NotesRecord | None = None) -> Paper:
    """The notes. A manager's own words stand in the place of the list of changes."""
    deployment, what = told.deployment, situation(told)
    service = policy.services.get(deployment.service)
    called = service.name if service and service.name else deployment.service
    title = _title(deployment, what, called)
    edited = record.edited_text if record else None
    lead = _lead(told, what)
    if edited:
        return Paper(title, (*_state(deployment), *edited.splitlines()))
    commits = told.gone if what is Situation.BACK else _of_service(deployment, service)
    notes = compose(commits or (), lambda commit: _names(commit, policy, service))
    if what is Situation.BACK:
        gone = tuple(_line(change) for change in notes.changes)
        sections = [Section("These changes are gone", gone)] if gone else []
    else:
        sections = _sections(notes, deployment, _to_do(told, service))
    return Paper(title, lead, tuple(sections), _closing(notes, deployment, what))


def by_hand_of(deployment: Deployment, service: Service | None) -> tuple[str, ...]:
    """What people have to do: the service's own parts, then those that the pipeline sent."""
    own = service.by_hand if service else ()
    return tuple(dict.fromkeys((*own, *deployment.by_hand_parts)))


def _to_do(told: Told, service: Service | None) -> tuple[str, ...]:
    """Those that nobody has ticked."""
    listed_there = told.release.by_hand if told.release else ()
    done = {it.part for it in listed_there if it.done_at is not None}
    parts = (*by_hand_of(told.deployment, service), *(it.part for it in listed_there))
    return tuple(part for part in dict.fromkeys(parts) if part not in done)


def _title(deployment: Deployment, what: Situation, service: str) -> str:
    name = deployment.name
    if deployment.state is DeploymentState.ROLLED_BACK:
        return f"{service} {name} was taken back"
    if what is Situation.BACK:
        return f"{service}: {name} is back"
    if deployment.state is DeploymentState.STARTED:
        return f"{service} {name} is on its way"
    if deployment.state is not DeploymentState.SUCCEEDED:
        return f"{service} {name} did not go live"
    return f"{service} {name} {'went out again' if what is Situation.UNCHANGED else 'is live'}"


def _lead(told: Told, what: Situation) -> tuple[str, ...]:
    words = {
        Situation.CHANGES: "",
        Situation.UNCHANGED: "Nothing changed since the deployment before it.",
        Situation.FIRST: "It is the first deployment that is known here, so what changed with it"
        " cannot be told.",
        Situation.UNKNOWN: "What changed with it is not known.",
        Situation.EXPECTED: "What changed with it is not known yet; it will stand here.",
        Situation.UNTOUCHED: f"Nothing of {told.deployment.service} changed with it.",
        Situation.BACK: _what_is_gone(told),
    }[what]
    return tuple(line for line in (*_state(told.deployment), words) if line)


def _state(deployment: Deployment) -> tuple[str, ...]:
    back = deployment.state is DeploymentState.ROLLED_BACK
    return ("It is no longer live: the changes below are gone again.",) if back else ()


def _what_is_gone(told: Told) -> str:
    replaced = f" in the place of {told.replaced.name}" if told.replaced else ""
    if told.gone is None:
        return f"The older version is live again{replaced}. Which changes are gone is not known."
    return f"The older version is live again{replaced}."


def _sections(notes: Notes, deployment: Deployment, to_do: tuple[str, ...]) -> list[Section]:
    """Breaking changes and what people still have to do come first."""
    groups = (("New", notes.new), ("Fixed", notes.fixed), ("Changed", notes.changed))
    found = [
        Section("Breaking: whoever uses it may have to act", tuple(map(_broken, notes.breaking))),
        Section("Still to be done by hand", to_do),
        Section("Database", _database(deployment)),
    ]
    found += [Section(name, tuple(map(_line, _quiet(group)))) for name, group in groups]
    found.append(Section("Other", tuple(map(_line, _quiet(notes.other)))))
    return [section for section in found if section.lines]


def _quiet(changes: Iterable[Change]) -> Iterable[Change]:
    """Without those that stand above, word for word, among the breaking ones."""
    return (change for change in changes if change.breaking != change.text)


def _broken(change: Change) -> str:
    text = change.breaking or ""
    words = text if text == change.text else f"{change.text}: {text}"
    return _line(Change(words, change.authors))


def _line(change: Change) -> str:
    return f"{change.text} ({listed(change.authors, 4)})" if change.authors else change.text


def _database(deployment: Deployment) -> tuple[str, ...]:
    """For people who do not read code: that there are some, and whether they may break things."""
    changes = known_changes(deployment.commits, deployment.database)
    if not changes:
        return ()
    lines = [f"{plural(len(changes), 'change')} of the database"]
    breaking = sum(len(change.breaking) for change in changes)
    unread = sum(change.seen is not Seen.INSPECTED for change in changes)
    if breaking:
        lines.append(f"{plural(breaking, 'part')} of it may break what uses the old form")
    if unread:
        lines.append(f"{unread} of {len(changes)} could not be looked into")
    return tuple(lines)


def _closing(notes: Notes, deployment: Deployment, what: Situation) -> tuple[str, ...]:
    lines: list[str] = []
    if notes.upkeep:
        lead = "And" if notes.changes else "Only"
        lines.append(f"{lead} {plural(notes.upkeep, 'maintenance change')}.")
    cut = deployment.range_known
    if what is Situation.CHANGES and cut is RangeKnown.COMMITS_CUT:
        lines.append("There are more changes than are listed here: the list was cut.")
    if what is Situation.CHANGES and cut is RangeKnown.FILES_CUT:
        lines.append("Not all of its files are known: database changes may be missing here.")
    if notes.authors:
        lines.append(f"By {listed(notes.authors)}.")
    return tuple(lines)


def _of_service(deployment: Deployment, service: Service | None) -> tuple[Commit, ...]:
    """In a repository of several services, without the commits that touch only others."""
    if service is None or not service.paths:
        return deployment.commits
    return tuple(it for it in deployment.commits if touches(service.paths, [it]) is not False)


def _names(commit: Commit, policy: Policy, service: Service | None) -> tuple[str, ...]:
    host = service.host if service else "github"
    return tuple(author.name for author in authors_of(commit, policy, host))


def _before(deployment: Deployment, others: Iterable[Deployment]) -> list[Deployment]:
    """What went live there before it, newest first."""
    began = deployment.started_at or deployment.ended_at or deployment.reported_at
    live = (DeploymentState.SUCCEEDED, DeploymentState.ROLLED_BACK)
    found = [
        other
        for other in others
        if other.service == deployment.service
        and same_environment(other.environment, deployment.environment)
        and other.id != deployment.id
        and other.state in live
        and other.source != "hand"
        and not other.untouched
        and (other.ended_at or other.reported_at) <= began
    ]
    return sorted(found, key=lambda other: other.ended_at or other.reported_at, reverse=True)
