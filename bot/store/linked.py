"""Which incidents a deployment is linked to: as people decided, else as it was weighed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deployment import Deployment
from bot.core.link import Label
from bot.ports import CONFIRMED, LinkedIncident
from bot.store import sql
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
How = Literal["suspected", "confirmed"]
SUSPECTED = (Label.SUSPECTED, Label.ONE_OF)
"""As the numbers of a period count them (`bot.core.stats.delivery`)."""
SHOWN = (*SUSPECTED, Label.POSSIBLE)


def deployments_with(
    connection: AsyncConnection, how: How, since: datetime | None
) -> sa.CompoundSelect[Any]:
    """Ids of deployments with incidents. `since`: no deployment before it is wanted."""
    confirmed = sa.select(_i.cause_deployment).where(_DECIDED)
    if how == "confirmed":
        return sa.union(confirmed)
    weighed = _named(connection, SUSPECTED)
    weighed = weighed.with_only_columns(weighed.selected_columns.deployment)
    # Nothing is linked to what was deployed after it.
    return sa.union(confirmed, weighed if since is None else weighed.where(_i.triggered_at > since))


async def incidents_of(
    connection: AsyncConnection, deployments: Sequence[Deployment]
) -> dict[str, list[LinkedIncident]]:
    """By deployment, newest first; without those that are hardly linked to it."""
    if not deployments:
        return {}
    ids = [it.id for it in deployments]
    starts = [it.started_at or it.ended_at or it.reported_at for it in deployments]
    since, until = min(starts) - SLACK, max(starts) + LONGEST_WINDOW
    columns = (_i.number, _i.state, _i.began_at, _i.resolved_at)
    decided = sa.literal(CONFIRMED).label("label")
    confirmed = sa.select(_i.cause_deployment.label("deployment"), decided, *columns).where(
        _DECIDED, _i.cause_deployment.in_(ids)
    )
    found = _named(connection, SHOWN).add_columns(*columns)
    weighed = found.where(_i.triggered_at >= since, _i.triggered_at < until)
    weighed = weighed.where(found.selected_columns.deployment.in_(ids))
    rows = [row for it in (confirmed, weighed) for row in await sql.rows(connection, it)]
    first = await _first_services(connection, [row["number"] for row in rows])
    linked: dict[str, list[LinkedIncident]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["number"], reverse=True):
        service = first.get(row["number"], "")
        fields = {name: row[name] for name in ("number", "state", "began_at", "resolved_at")}
        one = LinkedIncident(service=service, label=row["label"], **fields)
        linked[row["deployment"]].append(one)
    return linked


def _named(connection: AsyncConnection, labels: Collection[Label]) -> sa.Select[Any]:
    """The deployment that the link of each undecided incident names, and how strongly."""
    named = sql.inside(connection, _i.link, "named", "deployment", "id").label("deployment")
    label = sql.inside(connection, _i.link, "label").label("label")
    return sa.select(named, label).where(
        _UNDECIDED, named.is_not(None), label.in_([it.value for it in labels])
    )


async def _first_services(connection: AsyncConnection, numbers: Sequence[int]) -> dict[int, str]:
    """The service that each is called by."""
    if not numbers:
        return {}
    statement = sa.select(_services.c.incident, _services.c.service).where(
        _services.c.incident.in_(list(numbers)), _services.c.position == 0
    )
    return {row["incident"]: row["service"] for row in await sql.rows(connection, statement)}
