"""`/deployments`: what was deployed, who approved it, and which incidents are linked to it."""

import asyncio
from typing import Literal, cast

from fastapi import APIRouter, Request, Response

from bot.core.deployment import Deployment, DeploymentState
from bot.core.release_notes import paper_of, told_of
from bot.core.wording.notes import as_text
from bot.engine import Engine
from bot.web.filters import Filters
from bot.web.pages import Pages

AT_ONCE = 50
INCIDENTS = ("suspected", "confirmed")


def router(engine: Engine, pages: Pages) -> APIRouter:
    """For people who signed in."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/deployments")
    async def deployments_page(request: Request) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        store, filters = engine.store, Filters(request, engine.policy.timezone)
        since, until = filters.span()
        found = await store.deployments(
            service=filters.text("service"),
            environment=filters.text("environment"),
            state=filters.choice("state", [it.value for it in DeploymentState]),
            incidents=cast(
                Literal["suspected", "confirmed"] | None, filters.choice("incidents", INCIDENTS)
            ),
            since=since,
            until=until,
            before=filters.text("cursor"),
            limit=AT_ONCE + 1,
        )
        shown = found[:AT_ONCE]
        return pages.render(
            request,
            "deployments.html",
            session,
            follows=True,
            reloads=True,
            filters=filters,
            deployments=shown,
            environments=sorted({where for _service, where in await store.deployed()}),
            next=shown[-1].id if len(found) > AT_ONCE else None,
            linked=await store.incidents_of(shown),
            releases=await store.releases_of([it.id for it in shown]),
            notes=await _notes(engine, shown, found),
        )

    return routes


async def _notes(
    engine: Engine, shown: list[Deployment], found: list[Deployment]
) -> dict[str, str]:
    """Release notes by deployment, of those that went live with something to tell."""
    records = await engine.store.notes([it.id for it in shown])
    live = (DeploymentState.SUCCEEDED, DeploymentState.ROLLED_BACK)
    told = [it for it in shown if it.state in live and (it.commits or it.id in records)]
    signed = await engine.store.releases_of([it.id for it in told])
    policy = engine.policy

    def written() -> dict[str, str]:
        return {
            it.id: as_text(
                paper_of(
                    told_of(it, found, expected=False, release=signed.get(it.id)),
                    policy,
                    records.get(it.id),
                )
            )
            for it in told
        }

    return await asyncio.to_thread(written)
