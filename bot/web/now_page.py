"""`/`: what is down, who has it, what was deployed."""

from collections.abc import Iterable
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.core import quiet, recipients
from bot.core.incident import Incident
from bot.core.signal import Level, Signal
from bot.core.wording import thread_replies
from bot.engine import Engine
from bot.health import Readiness
from bot.web import present
from bot.web.pages import Pages


def router(engine: Engine, pages: Pages) -> APIRouter:
    """For people who signed in."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def now_page(request: Request) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        shown = await _now(engine, pages)
        return pages.render(request, "now.html", session, follows=True, reloads=True, **shown)

    return routes


async def _now(engine: Engine, pages: Pages) -> dict[str, Any]:
    """Everything that the page shows."""
    store, policy, now = engine.store, engine.policy, engine.clock.now()
    signals = await store.signals()
    results = await store.last_results()
    opened = await store.incidents(state="open", limit=100)
    spans = quiet.spans_of(await store.silences(now), policy.windows)
    return {
        "open_incidents": opened,
        "recent": await store.incidents(state="resolved", limit=10),
        "follow_ups": await store.waiting_for_follow_ups(20),
        "services": [(key, present.state_of(key, signals, results)) for key in policy.services],
        "bad": unattended(signals, opened),
        "unusable": [
            thread_replies.marked(person, channel, mark, policy)
            for (person, channel), mark in sorted((await store.unusable(now)).items())
            if person in policy.people
        ],
        "quiets": [
            (key, present.state_of(key, signals, results), span)
            for key in policy.services
            if (span := quiet.quiet_now(key, spans, now)) is not None
        ],
        "deployments": await store.deployments(limit=5),
        "readiness": await pages.readiness() if pages.readiness else Readiness(),
        "on_call": [
            (team.name, [policy.name_of(key) for key in recipients.on_call(team, policy, now)])
            for team in policy.teams.values()
        ],
    }


def unattended(signals: Iterable[Signal], opened: Iterable[Incident]) -> list[Signal]:
    """What is not right and part of no open incident: slow, or down while it is quiet."""
    inside = {part.service for incident in opened for part in incident.services}
    return [it for it in signals if it.level is not Level.UP and it.service not in inside]
