"""Webhooks that were missed: sources that can be asked are asked, at the start and then often.

GitHub does not redeliver by itself, so a deployment that happened during a restart would be
missing from every link without this.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from bot.core.events import DeploymentReported
from bot.engine import Engine
from bot.hook import report_key
from bot.ports import Permanent, Source, Transient

log = structlog.get_logger(__name__)

FIRST_LOOK_BACK = timedelta(days=35)
OVERLAP = timedelta(hours=1)
"""Asked again for this long before the last one: a provider's list may lag."""


async def catch_up(engine: Engine, sources: Mapping[str, Source]) -> int:
    """Ask every source; returns how many reports were new. One source's failure stops no other."""
    new = 0
    statuses = {status.name: status for status in await engine.store.source_statuses()}
    for name, source in sources.items():
        now = engine.clock.now()
        cursor = statuses[name].cursor if name in statuses else None
        since = datetime.fromisoformat(cursor) - OVERLAP if cursor else now - FIRST_LOOK_BACK
        try:
            reports = await source.missed(since)
        except (Transient, Permanent) as error:
            await engine.store.note_source(name, now, error=str(error))
            log.warning("source_not_asked", source=name, error=str(error))
            continue
        new += await engine.receive_all(
            [(report_key(report), DeploymentReported(report, now)) for report in reports]
        )
        await engine.store.note_source(name, now, cursor=now.isoformat())
    return new
