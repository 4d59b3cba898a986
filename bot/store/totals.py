"""How many there are of everything, counted by the database: a few rows come back."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.page import Urgency
from bot.core.stats.totals import ACKNOWLEDGED_WITHIN_SECONDS, Totals, Waits
from bot.store import sql
from bot.store.tables import DeploymentRow, IncidentRow, OutboxRow, TrackRow, table

_d, _i = table(DeploymentRow).c, table(IncidentRow).c
_o, _t = table(OutboxRow).c, table(TrackRow).c


async def load(connection: AsyncConnection) -> Totals:
    """See `bot.ports.numbers`."""
    many = sa.func.count().label("many")
    shipped = (
        sa.select(_d.service, _d.environment, _d.state, many)
        .where(_d.untouched.is_(False))
        .group_by(_d.service, _d.environment, _d.state)
    )
    cause = sa.func.coalesce(_i.cause_kind, "undecided").label("cause")
    broken = sa.select(cause, many).where(_i.merged_into.is_(None)).group_by(cause)
    paged = (
        sa.select(_o.channel, _o.state, many)
        .where(sql.reads(table(OutboxRow).c.kind, "page"), _o.urgency < int(Urgency.INFO))
        .group_by(_o.channel, _o.state)
    )
    return Totals(
        deployments={
            (it["service"], it["environment"], it["state"]): it["many"]
            for it in await sql.rows(connection, shipped)
        },
        incidents={it["cause"]: it["many"] for it in await sql.rows(connection, broken)},
        pages={
            (it["channel"], it["state"]): it["many"] for it in await sql.rows(connection, paged)
        },
        acknowledgements=await _waits(connection),
    )


async def _waits(connection: AsyncConnection) -> dict[str, Waits]:
    """From when a team was to be paged to its "we have it"."""
    waited = _seconds(connection)
    within = [
        sa.func.sum(sa.case((waited <= bound, 1), else_=0)).label(f"within_{bound}")
        for bound in ACKNOWLEDGED_WITHIN_SECONDS
    ]
    statement = (
        sa.select(_t.team, sa.func.count().label("many"), sa.func.sum(waited).label("all"), *within)
        .join(table(IncidentRow), _i.number == _t.incident)
        .where(_t.state == "acknowledged", _t.at.is_not(None), _i.merged_into.is_(None))
        .group_by(_t.team)
    )
    return {
        row["team"]: Waits(
            tuple(int(row[f"within_{bound}"]) for bound in ACKNOWLEDGED_WITHIN_SECONDS),
            row["many"],
            float(row["all"] or 0),
        )
        for row in await sql.rows(connection, statement)
    }


def _seconds(connection: AsyncConnection) -> sa.ColumnElement[float]:
    if connection.dialect.name == "sqlite":
        days = sa.func.julianday(_t.at) - sa.func.julianday(_t.started_at)
        return sa.func.max(0.0, days * 86400.0)
    waited = sa.func.extract("epoch", _t.at) - sa.func.extract("epoch", _t.started_at)
    return sa.func.greatest(0.0, sa.cast(waited, sa.Float))
