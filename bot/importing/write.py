"""Writing a plan: deployments, then incidents with their links, in short transactions.

Between two of them the bot beside it has its turn. Each batch is whole, and the same file again
goes on where an import broke off: so it need not be one long transaction that holds up a page.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.deployment import Deployment, DeploymentState, Report
from bot.core.effects import Entry
from bot.core.history import (
    LOOKED_BACK,
    STARTED_UNKNOWN,
    Decided,
    Linker,
    PastIncident,
    deployment_of,
    incident_of,
    went_back,
)
from bot.core.link import Link
from bot.core.odds import RECENT
from bot.core.policy import Policy
from bot.importing.plan import New, Plan, Progress, in_batches
from bot.ports.history import History, PastRecord

DEPLOYMENTS_AT_ONCE, INCIDENTS_AT_ONCE = 500, 200
PAUSE_SECONDS = 0.05
"""Between batches, for whoever waits for SQLite's only writer."""
WINDOW = timedelta(days=35)
"""A version that went out before, so long ago at most, makes a rollback, as for live ones."""


class Writer:
    """Writes one plan. `entry` is its line of the audit log, kept with the first batch."""

    def __init__(
        self,
        plan: Plan,
        history: History,
        policy: Policy,
        entry: Entry,
        *,
        progress: Progress | None = None,
        pause_seconds: float = PAUSE_SECONDS,
    ) -> None:
        self.plan, self.history, self.policy = plan, history, policy
        self._entries: tuple[Entry, ...] = (entry,)
        self._progress, self._pause_seconds = progress, pause_seconds

    async def write(self) -> None:
        """Raises StoreUnavailable; what was written by then stays, and is known the next time."""
        if not self.plan.writes:
            return
        await self._deployments()
        await self._relink()
        await self._incidents()

    async def _deployments(self) -> None:
        part = self.plan.deployments
        wanted = [*part.new, *part.changed]
        made = await self._made(wanted)
        for batch in in_batches(wanted, DEPLOYMENTS_AT_ONCE):
            rows = [(made[it.record.id], it.digest) for it in batch]
            await self.history.add_deployments(rows, self._once())
            await self._rest("deployments", len(batch), len(wanted))

    async def _made(self, wanted: Sequence[New]) -> dict[str, Deployment]:
        """Each with what went out before it in mind, be it in the file or here."""
        reports = [it.record for it in wanted if isinstance(it.record, Report)]
        if not reports:
            return {}
        reports.sort(key=_began)
        services = {it.service for it in reports}
        since, until = _began(reports[0]) - WINDOW, _began(reports[-1]) + timedelta(hours=1)
        stored = await self.history.deployments(services, since, until)
        mine = {it.id for it in reports}
        places: dict[tuple[str, str], list[Deployment]] = defaultdict(list)
        seen: dict[tuple[str, str], set[str]] = defaultdict(set)
        made: dict[str, Deployment] = {}
        rest = sorted((it for it in stored if it.id not in mine), key=_end, reverse=True)
        for report in reports:
            while rest and _end(rest[-1]) <= _began(report):
                _remember(rest.pop(), places, seen)
            place = (report.service, report.environment.casefold())
            past = places[place]
            whole = _after(deployment_of(report), past, known_before=_known(report, seen[place]))
            made[report.id] = whole
            _remember(whole, places, seen)
        return made

    async def _relink(self) -> None:
        """Of incidents that were imported before, those that these deployments may concern."""
        part = self.plan.deployments
        new = [it.record for it in (*part.new, *part.changed) if isinstance(it.record, Report)]
        if not new:
            return
        deployed = {it.service for it in new}
        concerned = {
            key
            for key, it in self.policy.services.items()
            if key in deployed or deployed & set(it.depends_on)
        }
        waiting = await self.history.undecided(concerned, min(_began(it) for it in new) - RECENT)
        if not waiting:
            return
        linker = await self._linker({key for _n, key, _at, _l in waiting}, [w[2] for w in waiting])
        links: dict[int, Link] = {}
        for number, key, began_at, old in waiting:
            found = linker.link(key, began_at)
            if found != old:
                links[number] = found
        await self.history.relink(links)

    async def _incidents(self) -> None:
        part = self.plan.incidents
        wanted = sorted([*part.new, *part.changed], key=_triggered)
        if not wanted:
            return
        past = [it.record for it in wanted if isinstance(it.record, PastIncident)]
        numbers = [it.number for it in part.changed if it.number is not None]
        decided = [
            Decided(it.resolved_at, it.cause == "deployment") for it in past if it.cause is not None
        ]
        began = [it.began_at for it in past]
        linker = await self._linker({it.service for it in past}, began, numbers, decided)
        for batch in in_batches(wanted, INCIDENTS_AT_ONCE):
            records = [self._record(it, linker) for it in batch]
            await self.history.add_incidents(records, self._once())
            await self._rest("incidents", len(batch), len(wanted))

    def _record(self, new: New, linker: Linker) -> PastRecord:
        past = new.record
        assert isinstance(past, PastIncident)
        found = linker.link(past.service, past.began_at)
        return PastRecord(past, incident_of(past, self.policy, new.number or 0, found), new.digest)

    async def _linker(
        self,
        services: Iterable[str],
        began: Sequence[datetime],
        leave_out: Sequence[int] = (),
        decided: Sequence[Decided] = (),
    ) -> Linker:
        named = [self.policy.services[key] for key in services if key in self.policy.services]
        keys = {key for it in named for key in (it.key, *it.depends_on)}
        since, until = min(began) - LOOKED_BACK, max(began) + STARTED_UNKNOWN
        known = await self.history.deployments(keys, since, until)
        before = await self.history.decided(leave_out)
        seen: Mapping[str, datetime] = await self.history.first_seen(keys)
        return Linker(self.policy, known, [*before, *decided], seen)

    def _once(self) -> tuple[Entry, ...]:
        entries, self._entries = self._entries, ()
        return entries

    async def _rest(self, what: str, count: int, of: int) -> None:
        if self._progress:
            self._progress(what, count, of)
        if count < of:
            await asyncio.sleep(self._pause_seconds)


def _began(report: Report) -> datetime:
    at = report.started_at or report.ended_at
    assert at is not None
    return at


def _triggered(new: New) -> tuple[datetime, str]:
    assert isinstance(new.record, PastIncident)
    return new.record.triggered_at, new.record.id


def _end(deployment: Deployment) -> datetime:
    return deployment.ended_at or deployment.reported_at


def _names(sha: str | None, version: str) -> set[str]:
    return {name for name in (sha, version) if name}


def _remember(
    it: Deployment,
    places: dict[tuple[str, str], list[Deployment]],
    seen: dict[tuple[str, str], set[str]],
) -> None:
    if it.state is DeploymentState.STARTED:
        return
    place = (it.service, it.environment.casefold())
    places[place].append(it)
    seen[place] |= _names(it.sha, it.version)


def _known(report: Report, seen: set[str]) -> bool:
    return bool(seen & _names(report.sha, report.version))


def _after(it: Deployment, past: Sequence[Deployment], *, known_before: bool) -> Deployment:
    """With what went out at its place before it: what it replaced, and whether it is a rollback."""
    began = it.started_at or _end(it)
    if it.sha and not it.previous_sha:
        ran = (other for other in reversed(past) if _replaced(other, it, began))
        it = replace(it, previous_sha=next((other.sha for other in ran), None))
    if known_before and not (it.rollback or it.by_hand):
        window = [other for other in past if began - WINDOW <= _end(other) <= began]
        window.sort(key=lambda other: (_end(other), other.id))
        it = replace(it, rollback=went_back(window, it))
    return it


def _replaced(other: Deployment, it: Deployment, began: datetime) -> bool:
    ran = other.state is DeploymentState.SUCCEEDED and other.sha not in (None, it.sha)
    return ran and _end(other) <= began
