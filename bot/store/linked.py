"""Which incidents a deployment is linked to: as people decided, else as it was weighed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from bot.core.deployment import Deployment
from bot.ports import CONFIRMED, LinkedIncident
from bot.store import codec, sql
from bot.store.tables import IncidentRow, IncidentServiceRow, table

_incidents = table(IncidentRow)
_services = table(IncidentServiceRow)
_i = _incidents.c
_COUNTS = _i.merged_into.is_(None)
_DECIDED = sa.and_(_i.cause_kind == "deployment", _COUNTS)
_UNDECIDED = sa.and_(_i.cause_kind.is_(None), _COUNTS)
SLACK = timedelta(hours=1)
"""An outage may be told of before the report of the roll-out that it is linked to."""
LONGEST_WINDOW = timedelta(days=35)
"""So far back an incident's deployments are looked for (`bot.store.deployments.HISTORY`)."""
How = Literal["linked", "confirmed"]


class named(sa.sql.expression.FunctionElement[str]):  # noqa: N801 - it stands in SQL as a function
    """The id of the deployment that an incident's link names; NULL where it names none."""

    inherit_cache = True
    type = sa.Text()


@compiles(named, "sqlite")
def _on_sqlite(element: named, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **options)}, '$.named.deployment.id')"


@compiles(named, "postgresql")
def _on_postgresql(element: named, compiler: SQLCompiler, **options: Any) -> str:
    document = compiler.process(element.clauses, **options)
    return f"(CAST({document} AS json) #>> '{{named,deployment,id}}')"


def deployments_with(how: How, since: datetime | None) -> sa.CompoundSelect[Any]:
    """Ids of deployments with incidents. `since`: no deployment before it is wanted."""
    confirmed = sa.select(_i.cause_deployment).where(_DECIDED)
    if how == "confirmed":
        return sa.union(confirmed)
    weighed = sa.select(named(_i.link)).where(_UNDECIDED, named(_i.link).is_not(None))
    # Nothing is linked to what was deployed after it.
    return sa.union(confirmed, weighed if since is None else weighed.where(_i.triggered_at > since))


async def incidents_of(
    connection: AsyncConnection, deployments: Sequence[Deployment]
) -> dict[str, list[LinkedIncident]]:
    """By deployment, newest first."""
    if not deployments:
        return {}
    ids = [it.id for it in deployments]
    starts = [it.started_at or it.ended_at or it.reported_at for it in deployments]
    since, until = min(starts) - SLACK, max(starts) + LONGEST_WINDOW
    columns = (_i.number, _i.state, _i.began_at, _i.resolved_at, _i.cause_kind, _i.link)
    confirmed = sa.select(*columns, _i.cause_deployment.label("deployment")).where(
        _DECIDED, _i.cause_deployment.in_(ids)
    )
    weighed = sa.select(*columns, named(_i.link).label("deployment")).where(
        _UNDECIDED, _i.triggered_at >= since, _i.triggered_at < until, named(_i.link).in_(ids)
    )
    rows = [row for it in (confirmed, weighed) for row in await sql.rows(connection, it)]
    first = await _first_services(connection, [row["number"] for row in rows])
    found: dict[str, list[LinkedIncident]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["number"], reverse=True):
        decided = row["cause_kind"] is not None
        label = CONFIRMED if decided else codec.link_from_json(row["link"]).label.value
        found[row["deployment"]].append(
            LinkedIncident(
                number=row["number"],
                service=first.get(row["number"], ""),
                state=row["state"],
                began_at=row["began_at"],
                resolved_at=row["resolved_at"],
                label=label,
            )
        )
    return found


async def _first_services(connection: AsyncConnection, numbers: Sequence[int]) -> dict[int, str]:
    """The service that each is called by."""
    if not numbers:
        return {}
    statement = sa.select(_services.c.incident, _services.c.service).where(
        _services.c.incident.in_(list(numbers)), _services.c.position == 0
    )
    return {row["incident"]: row["service"] for row in await sql.rows(connection, statement)}
