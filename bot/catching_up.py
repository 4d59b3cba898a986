"""Webhooks that were missed: sources that can be asked are asked, at the start and then often.

GitHub does not redeliver by itself, so a deployment that happened during a restart would be
missing from every link without this.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from bot.core.deployment import Report
from bot.core.events import DeploymentReported
from bot.engine import Engine
from bot.hook import report_key
from bot.ports import Permanent, Source, SourceStatus, Transient

log = structlog.get_logger(__name__)

FIRST_LOOK_BACK = timedelta(days=35)
OVERLAP = timedelta(hours=1)
"""Asked again for this long before the last one: a provider's list may lag."""
AT_ONCE = 20
"""Reports in the inbox at a time: an outage must not stand in line behind weeks of them."""


async def catch_up(engine: Engine, sources: Mapping[str, Source]) -> int:
    """Ask every source; returns how many reports were new. One source's failure stops no other.

    How far was read is kept by repository: one that joins the configuration later, or could not be
    read for a week, is asked for what it has.
    """
    new = 0
    statuses = {status.name: status for status in await engine.store.source_statuses()}
    for source in sources.values():
        name, now = f"{source.name} API", engine.clock.now()
        read = _read_until(statuses.get(name))
        try:
            found = await source.missed(_since(read, now))
        except (Transient, Permanent) as error:
            await engine.store.note_source(name, now, error=str(error))
            log.warning("source_not_asked", source=source.name, error=str(error))
            continue
        reports = [report for each in found.values() for report in each]
        new += await _receive(engine, reports, now)
        cursor = json.dumps(
            {of: at.timestamp() for of, at in (read | dict.fromkeys(found, now)).items()}
        )
        await engine.store.note_source(name, now, error="", cursor=cursor)
    return new


def _since(read: Mapping[str, datetime], now: datetime) -> Callable[[str], datetime]:
    def since(repository: str) -> datetime:
        until = read.get(repository)
        return now - FIRST_LOOK_BACK if until is None else until - OVERLAP

    return since


def _read_until(status: SourceStatus | None) -> dict[str, datetime]:
    """By repository. Nothing where nothing was read yet."""
    kept = json.loads(status.cursor) if status and status.cursor else {}
    return {repository: datetime.fromtimestamp(at, UTC) for repository, at in kept.items()}


async def _receive(engine: Engine, reports: Sequence[Report], now: datetime) -> int:
    """Oldest first, a few at a time, each few decided before the next."""
    new = 0
    events = [
        (report_key(report), DeploymentReported(report, now, listed=True))
        for report in sorted(reports, key=lambda it: it.started_at or it.ended_at or now)
    ]
    for start in range(0, len(events), AT_ONCE):
        new += await engine.receive_all(events[start : start + AT_ONCE])
        while await engine.work():
            pass
    return new
