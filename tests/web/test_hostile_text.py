"""What others wrote is shown as they wrote it and does nothing: in pages, in JSON, in errors."""

import re
from datetime import UTC, datetime

import httpx

from bot.core.signal import Level
from bot.web.mrkdwn import to_html, to_plain, web_url
from tests.stories.world import World
from tests.web.reading import press, words

SCRIPT = "<script>alert(1)</script>"
BREAK_OUT = "\"'><img src=x onerror=alert(2)>"
TURNED = "safe\u202egnp.exe\u2066"
NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)


async def test_a_hostile_deployment_is_shown_and_does_nothing(story: World) -> None:
    commits = [{"sha": "a1b2c3d4", "message": f"{SCRIPT}{TURNED}\nmore", "author": BREAK_OUT}]
    await story.deploys(
        f"d<1>{BREAK_OUT}",
        version=f"v1{SCRIPT}",
        by=BREAK_OUT,
        url="https://ci.example/?a=1&b=2",
        commits=commits,
    )
    await story.reports(Level.DOWN)
    async with story.signed_in("bo") as bo:
        await press(bo, "cause", deployment=f"deployment:d<1>{BREAK_OUT}", note=SCRIPT + BREAK_OUT)
        for path in ("/", "/incidents/1", "/deployments", "/deployments?service=" + SCRIPT):
            answer = await bo.get(path)
            assert answer.status_code == 200
            harmless(answer)
        page = await bo.get("/incidents/1")
        assert "Decided by Bo" in words(page)
        assert f"v1{SCRIPT}" in words(page).replace(" ", "")
        assert 'href="https://ci.example/?a=1&amp;b=2"' in page.text
        assert "more" not in words(page).partition("Who was paged")[0].partition("commit")[2]


async def test_an_address_that_is_no_web_page_is_no_link(story: World) -> None:
    for turn, url in enumerate(("javascript:alert(1)", "data:text/html,x", "//evil.example")):
        await story.deploys(f"d{turn}", url=url, ago=5 + turn)
    await story.reports(Level.DOWN)
    async with story.signed_in("bo") as bo:
        for path in ("/incidents/1", "/deployments"):
            page = (await bo.get(path)).text
            assert "javascript:" not in page
            assert "data:text" not in page
            assert "evil.example" not in page


async def test_an_error_page_repeats_nothing_as_markup(
    story: World, stranger: httpx.AsyncClient
) -> None:
    async with story.signed_in("bo") as bo:
        for path in (
            f"/incidents/{SCRIPT}",
            f"/nothing{SCRIPT}",
            f"/deployments?cursor={SCRIPT}%00",
        ):
            harmless(await bo.get(path))
        await story.reports(Level.DOWN)
        harmless(await bo.get(f"/incidents/1?told={SCRIPT}"))
        assert "told" not in (await bo.get(f"/incidents/1?told={SCRIPT}")).text
    assert (await stranger.get(f"/api/{SCRIPT}")).headers["content-type"] == "application/json"


def test_the_timeline_is_put_into_html_safely() -> None:
    for text, shown in {
        "*Ana* has it": "<strong>Ana</strong> has it",
        "at <!date^1795490000^{time}|03:13>, `v1`": "at 21:13, <code>v1</code>",
        "&lt;b&gt; &amp;amp; *x": "&lt;b&gt; &amp;amp; *x",
        SCRIPT: "&lt;script&gt;alert(1)&lt;/script&gt;",
        "`<b>` *<i>*": "<code>&lt;b&gt;</code> <strong>&lt;i&gt;</strong>",
        "&lt;!date^1^{time}|x&gt;": "&lt;!date^1^{time}|x&gt;",
        f"a{TURNED}b\x00c": "asafe gnp.exe b c",
        "&quot;&#60;script&#62;": "&amp;quot;&amp;#60;script&amp;#62;",
    }.items():
        assert str(to_html(text, NOW, "America/Chicago")) == shown


def test_the_timeline_is_told_to_programs_without_markup() -> None:
    for text, told in {
        "*Ana* has it": "Ana has it",
        "until <!date^1795490000^{time}|03:13>, `v1`": "until 03:13, v1",
        "&lt;b&gt; &amp;amp; *x": "<b> &amp; *x",
    }.items():
        assert to_plain(text) == told


def test_only_addresses_of_web_pages_are_links() -> None:
    for good in ("https://ci.example/1?a=b#c", "http://127.0.0.1:8000/x"):
        assert web_url(good) == good
    for bad in (
        *("", None, "javascript:alert(1)", "JAVASCRIPT:alert(1)", " https://a.b", "java\nscript:x"),
        *(
            "data:text/html,x",
            "//a.b",
            "https://",
            "http:///x",
            "https://[",
            "ftp://a.b",
            "mailto:x",
        ),
        *("https://a.b/\u202e", "https://a.b/" + "x" * 3000),
    ):
        assert web_url(bad) is None, bad


def harmless(answer: httpx.Response) -> None:
    """No markup of others, and nothing that turns the direction of what follows."""
    page = re.sub(r'<script defer src="/static/[\w./]+\?v=[0-9a-f]{12}"></script>', "", answer.text)
    page = page.lower()
    assert "<script" not in page
    assert "<img src=x" not in page
    assert not any(mark in page for mark in "\u202e\u2066\x00")
