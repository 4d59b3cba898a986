"""Which incidents a list shows, newest first."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.store import incidents, sql
from bot.store.tables import IncidentRow, IncidentServiceRow, table

_incidents = table(IncidentRow)
_services = table(IncidentServiceRow)


def newest(
    *,
    state: str | None,
    service: str | None,
    since: datetime | None,
    until: datetime | None,
    before: int | None,
    cause: str | None,
    limit: int,
) -> sa.Select[Any]:
    """See `Store.incidents`. `state` may also be `open`."""
    # By time: what was imported happened before, whatever its number.
    place = (_incidents.c.triggered_at, _incidents.c.number)
    statement = sa.select(_incidents).order_by(*(it.desc() for it in place)).limit(limit)
    if state == "open":
        statement = statement.where(sa.not_(sql.reads(_incidents.c.state, "resolved")))
    elif state is not None:
        statement = statement.where(_incidents.c.state == state)
    if service is not None:
        of = sa.select(_services.c.incident).where(_services.c.service == service)
        statement = statement.where(_incidents.c.number.in_(of))
    if since is not None:
        statement = statement.where(_incidents.c.triggered_at >= since)
    if until is not None:
        statement = statement.where(_incidents.c.triggered_at < until)
    if before is not None:
        cursor = sa.select(*place).where(
            _incidents.c.number == min(before, incidents.LARGEST_NUMBER)
        )
        at = cursor.subquery("cursor")
        after = sa.tuple_(*place) < sa.tuple_(at.c.triggered_at, at.c.number)
        statement = statement.join(at, after)
    if cause == "undecided":
        of_its_own = _incidents.c.merged_into.is_(None)
        statement = statement.where(_incidents.c.cause_kind.is_(None), of_its_own)
    elif cause is not None:
        statement = statement.where(_incidents.c.cause_kind == cause)
    return statement
