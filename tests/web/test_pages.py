"""What the pages show, to whom, and how they answer when something is wrong."""

from datetime import timedelta
from pathlib import Path

import httpx
from starlette.requests import Request

from bot.core.deployment import DeploymentState, Report
from bot.core.events import DeploymentReported
from bot.core.signal import Level
from bot.web.app import SECURITY
from bot.web.pages import shipped
from tests.stories.setting import CONFIG
from tests.stories.world import World, world
from tests.web.reading import words

HTML = "text/html; charset=utf-8"


async def test_the_page_now_when_all_is_well(story: World) -> None:
    async with story.signed_in("ana") as ana:
        page = await ana.get("/")
        said = words(page)
        assert "Nothing is down" in said
        assert "up checkout up payments" in said
        assert "IT: Ana Development: Bo Payments: Eve" in said
        assert "None reported yet. A pipeline reports one with midwatch deploy record" in said
        assert "Recently resolved None." in said
        assert '<noscript><meta http-equiv="refresh" content="15"></noscript>' in page.text
        empty = words(await ana.get("/deployments"))
        assert "None yet. A pipeline reports one" in empty


async def test_no_page_into_which_people_write_reloads_itself(
    story: World, stranger: httpx.AsyncClient
) -> None:
    await story.reports(Level.DOWN)
    async with story.signed_in("ana") as ana:
        for path in ("/incidents/1", "/maintenance", "/login", "/nothing", "/docs"):
            assert "http-equiv" not in (await ana.get(path)).text, path
    link = story.midwatch.sessions.link("ana")
    assert "http-equiv" not in (await stranger.get(link)).text


async def test_an_outage_from_its_first_minute_to_its_end(story: World) -> None:
    await story.deploys("d1", version="v1.42")
    await story.goes_down()
    async with story.signed_in("ana") as ana:
        said = words(await ana.get("/"))
        assert "1 open incident #1 checkout triggered" in said
        assert "503" in said
        assert "Last deployment: v1.42 a1b2c3d by Bo, 5 min before, suspected" in said
        assert "IT: nobody yet" in said
        assert "Not right" not in said
        full = words(await ana.get("/incidents/1"))
        assert "3 of 3 tries; last good 03:12" in full
        assert "Ana IT sms delivered step" in full
        await story.comes_up()
        said = words(await ana.get("/"))
        assert "Nothing is down" in said
        assert "was it the deployment?" in said
        over = await ana.get("/incidents/1")
        assert "IT: nobody said they had it" in words(over)
        assert "/incidents/1/acknowledge" not in over.text


async def test_what_is_slow_shows_beside_what_is_down(story: World) -> None:
    await story.reports(Level.DOWN, "checkout")
    await story.reports(Level.DEGRADED, "payments")
    async with story.signed_in("ana") as ana:
        said = words(await ana.get("/"))
        assert "1 open incident" in said
        assert "Not right, and nobody is paged for it degraded payments" in said


async def test_times_are_the_readers(tmp_path: Path) -> None:
    config = CONFIG.replace("slack: U0BO,", "slack: U0BO, timezone: Asia/Tokyo,")
    async with world(tmp_path, config) as story:
        await story.reports(Level.DOWN, began=60)
        async with story.signed_in("bo") as bo, story.signed_in("ana") as ana:
            in_tokyo = await bo.get("/incidents/1")
            assert "Down since 12:11" in words(in_tokyo)
            assert "Times are JST (Asia/Tokyo)" in words(in_tokyo)
            assert 'datetime="2026-11-24T03:11:15+00:00"' in in_tokyo.text
            assert 'title="Tue 24 Nov 2026 12:11:15 JST"' in in_tokyo.text
            assert "Down since 03:11" in words(await ana.get("/incidents/1"))
            story.clock.forward(11 * 3600)  # ... and with the day, once it is another one
            assert "Down since 03:11" in words(await ana.get("/incidents/1"))
            assert "Down since 24 Nov 12:11" not in words(await bo.get("/incidents/1"))
            story.clock.forward(54 * 60)
            assert "Down since 24 Nov 12:11" in words(await bo.get("/incidents/1"))


async def test_every_answer_carries_the_security_headers(story: World) -> None:
    async with story.signed_in("ana") as ana:
        for path in (
            "/",
            "/login",
            "/docs",
            "/static/midwatch.css",
            shipped("live.js"),
            "/readyz",
            "/api/x",
            "/nothing",
        ):
            headers = (await ana.get(path)).headers
            assert {name: headers.get(name) for name in SECURITY} == SECURITY, path
            kept = headers.get("cache-control") != "no-store"
            assert kept == path.startswith("/static/"), path


async def test_people_get_a_page_and_programs_json(
    story: World, stranger: httpx.AsyncClient
) -> None:
    @story.midwatch.app.get("/broken")
    async def broken(request: Request) -> None:
        raise RuntimeError("a secret of the inside")

    @story.midwatch.app.get("/api/broken")
    async def broken_too(request: Request) -> None:
        raise RuntimeError("a secret of the inside")

    for method, path, status, said in (
        ("GET", "/nothing", 404, "There is nothing at this address."),
        ("DELETE", "/", 405, "This address cannot be used like that."),
        ("GET", "/broken", 500, "That is a fault of Midwatch"),
    ):
        page = await stranger.request(method, path)
        assert (page.status_code, page.headers["content-type"]) == (status, HTML)
        assert said in words(page)
        assert "secret of the inside" not in page.text
        assert "Traceback" not in page.text
        assert page.headers["content-security-policy"] == SECURITY["content-security-policy"]
    for method, path, status in (
        ("GET", "/api/nothing", 404),
        ("POST", "/api/services", 405),
        ("GET", "/hooks/nothing", 404),
        ("GET", "/api/broken", 500),
    ):
        answer = await stranger.request(method, path)
        assert answer.status_code == status
        assert set(answer.json()) == {"error"}
        assert "secret" not in answer.text
    assert (await stranger.delete("/")).headers["allow"] == "GET"


async def test_without_a_database_every_page_says_so(story: World) -> None:
    async with story.signed_in("ana") as ana:
        await story.loses_its_database()
        for path in ("/", "/incidents/1", "/deployments"):
            page = await ana.get(path)
            assert (page.status_code, page.headers["content-type"]) == (503, HTML)
            assert "The database does not answer" in words(page)
        headers = {"authorization": f"Bearer {story.installed.env['API_TOKEN']}"}
        answer = await ana.get("/api/incidents", headers=headers)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "database" in answer.json()["error"]
        await story.gets_its_database_back()


async def test_older_deployments_are_a_link_away(story: World) -> None:
    for turn in range(51):
        await story.midwatch.engine.receive(f"deployed:{turn}", deployed(story, turn))
    await story.midwatch.engine.work()
    await story.midwatch.engine.work()
    async with story.signed_in("ana") as ana:
        first = await ana.get("/deployments?service=checkout")
        assert "v50" in words(first)
        assert "v0 " not in words(first)
        older = first.text.partition('<a href="?')[2].partition('"')[0].replace("&amp;", "&")
        second = await ana.get(f"/deployments?{older}")
        assert "v0 " in words(second)
        assert "v1 " not in words(second)
        assert "None is like that." in words(await ana.get("/deployments?service=payments"))


def deployed(story: World, turn: int) -> DeploymentReported:
    """One of many deployments of checkout, the later ones with the higher number."""
    now = story.clock.now()
    at = now - timedelta(hours=60 - turn)
    report = Report(
        id=f"d{turn}",
        service="checkout",
        environment="production",
        status=DeploymentState.SUCCEEDED,
        version=f"v{turn}",
        started_at=at,
        ended_at=at,
    )
    return DeploymentReported(report, now)


async def test_release_notes_stand_below_their_deployment(story: World) -> None:
    commits = [{"sha": "a1", "message": "feat: <b>vouchers</b>", "author": "Bo"}]
    await story.deploys(commits=commits)
    async with story.signed_in("ana") as ana:
        page = (await ana.get("/deployments")).text
    assert "<summary>1 commit, release notes</summary>" in page
    assert "- &lt;b&gt;vouchers&lt;/b&gt; (Bo)" in page
