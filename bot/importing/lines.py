"""The lines of an import: JSON, one past deployment or incident each, as `docs/import.md` says.

Every mistake of every line is found before anything is written, each with what is wrong and where.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError

from bot.core.deployment import DeploymentState, Report
from bot.core.history import PastIncident, PastPage
from bot.core.policy import Policy
from bot.hook import BadRequest
from bot.importing.fields import DeploymentFields, IncidentFields
from bot.importing.names import key_of, wrong_names
from bot.sources import generic
from bot.sources.services import by_key, closest, environment_of, person_name

B = TypeVar("B", bound=BaseModel)
LONGEST_LINE = 1024 * 1024
"""Bytes; as much as the hook takes."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""What lies further ahead than this has not happened yet."""
PAGED_UNTIL = timedelta(hours=1)
"""After the end: a page that was on its way, or logged late."""
KINDS = ("deployment", "incident")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a line. `field` is a path such as `pages.3.at`; "" for the whole line."""

    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.field}: " if self.field else ""
        return f"line {self.line}: {place}{self.message}"


@dataclass(frozen=True, slots=True)
class Line:
    """A good one. `digest` is the same as long as it says the same."""

    number: int
    digest: str
    record: Report | PastIncident


@dataclass(frozen=True, slots=True)
class Refused:
    """What is still to be told of a bad line: whether its `cause` is known, or it is a cause."""

    line: int
    deployment: str | None
    cause: str | None


@dataclass(slots=True)
class Lines:
    """What a file holds. `digest` is its SHA-256; `repeated` says how often a line came again."""

    deployments: list[Line] = field(default_factory=list)
    incidents: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    repeated: int = 0
    digest: str = ""


class _Wrong(Exception):
    """A line that cannot be taken: its mistakes, and what could be read of it."""

    def __init__(self, *found: tuple[str, str], value: Mapping[str, object] | None = None) -> None:
        super().__init__(found)
        self.found, self.value = found, value or {}


def read(stream: BinaryIO, policy: Policy, now: datetime) -> Lines:
    """All of it: good lines, and what is wrong with the others. Blank lines are none."""
    found, digest = Lines(), hashlib.sha256()
    first: dict[tuple[str, ...], Line] = {}
    for number, raw in _raw(stream, digest):
        if not raw.strip() and len(raw) <= LONGEST_LINE:
            continue
        try:
            line = _line(number, raw, policy, now)
        except _Wrong as wrong:
            found.problems += [Problem(number, place, words) for place, words in wrong.found]
            found.refused.append(_refused(number, wrong.value))
            continue
        _keep(found, line, first)
    found.digest = digest.hexdigest()
    return found


def _keep(found: Lines, line: Line, first: dict[tuple[str, ...], Line]) -> None:
    record = line.record
    key: tuple[str, ...] = ("incident", record.id)
    if isinstance(record, Report):
        key = ("deployment", record.id, record.service, record.environment)
    before = first.setdefault(key, line)
    if before is line:
        (found.deployments if isinstance(record, Report) else found.incidents).append(line)
    elif before.digest == line.digest:
        found.repeated += 1
    else:
        words = (
            f"{key[0]} {record.id!r} says something else in line {before.number}: keep one line "
            "for each, as it ended"
        )
        found.problems.append(Problem(line.number, "id", words))


def _raw(stream: BinaryIO, digest: Any) -> Iterator[tuple[int, bytes]]:
    """Numbered lines; of one that is too long only its beginning is kept in memory."""
    number = 0
    while raw := stream.readline(LONGEST_LINE + 2):
        number += 1
        digest.update(raw)
        rest = raw
        while not rest.endswith(b"\n") and (rest := stream.readline(LONGEST_LINE)):
            digest.update(rest)
            raw = raw[: LONGEST_LINE + 1] + b"\n"
        yield number, raw


def _line(number: int, raw: bytes, policy: Policy, now: datetime) -> Line:
    value = _object(raw, number)
    wrong = wrong_names(value, policy)
    try:
        record = _record(value, policy, now)
    except BadRequest as bad:
        wrong.append((bad.field, bad.message))
    except _Wrong as more:
        wrong += more.found
    if wrong:
        raise _Wrong(*dict.fromkeys(wrong), value=value)
    said = {name: it for name, it in value.items() if it is not None}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
    return Line(number, digest, record)


def _record(value: Mapping[str, object], policy: Policy, now: datetime) -> Report | PastIncident:
    kind = value.get("kind")
    if kind == "deployment":
        return _report(_checked(DeploymentFields, value), policy, now)
    if kind == "incident":
        return _past(_checked(IncidentFields, value), policy, now)
    raise _Wrong(("kind", f"must be one of {', '.join(KINDS)}"))


def _refused(number: int, value: Mapping[str, object]) -> Refused:
    id_, cause = value.get("id"), value.get("cause")
    deployment = str(id_) if value.get("kind") == "deployment" else None
    named = value.get("kind") == "incident" and isinstance(cause, str) and cause != "other"
    return Refused(number, deployment, str(cause) if named and cause else None)


def _object(raw: bytes, number: int) -> dict[str, object]:
    if len(raw.rstrip(b"\r\n")) > LONGEST_LINE:
        raise _Wrong(("", "is longer than 1 MiB: is it one JSON object on a line of its own?"))
    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        words = f"is not UTF-8 (byte {error.start + 1}): save the file as UTF-8"
        raise _Wrong(("", words)) from None
    try:
        value = json.loads(text.rstrip("\r\n"), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise _Wrong(("", f"is not JSON: {error.msg} (column {error.colno})")) from None
    except (ValueError, RecursionError) as error:
        raise _Wrong(("", f"is not JSON: {error}"[:200])) from None
    if not isinstance(value, dict):
        raise _Wrong(("", 'is not a JSON object: each line is one, such as {"kind": …}'))
    return value


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number of JSON's")


def _checked(kind: type[B], value: Mapping[str, object]) -> B:
    try:
        return kind.model_validate(value)
    except ValidationError as errors:
        wrong = _Wrong(*(_words(error) for error in errors.errors(include_url=False)))
    raise wrong


def _words(error: Any) -> tuple[str, str]:
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return place, "is missing"
    if error["type"] == "string_type":
        return place, "is missing" if error["input"] in (None, "") else "must be a text"
    if error["type"] == "extra_forbidden":
        close = closest(str(error["loc"][-1]), IncidentFields.model_fields)
        return place, "is no field of it" + (f"; did you mean {close!r}?" if close else "")
    return place, error["msg"].removeprefix("Value error, ")


def _report(given: DeploymentFields, policy: Policy, now: datetime) -> Report:
    started, ended, state = given.started_at, given.finished_at, given.status
    wrong = _times(("started_at", started), ("finished_at", ended), now=now)
    if state is DeploymentState.STARTED and started is None:
        wrong.append(("started_at", "is missing: without it nobody knows when this was"))
    if state is not DeploymentState.STARTED and ended is None:
        words = f"is missing: one that {_ended(state)} has an end"
        wrong.append(("finished_at", words))
    if wrong:
        raise _Wrong(*wrong)
    service = by_key(policy, given.service)
    told = [commit.commit() for commit in given.commits or []]
    return Report(
        id=given.id,
        service=service.key,
        environment=environment_of(policy, service, given.environment),
        status=state,
        version=given.version or "",
        sha=given.sha,
        previous_sha=given.previous_sha,
        started_at=started,
        ended_at=ended if state is not DeploymentState.STARTED else None,
        by=person_name(policy, given.by),
        url=given.url,
        artifact=given.artifact,
        by_hand=given.by_hand,
        by_hand_parts=tuple(given.by_hand_parts),
        rollback=given.rollback,
        commits=tuple(told[-generic.MOST_COMMITS :]),
        source="import",
    )


def _ended(state: DeploymentState) -> str:
    words = {DeploymentState.CANCELLED: "was cancelled", DeploymentState.ROLLED_BACK: "is over"}
    return words.get(state, state.value)


def _past(given: IncidentFields, policy: Policy, now: datetime) -> PastIncident:
    triggered = given.triggered_at or given.began_at
    wrong = _times(
        ("began_at", given.began_at),
        ("triggered_at", triggered),
        ("resolved_at", given.resolved_at),
        now=now,
    )
    if given.resolved_at is None:
        words = "is missing: only what is over is imported; leave the incident out until it is"
        wrong.append(("resolved_at", words))
    acknowledged, more = _said(given, policy)
    pages, most = _pages(given, policy, now)
    if given.resolved_at is None or wrong + more + most:
        raise _Wrong(*wrong, *more, *most)
    service = by_key(policy, given.service)
    cause = given.cause
    return PastIncident(
        id=given.id,
        service=service.key,
        began_at=given.began_at,
        triggered_at=triggered,
        resolved_at=given.resolved_at,
        source=given.source or "import",
        acknowledged=tuple(acknowledged),
        cause=None if cause is None else ("other" if cause == "other" else "deployment"),
        deployment=None if cause == "other" else cause,
        note=given.note or "",
        title=given.title or "",
        url=given.url,
        pages=tuple(pages),
    )


def _times(*moments: tuple[str, datetime | None], now: datetime) -> list[tuple[str, str]]:
    """What is wrong with moments that follow each other."""
    wrong: list[tuple[str, str]] = []
    before: tuple[str, datetime] | None = None
    for name, at in moments:
        if at is None:
            continue
        if at > now + CLOCKS_DIFFER:
            wrong.append((name, "is in the future: history is what has happened"))
        if before and at < before[1]:
            wrong.append((name, f"is before {before[0]}"))
        before = (name, at)
    return wrong


def _said(
    given: IncidentFields, policy: Policy
) -> tuple[list[tuple[str, datetime, str | None]], list[tuple[str, str]]]:
    found, wrong = [], []
    for name, said in given.acknowledged.items():
        place = f"acknowledged.{name}"
        team = key_of(policy.teams, name) or ""
        if said.at < given.began_at:
            wrong.append((place, "is before began_at"))
        elif given.resolved_at and said.at > given.resolved_at:
            wrong.append((place, "is after resolved_at: leave it out, it was over by then"))
        by = None if said.by is None else key_of(policy.people, said.by) or said.by
        found.append((team, said.at, by))
    return found, wrong


def _pages(
    given: IncidentFields, policy: Policy, now: datetime
) -> tuple[list[PastPage], list[tuple[str, str]]]:
    found, wrong = [], []
    for place, page in enumerate(given.pages):
        person, team = key_of(policy.people, page.person), key_of(policy.teams, page.team)
        if page.at < given.began_at:
            wrong.append((f"pages.{place}.at", "is before began_at"))
        elif page.at > now + CLOCKS_DIFFER:
            wrong.append((f"pages.{place}.at", "is in the future"))
        elif given.resolved_at and page.at > given.resolved_at + PAGED_UNTIL:
            wrong.append((f"pages.{place}.at", "is long after resolved_at: of another incident?"))
        found.append(PastPage(person or "", team or "", page.channel, page.at))
    return found, wrong
