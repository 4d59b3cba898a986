"""`/audit` and `/api/audit`: the log as it is kept, and how far it is sealed and verified."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from bot.core.audit import FIELDS, Row
from bot.engine import Engine
from bot.ports import Wanted
from bot.web.api import LARGEST, Json, Limit, Name, Since, Until, moment
from bot.web.filters import Filters
from bot.web.pages import Pages

PAGE_OF_ROWS = 100


def as_json(row: Row) -> Json:
    """Everything that the hash is over, and the hash: enough to compute it again."""
    return {name: getattr(row, name) for name in FIELDS} | {"hash": row.hash}


def api_router(engine: Engine, authenticate: Callable[..., None]) -> APIRouter:
    """For programs."""
    routes = APIRouter(prefix="/api", dependencies=[Depends(authenticate)], tags=["api"])

    @routes.get("/audit")
    async def audit(
        kind: Name = None,
        service: Name = None,
        from_: Since = None,
        to: Until = None,
        limit: Limit = 50,
        cursor: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    ) -> Json:
        """Newest first; those without a number wait to be sealed. `text` is as it is hashed."""
        zone = engine.policy.timezone
        wanted = Wanted(moment(from_, zone, "from"), moment(to, zone, "to"), kind, service)
        found = await engine.store.audit.newest(wanted, cursor, limit + 1)
        chain = await engine.store.audit.chain()
        page = found[:limit]
        return {
            "items": [as_json(row) for row in page],
            "next": page[-1].id if len(found) > limit else None,
            "sealed": chain.head.number,
            "head": str(chain.head),
            "waiting": chain.waiting,
        }

    return routes


def page_router(engine: Engine, pages: Pages, checked: Callable[[], object]) -> APIRouter:
    """For people who signed in. `checked`: what the running process last verified."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/audit")
    async def audit_page(request: Request) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        filters = Filters(request, engine.policy.timezone)
        since, until = filters.span()
        wanted = Wanted(since, until, filters.text("kind"), filters.text("service"))
        audit = engine.store.audit
        found = await audit.newest(wanted, filters.number("cursor"), PAGE_OF_ROWS + 1)
        shown = found[:PAGE_OF_ROWS]
        return pages.render(
            request,
            "audit.html",
            session,
            rows=[_shown(row) for row in shown],
            filters=filters,
            next=shown[-1].id if len(found) > PAGE_OF_ROWS else None,
            chain=await audit.chain(),
            anchor=next(iter(await audit.anchors(1)), None),
            checked=checked(),
        )

    return routes


def _shown(row: Row) -> dict[str, Any]:
    """Cells as text, whatever somebody's hand put there."""
    cells = {name: "" if cell is None else str(cell) for name, cell in as_json(row).items()}
    return {**cells, "moment": _time(cells["at"]), "sealed": row.number is not None}


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
