"""Releases that wait for a signature: their list, one of them with its forms, and the API."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from bot.core.actor import Actor
from bot.core.database_changes import known_changes
from bot.core.deployment import Deployment, DeploymentState, RangeKnown
from bot.core.policy import Policy
from bot.core.release import Release
from bot.core.release_events import (
    PartDone,
    ReleaseDecided,
    ReleaseNotesEdited,
    TriggerSettled,
)
from bot.core.release_notes import paper_of, told_of
from bot.core.signers import eligible, strangers, waits_for
from bot.core.wording import releases as say
from bot.core.wording.database import database_lines
from bot.core.wording.notes import as_text
from bot.core.wording.outside import several_lines
from bot.core.wording.release_card import confirmation, part_at
from bot.engine import Engine
from bot.ports import StoreUnavailable
from bot.signing_off import Answer, Decision, refusal, what_came
from bot.web import present_release
from bot.web.api import Limit, Name
from bot.web.forms import check_token, read_form
from bot.web.pages import Pages, plain

REASON_AT_MOST = 500
NOTES_AT_MOST = 8000
SHOWN = 50
LATER = Answer(False, "Noted, and not yet acted on: look again in a moment.")
Wanted = Literal[
    "waiting", "ready", "approved", "rejected", "expired", "superseded", "cancelled", "deployed"
]


def router(engine: Engine, pages: Pages) -> APIRouter:
    """`GET /releases`, `GET /releases/{id}`, and the forms below it."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/releases")
    async def releases_page(request: Request, service: str = "") -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        found = await engine.store.releases(service=plain(service) or None, limit=SHOWN)
        return pages.render(request, "releases.html", session, releases=found, service=service)

    @routes.get("/releases/{id_:path}")
    async def release_page(request: Request, id_: str) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        return pages.render(
            request, "release.html", session, **await _shown(engine, id_, session.person, None)
        )

    @routes.post("/releases/{id_:path}")
    async def act(request: Request, id_: str) -> Response:
        session = await pages.session(request)
        if session is None:
            return pages.to_login(request)
        form = await read_form(request)
        check_token(request, form, session)
        release = await _release(engine, id_)
        event = event_of(form, release, session.person, engine.clock.now())
        answer = await decide(engine, release, event)
        if answer.done:
            return RedirectResponse(f"/releases/{quote(release.id, safe='')}", 303)
        shown = await _shown(engine, id_, session.person, answer)
        return pages.render(request, "release.html", session, **shown)

    return routes


def api(engine: Engine, authenticate: Callable[..., None]) -> APIRouter:
    """`GET /api/releases` and `/api/releases/{id}`."""
    routes = APIRouter(prefix="/api", dependencies=[Depends(authenticate)], tags=["api"])

    @routes.get("/releases")
    async def releases(
        service: Name = None, status: Wanted | None = None, limit: Limit = 50
    ) -> dict[str, Any]:
        """Newest first by their announcement."""
        found = await engine.store.releases(service=service, state=status, limit=limit)
        items = [present_release.release(it, engine.policy) for it in found]
        return {"items": items, "next": None}

    @routes.get("/releases/{id_:path}")
    async def release(id_: str) -> dict[str, Any]:
        """One, by the id that it was announced with."""
        found = await engine.store.release(id_.replace("\x00", ""))
        if found is None:
            raise HTTPException(404, f"there is no release {plain(id_, 80)}")
        return present_release.release(found, engine.policy)

    return routes


async def _release(engine: Engine, id_: str) -> Release:
    found = await engine.store.release(id_.replace("\x00", ""))
    if found is None:
        raise HTTPException(404, say.gone(id_))
    return found


def preview(release: Release, policy: Policy, now: datetime) -> str:
    """What support would read of it, as plain text, were it live now."""
    service = policy.services.get(release.service)
    live = Deployment(
        id=release.id,
        service=release.service,
        environment=service.environment if service else "production",
        version=release.version,
        sha=release.sha,
        previous_sha=release.previous_sha,
        state=DeploymentState.SUCCEEDED,
        started_at=now,
        ended_at=now,
        reported_at=now,
        commits=release.commits,
        by_hand_parts=tuple(it.part for it in release.by_hand),
        range_known=RangeKnown.COMPLETE if release.range_known else RangeKnown.UNKNOWN,
    )
    return as_text(paper_of(told_of(live, (), expected=False, release=release), policy))


async def _shown(engine: Engine, id_: str, person: str, answer: Answer | None) -> dict[str, Any]:
    release, policy = await _release(engine, id_), engine.policy
    now = engine.clock.now()
    approve = ReleaseDecided(release.id, "approve", Actor(person, "web"), now)
    why_not = await refusal(engine.store, policy, release, approve)
    rules = policy.sign_off
    wait = say.waiting(release, waits_for(release, rules.soak, now)) if rules else ""
    return {
        "release": release,
        "waits": wait if release.state.value == "waiting" else "",
        "why_not": why_not,
        "may_sign": [policy.name_of(key) for key in eligible(release, policy)],
        "unknown": strangers(release, policy),
        "confirmation": confirmation(release, policy),
        "database": database_lines(known_changes(release.commits, release.database)),
        "preview": preview(release, policy, now),
        "told": answer.text if answer else "",
    }


def event_of(form: dict[str, str], release: Release, person: str, now: datetime) -> Decision:
    """What a form asks for. Raises HTTPException: 422 with the field."""
    actor = Actor(person, "web")
    match form.get("action"):
        case "approve":
            if form.get("sure") != "yes":
                raise HTTPException(422, "sure: tick the box that says what you sign.")
            return ReleaseDecided(release.id, "approve", actor, now)
        case "reject":
            reason = plain(form.get("reason"), REASON_AT_MOST)
            return ReleaseDecided(release.id, "reject", actor, now, reason)
        case "notes":
            text = several_lines(form.get("notes", ""), NOTES_AT_MOST)
            return ReleaseNotesEdited(release.id, text, actor, now)
        case "second":
            return ReleaseDecided(release.id, "second", actor, now)
        case "started":
            return TriggerSettled(release.id, "started", actor, now)
        case "again":
            return TriggerSettled(release.id, "again", actor, now)
        case "done":
            index = form.get("part", "")
            known = index.isascii() and index.isdecimal() and len(index) < 4
            part = part_at([it.part for it in release.by_hand], int(index)) if known else None
            if part is not None:
                return PartDone(release.id, part, actor, now)
    raise HTTPException(422, "action: this form asks for nothing that there is.")


async def decide(engine: Engine, release: Release, event: Decision) -> Answer:
    """Commit it, decide it, and say what came of it.

    Raises StoreUnavailable only while nothing was kept.
    """
    refused = await refusal(engine.store, engine.policy, release, event)
    key = f"web:{secrets.token_hex(12)}"
    await engine.receive(key, event)  # refused or not: an auditor sees that it was tried
    try:
        await engine.work()
        if await engine.store.undecided([key]):
            return LATER
        after = await engine.store.release(release.id)
    except StoreUnavailable:
        return LATER
    answer = what_came(release, after, event) if after else LATER
    return Answer(False, refused) if refused and not answer.done else answer
