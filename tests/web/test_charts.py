"""The charts of the page: pictures of our own host, in four looks, and the page without them."""

import html
import re
import sys

import httpx
import pytest

from bot.drawing import Drawer
from bot.drawing.widths import kept, width
from tests.stories.world import World


def pictures(page: httpx.Response) -> list[str]:
    """The addresses of all of them, each look of each chart."""
    found = re.findall(r'(?:srcset|src)="(/stats/charts/[^"]*)"', page.text)
    return [html.unescape(it) for it in found]


async def test_each_chart_of_the_page_comes_in_four_looks(story: World) -> None:
    await story.deploys("d1")
    async with story.signed_in("ana") as ana:
        page = await ana.get("/stats?period=7&service=checkout")
        addresses = pictures(page)
        assert len(set(addresses)) == 6 * 4
        assert all("service=checkout" in it for it in addresses)
        for look in ("theme=dark&size=narrow", "theme=light&size=wide"):
            first = next(it for it in addresses if it.endswith(look))
            answer = await ana.get(first)
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "image/svg+xml"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            title = "The one deployment of checkout caused no downtime"
            assert answer.text.startswith(f'<svg role="img" aria-label="{title}" ')
            assert "style=" not in answer.text, "its policy allows none"
            again = await ana.get(first, headers={"if-none-match": answer.headers["etag"]})
            assert (again.status_code, again.text) == (304, "")
        assert f"{title}. The numbers are in the table below." in page.text


async def test_pictures_are_for_people_who_signed_in(
    story: World, stranger: httpx.AsyncClient
) -> None:
    assert (await stranger.get("/stats/charts/deployments.svg")).status_code == 401
    async with story.signed_in("ana") as ana:
        for wrong in ("nothing.svg", "nights.svg?theme=pink", "nights.svg?size=huge"):
            assert (await ana.get(f"/stats/charts/{wrong}")).status_code == 404
        assert (await ana.get("/stats/charts/nights.svg?from=never")).status_code == 422


async def test_where_nothing_can_be_drawn_the_page_is_there_and_says_so(story: World) -> None:
    await story.deploys("d1", name="<b>")
    drawing = story.midwatch.drawing
    assert isinstance(drawing, Drawer)
    drawing.command = (sys.executable, "-I", "-c", "import os; os.abort()")
    async with story.signed_in("ana") as ana:
        page = await ana.get("/stats")
        assert page.status_code == 200
        answer = await ana.get(pictures(page)[0])
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"
    assert "This chart could not be drawn. Reload" in answer.text
    assert "The one deployment caused no downtime" in answer.text
    await story.goes_down()
    assert story.phone("ana"), "and paging goes on"


def test_a_text_keeps_the_room_that_was_planned_for_it() -> None:
    text = '<text transform="x" font-size="13px" fill="#000">{}</text>'
    bold = '<text font-size="16px" font-weight="bold">{}</text>'
    lines = '<tspan>12 &amp; 3</tspan><tspan x="0" dy="20">\u65e5\u672c</tspan>'
    svg = kept(f"<svg>{text.format('2 h')}{bold.format(lines)}</svg>".encode()).decode()
    assert 'fill="#000" textLength="18.07" lengthAdjust="spacingAndGlyphs">2 h</text>' in svg
    assert '<tspan textLength="47.14" lengthAdjust="spacingAndGlyphs">12 &amp; 3' in svg
    assert '<tspan x="0" dy="20">\u65e5\u672c</tspan>' in svg, "not known: as the font has it"


@pytest.mark.parametrize("text", ["Zo\u00eb", "Zoe"])
def test_an_accent_takes_no_room(text: str) -> None:
    assert width(text, 1000) == 611 + 556 + 556


def test_a_name_that_was_cut_keeps_its_room_too() -> None:
    assert width("Zoe\u2026", 1000) == 611 + 556 + 556 + 1000
    assert width("Zoe\u2026", 1000, bold=True) is not None
