"""`/calendar/{person}.ics`: a person's shifts, for the calendar on their phone (RFC 5545)."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, HTTPException, Response
from icalendar import Calendar, Event

from bot.core.duties import Duty, duties
from bot.core.overrides import with_overrides
from bot.core.policy import Policy
from bot.engine import Engine
from bot.web.sessions import Sessions

BEHIND, AHEAD = timedelta(days=7), timedelta(days=90)
AGAIN = timedelta(hours=1)
"""How often a calendar is asked to look again."""


def router(engine: Engine, sessions: Sessions) -> APIRouter:
    """Opened by the key of a person's secret link, for calendars cannot sign in."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/calendar/{person}.ics")
    async def calendar(person: str, key: str = "") -> Response:
        # An unknown person and a wrong key are the same to whoever asks.
        right = sessions.opens_calendar(person, key)
        if not right or person not in engine.policy.people:
            raise HTTPException(404)
        now = engine.clock.now()
        policy = with_overrides(engine.policy, await engine.store.overrides(now - BEHIND))
        text = await asyncio.to_thread(shifts_of, person, policy, now)
        return Response(text, media_type="text/calendar; charset=utf-8")

    return routes


def shifts_of(person: str, policy: Policy, now: datetime) -> bytes:
    """The calendar's text: the shifts of the last 7 and the next 90 days."""
    found = duties(policy, person, now - BEHIND, now + AHEAD)
    return written(person, found, policy, now)


def written(person: str, found: Iterable[Duty], policy: Policy, now: datetime) -> bytes:
    """In UTC, so that no reader needs our zones' rules; CRLF and folded lines as RFC 5545 asks."""
    calendar = Calendar()
    calendar.add("prodid", "-//Midwatch//On call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{policy.name_of(person)} on call")
    calendar.add("refresh-interval", AGAIN, parameters={"VALUE": "DURATION"})
    for duty in found:
        calendar.add_component(_event(person, duty, policy, now))
    return bytes(calendar.to_ical())


def _event(person: str, duty: Duty, policy: Policy, now: datetime) -> Event:
    began = duty.start.strftime("%Y%m%dT%H%M%SZ") if duty.since else "always"
    event = Event()
    event.add("uid", f"{began}-{duty.team}-{person}@midwatch")
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", duty.start)
    event.add("dtend", duty.end)
    event.add("summary", f"On call: {policy.team_name(duty.team)}")
    event.add("transp", "TRANSPARENT")
    return event
