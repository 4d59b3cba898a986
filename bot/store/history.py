"""History from elsewhere: looked up and written in batches, each in a transaction of its own.

A batch takes the lock that decisions take, so that neither sees half of the other; it is held for
a fraction of a second, so that no page waits for an import.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.deployment import Deployment
from bot.core.effects import Entry
from bot.core.history import Decided, pages_of, still_decided
from bot.core.incident import Incident
from bot.core.link import Link
from bot.core.page import IMPORTED
from bot.ports.history import KnownDeployment, KnownIncident, PastRecord
from bot.store import codec, deployments, entries, incidents, pages, sql, text
from bot.store.database import Database
from bot.store.tables import DeploymentRow, IncidentRow, IncidentServiceRow, OutboxRow, table
from bot.store.tables_watch import ServiceSeenRow

_deployments = table(DeploymentRow)
_incidents = table(IncidentRow)
_services = table(IncidentServiceRow)
_outbox = table(OutboxRow)
_seen = table(ServiceSeenRow)
AT_ONCE = 5000
"""Ids in one question."""


class SqlHistory:
    """`bot.ports.history.History` on both databases."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def known_deployments(self, ids: Collection[str]) -> dict[str, KnownDeployment]:
        """By id, as it was asked for."""
        d = _deployments.c
        found = {}
        for part in _parts(ids):
            asked = sa.select(d.id, d.service, d.environment, d.imported_digest)
            for row in await self._rows(asked.where(d.id.in_(part))):
                known = KnownDeployment(row["service"], row["environment"], row["imported_digest"])
                found[row["id"]] = known
        return {id_: found[text.name(id_)] for id_ in ids if text.name(id_) in found}

    async def known_incidents(self, ids: Collection[str]) -> dict[str, KnownIncident]:
        """By the id that they had elsewhere."""
        i = _incidents.c
        found = {}
        for part in _parts(ids):
            asked = sa.select(i.imported_id, i.number, i.imported_digest)
            for row in await self._rows(asked.where(i.imported_id.in_(part))):
                known = KnownIncident(row["number"], row["imported_digest"] or "")
                found[row["imported_id"]] = known
        return {id_: found[text.name(id_)] for id_ in ids if text.name(id_) in found}

    async def deployments(
        self, services: Collection[str], since: datetime, until: datetime
    ) -> list[Deployment]:
        """Of these services between the two, and the last of each place before."""
        asked, keys = deployments.between, sorted(services)
        return await self.database.read(lambda db: asked(db, keys, since, until))

    async def undecided(
        self, services: Collection[str], since: datetime
    ) -> list[tuple[int, str, datetime, Link]]:
        """Imported, since then, without a decided cause."""
        i, s = _incidents.c, _services.c
        statement = (
            sa.select(i.number, s.service, i.began_at, i.link)
            .join(_services, s.incident == i.number)
            .where(i.imported_id.is_not(None), i.cause_kind.is_(None), i.began_at >= since)
            .where(s.service.in_(sorted(services)))
            .order_by(i.number)
        )
        return [
            (row["number"], row["service"], row["began_at"], codec.link_from_json(row["link"]))
            for row in await self._rows(statement)
        ]

    async def decided(self, leave_out: Collection[int] = ()) -> list[Decided]:
        """Every decision about a cause, but for those of incidents that are about to change."""
        i = _incidents.c
        asked = sa.select(i.number, i.cause_at, i.cause_kind).where(i.cause_kind.is_not(None))
        return [
            Decided(row["cause_at"], row["cause_kind"] == "deployment")
            for row in await self._rows(asked)
            if row["number"] not in leave_out
        ]

    async def first_seen(self, services: Collection[str]) -> dict[str, datetime]:
        """Those that were seen."""
        asked = sa.select(_seen).where(_seen.c.service.in_(sorted(services)))
        return {row["service"]: row["first_seen"] for row in await self._rows(asked)}

    async def add_deployments(
        self, made: Sequence[tuple[Deployment, str]], entries_: Sequence[Entry] = ()
    ) -> int:
        """A batch of them; live ones are left alone."""

        async def write(db: AsyncConnection) -> int:
            await incidents.lock_decisions(db)
            live = await _live(db, [it.id for it, _digest in made])
            mine = [(it, digest) for it, digest in made if text.name(it.id) not in live]
            await deployments.save(db, [it for it, _digest in mine])
            await _mark(db, _deployments, "id", {it.id: digest for it, digest in mine})
            await entries.add(db, entries_)
            return len(mine)

        return await self.database.write(write)

    async def add_incidents(
        self, records: Sequence[PastRecord], entries_: Sequence[Entry] = ()
    ) -> int:
        """A batch of them, with numbers for the new ones."""

        async def write(db: AsyncConnection) -> int:
            last = await incidents.lock_decisions(db)
            known = await _numbers(db, [it.past.id for it in records])
            whole: list[tuple[PastRecord, Incident]] = []
            for record in records:
                number = known.get(text.name(record.past.id))
                if number is None:
                    last += 1
                    number = last
                whole.append((record, replace(record.incident, number=number)))
            await _write(db, whole, set(known.values()))
            await entries.add(db, entries_)
            return len(whole)

        return await self.database.write(write)

    async def relink(self, links: Mapping[int, Link]) -> None:
        """Other links for those that nobody has decided about."""
        statement = (
            sa.update(_incidents)
            .where(_incidents.c.number == sa.bindparam("of"), _incidents.c.cause_kind.is_(None))
            .values(link=sa.bindparam("found"))
        )
        rows = [{"of": it, "found": codec.link_to_json(found)} for it, found in links.items()]

        async def write(db: AsyncConnection) -> None:
            await incidents.lock_decisions(db)
            await db.execute(statement, rows)

        if rows:
            await self.database.write(write)

    async def _rows(self, statement: Any) -> list[dict[str, Any]]:
        return await self.database.read(lambda db: sql.rows(db, statement))


async def _write(
    db: AsyncConnection, whole: Sequence[tuple[PastRecord, Incident]], old: Collection[int]
) -> None:
    before = {it.number: it for it in await incidents.load(db, sorted(old))}
    made = [
        still_decided(it, before[it.number]) if it.number in before else it for _record, it in whole
    ]
    await incidents.save(db, made)
    digests = {it.number: record.digest for record, it in whole}
    await _mark(db, _incidents, "number", digests)
    if old:
        mine = (_outbox.c.incident.in_(sorted(old)), _outbox.c.reason == IMPORTED)
        await db.execute(sa.delete(_outbox).where(*mine))
    rows = [
        pages.new_row(page) for record, it in whole for page in pages_of(record.past, it.number)
    ]
    await sql.insert_all(db, _outbox, rows)


async def _live(db: AsyncConnection, ids: Sequence[str]) -> set[str]:
    d = _deployments.c
    asked = sa.select(d.id).where(d.id.in_(list(ids)), d.imported_digest.is_(None))
    return {row["id"] for row in await sql.rows(db, asked)}


async def _numbers(db: AsyncConnection, ids: Sequence[str]) -> dict[str, int]:
    i = _incidents.c
    asked = sa.select(i.imported_id, i.number).where(i.imported_id.in_(list(ids)))
    return {row["imported_id"]: row["number"] for row in await sql.rows(db, asked)}


async def _mark(db: AsyncConnection, of: sa.Table, key: str, digests: Mapping[Any, str]) -> None:
    if digests:
        statement = sa.update(of).where(of.c[key] == sa.bindparam("of"))
        rows = [{"of": it, "digest": digest} for it, digest in digests.items()]
        await db.execute(statement.values(imported_digest=sa.bindparam("digest")), rows)


def _parts(ids: Collection[str]) -> list[list[str]]:
    ordered = sorted(ids)
    return [ordered[at : at + AT_ONCE] for at in range(0, len(ordered), AT_ONCE)]
