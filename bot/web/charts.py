"""Charts on a page: `/stats/charts/NAME.svg` and what a template needs to show them.

For the page that shows them:

    figures = charts.figures(stats, engine.policy, request.url.query)      # all six, in their order
    {% from "charts.html" import figure %}  {{ figure(figures[0]) }}       # <figure> with <picture>

and where the application is put together:

    charts.router(pages, drawing, numbers)

where `numbers(request)` reads the query as `/stats` does (that of the page is passed on in each
address) and counts, or raises HTTPException. Each picture is an `<img>` of our own host, so the
page's Content-Security-Policy stays as it is; the SVG has one of its own. There are four of each
chart (light or dark, wide or narrow) and the browser takes the one that fits. All charts of a page
are drawn at once, in one child process. Where that fails the picture says so (503), its `alt` still
tells the answer, and the page's table has the numbers.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import get_args
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape, quoteattr

from fastapi import APIRouter, HTTPException, Request, Response

from bot.core.charts.look import Chart, Look, Size, Theme
from bot.core.charts.named import NAMED
from bot.core.policy import Policy
from bot.core.stats.result import Stats
from bot.core.wording import charts as say
from bot.ports import CannotDraw, Clock, Drawing
from bot.web.pages import Pages

Numbers = Callable[[Request], Awaitable[Stats]]
OWN = ("theme", "size")
"""Parameters of a picture; the rest of its query is the page's."""
POLICY = "default-src 'none'; frame-ancestors 'none'"
REMEMBERED_SECONDS = 30.0
REMEMBERED = 16


@dataclass(frozen=True, slots=True)
class Figure:
    """One chart in a page. `sources` are (media query, address, width, height), the first that
    fits counts; `src` is for the rest.
    """

    name: str
    title: str
    below: str
    alt: str
    src: str
    width: int
    height: int
    sources: tuple[tuple[str, str, int, int], ...]


def figures(stats: Stats, policy: Policy, query: str) -> list[Figure]:
    """All charts of these numbers. `query` is that of the page."""
    return [_figure(name, stats, policy, query) for name in NAMED]


def _figure(name: str, stats: Stats, policy: Policy, query: str) -> Figure:
    looks = {
        "(max-width: 640px) and (prefers-color-scheme: dark)": Look("dark", "narrow"),
        "(max-width: 640px)": Look("light", "narrow"),
        "(prefers-color-scheme: dark)": Look("dark", "wide"),
    }
    usual = NAMED[name](stats, policy, Look())
    sources = tuple(
        (media, address(name, query, look), chart.width, chart.height)
        for media, look in looks.items()
        for chart in [NAMED[name](stats, policy, look)]
    )
    alt = f"{usual.title}. {say.IN_THE_TABLE}"
    src = address(name, query, Look())
    return Figure(name, usual.title, usual.below, alt, src, usual.width, usual.height, sources)


def address(name: str, query: str, look: Look) -> str:
    """Where a picture is."""
    kept = [(key, value) for key, value in parse_qsl(query) if key not in OWN]
    return f"/stats/charts/{name}.svg?{urlencode([*kept, *zip(OWN, _words(look), strict=True)])}"


def _words(look: Look) -> tuple[str, str]:
    return look.theme, look.size


def router(pages: Pages, drawing: Drawing, numbers: Numbers) -> APIRouter:
    """The pictures, for people who signed in."""
    routes = APIRouter(include_in_schema=False)
    counted = _Counted(numbers, pages.engine.clock)

    @routes.get("/stats/charts/{name}.svg")
    async def picture(
        request: Request, name: str, theme: str = "light", size: str = "wide"
    ) -> Response:
        if await pages.session(request) is None:
            raise HTTPException(401)
        if name not in NAMED or theme not in get_args(Theme) or size not in get_args(Size):
            raise HTTPException(404)
        look = Look(theme, size)  # type: ignore[arg-type]
        stats = await counted.of(request)
        policy = pages.engine.policy
        charts = {key: make(stats, policy, look) for key, make in NAMED.items()}
        try:
            found = await drawing.draw([it.spec for it in charts.values()], "svg")
        except CannotDraw:
            return _answer(instead(charts[name], look), 503)
        svg = named(dict(zip(charts, found, strict=True))[name], charts[name])
        return _known(request, svg)

    return routes


def named(svg: bytes, chart: Chart) -> bytes:
    """With its title for those who hear it."""
    begin = f'<svg role="img" aria-label={quoteattr(chart.title)} '.encode()
    return svg.replace(b"<svg ", begin, 1)


def instead(chart: Chart, look: Look) -> bytes:
    """In the place of a chart that could not be drawn."""
    colours = look.colours
    size = f'width="{chart.width}" height="{chart.height}"'
    lines = "".join(
        f'<text x="12" y="{28 + 22 * number}" fill="{colours.ink}">{escape(line)}</text>'
        for number, line in enumerate(say.not_drawn(chart.title, look.narrow))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} '
        f'font-family="Arial, Helvetica, sans-serif" font-size="14">'
        f'<rect {size} fill="{colours.ground}"/>{lines}</svg>'
    ).encode()


def _known(request: Request, svg: bytes) -> Response:
    tag = f'"{hashlib.sha256(svg).hexdigest()[:32]}"'
    if request.headers.get("if-none-match") == tag:
        answer = Response(status_code=304)
    else:
        answer = _answer(svg, 200)
    answer.headers.update({"etag": tag, "cache-control": "private, no-cache"})
    return answer


def _answer(svg: bytes, status: int) -> Response:
    headers = {"content-security-policy": POLICY}
    return Response(svg, status, headers, media_type="image/svg+xml")


class _Counted:
    """The numbers of a view for a moment: a page asks for its six pictures at the same time."""

    def __init__(self, numbers: Numbers, clock: Clock) -> None:
        self._numbers, self._clock = numbers, clock
        self._kept: OrderedDict[str, tuple[float, Stats]] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(self, request: Request) -> Stats:
        """Those of this request's query. Raises what counting raises."""
        query = dict(request.query_params.multi_items())
        key = urlencode(sorted((k, v) for k, v in query.items() if k not in OWN))
        async with self._turn:
            now = self._clock.monotonic()
            at, stats = self._kept.get(key, (now - REMEMBERED_SECONDS, None))
            if stats is None or now - at >= REMEMBERED_SECONDS:
                stats = await self._numbers(request)
                self._kept[key] = now, stats
                self._kept.move_to_end(key)
                while len(self._kept) > REMEMBERED:
                    self._kept.popitem(last=False)
            return stats
