"""What readers see: an incident with all that belongs to it."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ports import IncidentView
from bot.store import entries, incidents, pages, signals


async def incident(connection: AsyncConnection, number: int, now: datetime) -> IncidentView | None:
    """One incident with its pages, its timeline and the silences of its services."""
    if not 0 < number < incidents.LARGEST_NUMBER:
        return None
    found = await incidents.load(connection, [number])
    if not found:
        return None
    services = {part.service for part in found[0].services}
    silences = [
        silence
        for silence in await signals.silences(connection, now)
        if silence.service is None or silence.service in services
    ]
    return IncidentView(
        incident=found[0],
        pages=tuple(await pages.of_incident(connection, number)),
        timeline=tuple(await entries.of_incident(connection, number)),
        silences=tuple(silences),
    )
