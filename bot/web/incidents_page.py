"""`/incidents`: every incident there was, newest first."""

from fastapi import APIRouter, Request, Response

from bot.engine import Engine
from bot.web.filters import Filters
from bot.web.pages import Pages

AT_ONCE = 50
STATES = ("open", "triggered", "acknowledged", "resolved")
CAUSES = ("deployment", "other", "undecided")


def router(engine: Engine, pages: Pages) -> APIRouter:
    """For people who signed in."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/incidents")
    async def incidents_page(request: Request) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        filters = Filters(request, engine.policy.timezone)
        since, until = filters.span()
        found = await engine.store.incidents(
            state=filters.choice("state", STATES),
            service=filters.text("service"),
            cause=filters.choice("cause", CAUSES),
            since=since,
            until=until,
            before=filters.number("cursor"),
            limit=AT_ONCE + 1,
        )
        shown = found[:AT_ONCE]
        return pages.render(
            request,
            "incidents.html",
            session,
            follows=True,
            reloads=True,
            filters=filters,
            incidents=shown,
            next=shown[-1].number if len(found) > AT_ONCE else None,
        )

    return routes
