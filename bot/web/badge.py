"""`/badge/{service}.svg`: days since the last deploy-caused downtime, for a README or a screen.

Open to everybody who has the address, for pictures cannot sign in: it tells this one number.
"""

import hashlib
from dataclasses import dataclass
from html import escape

from fastapi import APIRouter, HTTPException, Request, Response

from bot.core.stats.period import Scope
from bot.core.stats.result import Streak
from bot.core.wording.stats import badge_value, badge_words
from bot.counting import streak
from bot.engine import Engine

EVERYTHING = "all"
KEPT_SECONDS = 60.0
"""The database is asked no more often than this, however many readers a README has."""
CACHED = {
    "cache-control": "public, max-age=300",
    # It is there to be shown by other sites.
    "cross-origin-resource-policy": "cross-origin",
}
LABEL = "days since deploy-caused downtime"
_CHARACTER, _PADDING, _HEIGHT = 6.5, 6, 20
"""Pixels, for letters of 11 pixels."""


@dataclass(frozen=True, slots=True)
class _Kept:
    found: Streak
    until: float


def router(engine: Engine) -> APIRouter:
    """Of one service, or of `all`."""
    routes = APIRouter(include_in_schema=False)
    kept: dict[str, _Kept] = {}

    async def look_up(service: str) -> Streak:
        known = kept.get(service)
        if known is not None and engine.clock.monotonic() < known.until:
            return known.found
        scope = Scope() if service == EVERYTHING else Scope(service)
        found = await streak(engine.store, engine.policy, scope, engine.clock.now())
        kept[service] = _Kept(found, engine.clock.monotonic() + KEPT_SECONDS)
        return found

    @routes.api_route("/badge/{service}.svg", methods=["GET", "HEAD"])
    async def badge(request: Request, service: str) -> Response:
        if service != EVERYTHING and service not in engine.policy.services:
            kept.pop(service, None)
            raise HTTPException(404)
        picture = svg(service, await look_up(service))
        tag = f'"{hashlib.sha256(picture.encode()).hexdigest()[:16]}"'
        headers = {**CACHED, "etag": tag}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(picture, media_type="image/svg+xml", headers=headers)

    return routes


def svg(service: str, found: Streak) -> str:
    """The picture: dark letters' background on the left, the number on the right. No style sheet,
    no font and no link to anywhere; readable in light and dark, and read out as a sentence.
    """
    value, words = badge_value(found), escape(badge_words(service, found))
    left, right = _width(LABEL), _width(value)
    whole = left + right
    fill = "#b3261e" if found.down else "#24476b"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{_HEIGHT}" role="img" '
        f'aria-label="{words}"><title>{words}</title>'
        f'<rect width="{whole}" height="{_HEIGHT}" rx="3" fill="#3d3d3d"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3h-{right - 3}z" '
        f'fill="{fill}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f"{_text(LABEL, 0, left)}{_text(value, left, right)}</g></svg>\n"
    )


def _text(words: str, start: int, width: int) -> str:
    length = width - 2 * _PADDING
    return f'<text x="{start + _PADDING}" y="14" textLength="{length}">{escape(words)}</text>'


def _width(words: str) -> int:
    return round(len(words) * _CHARACTER) + 2 * _PADDING
