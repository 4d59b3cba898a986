"""Load what a decision may look at, and save what it decided: each inside one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.answering import PASSIVE_WITHIN
from bot.core.deployment import Deployment
from bot.core.incident import REOPEN_WITHIN, Incident
from bot.core.joining import STORM_WITHIN
from bot.core.notes_record import NotesRecord
from bot.core.page import Page
from bot.core.scene import Decision, Need, Scene
from bot.store import (
    codec,
    deployments,
    duties,
    entries,
    facts,
    incidents,
    marks,
    notes,
    outbox,
    overrides,
    pages,
    pushes,
    releases,
    signals,
)

ENDED_LATELY = timedelta(days=7)
"""How long who stood in can still say that they have what they were paged for."""
MAY_CONCERN = timedelta(days=3)
"""A deployment is a candidate for the outages of the 3 days after it (section 3)."""


async def load(connection: AsyncConnection, need: Need, now: datetime) -> Scene:
    """What `need` names. Decisions are locked out of each other from here on."""
    last_number = await incidents.lock_decisions(connection)
    found = await _incidents(connection, need, now)
    known = await facts.load(connection)
    unusable, receiptless = await marks.load(connection, now)
    stand_ins = await overrides.load(connection, now - ENDED_LATELY)
    linked = tuple(dict.fromkeys((*need.linked, *need.services)))
    deployed = await deployments.of_scene(connection, need.linked, _named(need, found), now)
    decided, guilty = await incidents.count_causes(connection) if need.linked else (0, 0)
    passive, not_understood = await _passive(connection, need, now)
    return Scene(
        incidents=tuple(found),
        signals=tuple(await signals.load(connection, _signalled(need, found))),
        silences=tuple(await signals.silences(connection, now, need.quiet)),
        pages=tuple(await _pages(connection, need, found)),
        deployments=tuple(deployed),
        unusable=unusable,
        receiptless=receiptless,
        decided=decided,
        guilty=guilty,
        first_seen=await deployments.first_seen(connection, linked, now),
        next_number=last_number + 1,
        blind_since=known.get(facts.BLIND),
        troubles=facts.troubles(known),
        pushes=tuple(await pushes.latest(connection, need.repository)),
        overrides=tuple(it for it in stand_ins if it.end > now),
        next_override=await overrides.next_number(connection),
        notes=tuple(await _notes(connection, need, deployed)),
        past_overrides=tuple(it for it in stand_ins if it.end <= now),
        duties=tuple(await duties.load(connection)) if need.duties else (),
        duty_seen=known.get(facts.DUTY_SEEN),
        told_ahead=facts.told_ahead(known),
        releases=tuple(await releases.of_scene(connection, need.releases, need.releases_of)),
        passive=passive,
        not_understood=not_understood,
        next_quiet=await signals.next_number(connection),
        changes=tuple(await entries.changes(connection, need.happened)),
    )


async def _passive(
    connection: AsyncConnection, need: Need, now: datetime
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    if need.texted_by is None:
        return (), ()
    return await outbox.passive_answers(connection, need.texted_by, now - PASSIVE_WITHIN)


async def save(
    connection: AsyncConnection,
    decision: Decision,
    now: datetime,
    was: Sequence[Incident] = (),
) -> None:
    """All of it. Raises an IntegrityError when a service would be in two open incidents.

    `was`: the incidents of the scene that it was decided from.
    """
    await incidents.save(connection, decision.incidents, was)
    await signals.save(connection, decision.signals, decision.silences)
    await overrides.save(connection, decision.overrides)
    await duties.save(connection, decision.duties)
    await releases.save(connection, decision.releases)
    await deployments.save(connection, decision.deployments)
    await notes.save(connection, decision.notes)
    await pushes.save(connection, decision.pushes, now)
    await pages.update(connection, decision.pages)
    await marks.note_receipts(connection, decision.pages)
    await marks.save(connection, decision.marks)
    await outbox.add(connection, decision.effects, now)
    await entries.add(connection, decision.entries)
    changes = {f"{facts.TROUBLE}{part}": since for part, since in decision.troubles.items()}
    changes |= {f"{facts.AHEAD}{name}": at for name, at in decision.told_ahead.items()}
    if decision.duty_seen is not None:
        changes[facts.DUTY_SEEN] = decision.duty_seen
    if decision.sight_changed:
        changes[facts.BLIND] = decision.blind_since
    await facts.save(connection, changes)


async def _incidents(connection: AsyncConnection, need: Need, now: datetime) -> list[Incident]:
    wanted = _wanted(need, now)
    if not wanted:
        return []
    found = await incidents.load(connection, sa.union(*wanted), lock=True)
    known = {incident.number: incident for incident in found}
    if known and not need.every_open:
        beside = await pages.sharing_a_text(connection, list(known))
        found = await incidents.load(connection, sorted(beside - set(known)), lock=True)
        known |= {incident.number: incident for incident in found}
    while missing := _remaining(known.values()) - set(known):
        for incident in await incidents.load(connection, sorted(missing), lock=True):
            known[incident.number] = incident
        if missing - set(known):
            break  # it points to nowhere: a hand in the database
    return [known[number] for number in sorted(known)]


def _wanted(need: Need, now: datetime) -> list[sa.Select[Any]]:
    wanted = [incidents.open_numbers()] if need.every_open else []
    asked = [number for number in need.numbers if 0 < number < incidents.LARGEST_NUMBER]
    if asked:
        wanted.append(incidents.by_number(asked))
    if need.recent and not need.every_open:
        wanted.append(incidents.opened_since(now - STORM_WITHIN))
    concerned = (*need.services, *need.linked, *need.near)
    if concerned and not need.every_open:
        wanted.append(incidents.open_of(concerned))
    if need.services:
        wanted.append(incidents.resolved_since(now - REOPEN_WITHIN, need.services))
    if need.page is not None:
        wanted.append(pages.incidents_of(need.page))
    if need.deployments and need.linked:
        wanted.append(incidents.triggered_since(now - MAY_CONCERN, need.linked))
    return wanted


def _remaining(known: Iterable[Incident]) -> set[int]:
    """Numbers that merged incidents point to."""
    return {incident.merged_into for incident in known if incident.merged_into is not None}


def _signalled(need: Need, found: Sequence[Incident]) -> set[str] | None:
    """The services whose signals count; None: all."""
    if need.every_open:
        return None
    if need.services:
        return set(need.services)  # of the hundreds beside it in a storm nothing is asked
    return {part.service for incident in found for part in incident.services} | set(need.services)


async def _pages(connection: AsyncConnection, need: Need, found: Sequence[Incident]) -> list[Page]:
    return await pages.of_scene(connection, [incident.number for incident in found], need.page)


def _named(need: Need, found: Sequence[Incident]) -> set[str]:
    named = set(need.deployments)
    for incident in found:
        named |= codec.deployments_in(incident.link)
    return named


async def _notes(
    connection: AsyncConnection, need: Need, deployed: Sequence[Deployment]
) -> list[NotesRecord]:
    """Only where a deployment is what the event is about: a page waits for nothing it needs not."""
    return await notes.load(connection, {it.id for it in deployed}) if need.deployments else []
