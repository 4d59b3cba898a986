"""Pages that keep themselves up to date: what they ask, and what they are told."""

import re

import httpx

from tests.stories.world import World
from tests.web.reading import press, token, words

POLL = {"HX-Request": "true"}
FOLLOWING = ("/", "/incidents", "/incidents/1", "/deployments")


def asks(page: httpx.Response) -> str:
    """The address that a page asks for what is new."""
    found = re.search(r'hx-get="([^"]*)"', page.text)
    assert found, "this page does not follow what happens"
    return found[1].replace("&amp;", "&")


async def test_while_nothing_changes_the_answer_is_empty(bo: httpx.AsyncClient) -> None:
    for path in FOLLOWING:
        whole = await bo.get(path)
        part = await bo.get(asks(whole), headers=POLL)
        assert part.status_code == 200, path
        assert "<header" not in part.text
        assert "<title>" in part.text
        assert len(part.text) < len(whole.text)
        again = await bo.get(path, headers={**POLL, "If-None-Match": part.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["midwatch-time"] == "03:12:15"
    page = await bo.get("/deployments?service=checkout&state=failed&from=2026-11-01")
    assert asks(page) == "/deployments?service=checkout&state=failed&from=2026-11-01"


async def test_what_changed_comes_without_the_form_that_changed_it(
    story: World, bo: httpx.AsyncClient
) -> None:
    before = await bo.get("/incidents/1", headers=POLL)
    done = await press(bo, "acknowledge")
    assert "told=yours" in str(done.url)
    assert asks(done) == "/incidents/1"
    known = {**POLL, "If-None-Match": before.headers["etag"]}
    after = await bo.get("/incidents/1", headers=known)
    assert after.status_code == 200
    assert "#1 checkout triggered, Development: Bo has it." in words(after)
    assert "You have it" not in words(after)


async def test_a_page_is_told_that_the_database_is_away_or_its_session_over(
    story: World, bo: httpx.AsyncClient
) -> None:
    page = await bo.get("/incidents/1")
    await story.loses_its_database()
    answer = await bo.get("/", headers=POLL)
    assert (answer.status_code, answer.content) == (503, b"")
    await story.gets_its_database_back()
    assert (await bo.get("/", headers=POLL)).status_code == 200
    await bo.post("/logout", data={"csrf": token(page)})
    answer = await bo.get("/incidents/1", headers=POLL)
    assert (answer.status_code, answer.content) == (401, b"")
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers


async def test_scripts_and_styles_are_ours_alone_and_kept_while_they_are_the_same(
    bo: httpx.AsyncClient,
) -> None:
    for path in (*FOLLOWING, "/stats"):
        page = await bo.get(path)
        assert "unsafe" not in page.headers["content-security-policy"]
        assert re.search(r"<script(?! defer src=\"/static/)", page.text) is None
        assert re.search(r"\s(style|on\w+)=", page.text) is None
        assert ('"allowEval":false' in page.text) == (path in FOLLOWING)
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', (await bo.get("/")).text)
    files = {it.partition("?")[0].rpartition("/")[2] for it in named}
    assert files >= {"midwatch.css", "htmx.min.js", "idiomorph.min.js", "live.js"}
    for address in set(named):
        answer = await bo.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
    for other in ("/static/live.js", "/static/gone.js?v=1"):
        assert "immutable" not in (await bo.get(other)).headers.get("cache-control", "")
