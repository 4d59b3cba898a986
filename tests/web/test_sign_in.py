"""Who gets in, how, and for how long."""

import httpx
import pytest

from bot.core.signal import Level
from bot.web.sessions import COOKIE, LINK_LASTS, SESSION_LASTS
from tests.stories.world import World
from tests.web.reading import press, token, words

PAGES = ("/", "/incidents/1", "/deployments")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_without_sign_in_leads_to_the_page_that_says_how(
    stranger: httpx.AsyncClient, path: str
) -> None:
    answer = await stranger.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    said = words(await stranger.get("/login"))
    for way in ("/midwatch login", "send web to", "midwatch login --as YOU"):
        assert way in said


async def test_a_link_shows_a_button_and_the_button_signs_in(
    story: World, stranger: httpx.AsyncClient
) -> None:
    link = story.midwatch.sessions.link("ana")
    for _preview in range(2):  # Slack and phones open links to show what is behind them
        shown = await stranger.get(link)
        assert shown.status_code == 200
        assert "Sign in as Ana" in words(shown)
        assert "set-cookie" not in shown.headers
    pressed = await stranger.post(link)
    assert (pressed.status_code, pressed.headers["location"]) == (303, "/")
    assert "Ana signed in until 15:12 Sign out" in words(await stranger.get("/"))


async def test_the_cookie_is_kept_from_scripts_and_other_sites(
    story: World, stranger: httpx.AsyncClient
) -> None:
    cookie = (
        (await stranger.post(story.midwatch.sessions.link("ana")))
        .headers.get_list("set-cookie")[-1]
        .lower()
    )
    assert cookie.startswith(COOKIE)
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert f"max-age={int(SESSION_LASTS.total_seconds())}" in cookie
    assert "secure" not in cookie  # this world has no https


async def test_a_link_works_once(story: World, stranger: httpx.AsyncClient) -> None:
    link = story.midwatch.sessions.link("ana")
    assert (await stranger.post(link)).status_code == 303
    async with httpx.AsyncClient(base_url=story.url) as somebody_else:
        again = await somebody_else.post(link)
        assert again.status_code == 403
        assert "used before" in words(again)
        assert (await somebody_else.get("/")).status_code == 303


async def test_a_link_is_too_old_after_ten_minutes(
    story: World, stranger: httpx.AsyncClient
) -> None:
    link = story.midwatch.sessions.link("ana")
    story.clock.forward(LINK_LASTS.total_seconds())
    assert (await stranger.get(link)).status_code == 403
    assert (await stranger.post(link)).status_code == 403
    assert (await stranger.get("/")).status_code == 303


async def test_a_forged_link_is_refused(stranger: httpx.AsyncClient) -> None:
    for forge in ("x", "WyJhbmEiLDk5OTk5OTk5OTksIm4iXQ.x", "%00", "é", "a" * 9000):
        assert (await stranger.post(f"/login/{forge}")).status_code == 403, forge
        assert (await stranger.get(f"/login/{forge}")).status_code == 403


async def test_a_link_of_one_person_does_not_become_anothers(
    story: World, stranger: httpx.AsyncClient
) -> None:
    ana, bo = (story.midwatch.sessions.link(who) for who in ("ana", "bo"))
    mixed = bo.rpartition(".")[0] + "." + ana.rpartition(".")[2]
    assert (await stranger.post(mixed)).status_code == 403


async def test_a_forged_cookie_is_nobody(story: World, stranger: httpx.AsyncClient) -> None:
    link_as_cookie = story.midwatch.sessions.link("ana").rpartition("/")[2]
    good = story.midwatch.sessions.cookie("ana")
    for value in ("", "ana", link_as_cookie, good[:-1], good.swapcase(), good + "x"):
        answer = await stranger.get("/", headers={"cookie": f"{COOKIE}={value}"})
        assert answer.status_code == 303, value
    assert (await stranger.get("/", headers={"cookie": f"{COOKIE}={good}"})).status_code == 200


async def test_a_session_ends(story: World) -> None:
    async with story.signed_in("ana") as browser:
        story.clock.forward(SESSION_LASTS.total_seconds() - 1)
        assert (await browser.get("/")).status_code == 200
        story.clock.forward(1)
        cookie = {"cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
        assert (await browser.get("/", headers=cookie)).status_code == 303


async def test_whoever_leaves_the_configuration_is_signed_out(story: World) -> None:
    async with story.signed_in("eve") as browser:
        assert (await browser.get("/")).status_code == 200
        link = story.midwatch.sessions.link("eve")
        await story.reloads("  eve: {", "  zoe: {")
        assert (await browser.get("/")).status_code == 200  # the team still names her: refused
        await story.reloads("members: [eve]", "members: [zoe]")
        assert (await browser.get("/")).status_code == 303
        assert (await browser.post(link)).status_code == 403


async def test_signing_out_takes_the_cookie_away(story: World) -> None:
    async with story.signed_in("ana") as browser:
        home = await browser.get("/")
        assert (await browser.post("/logout")).status_code == 403  # without the token
        out = await browser.post("/logout", data={"csrf": token(home)})
        assert (out.status_code, out.headers["location"]) == (303, "/login")
        assert (await browser.get("/")).status_code == 303


async def test_signing_out_ends_the_session_for_a_copy_of_its_cookie_too(story: World) -> None:
    async with story.signed_in("ana") as browser, story.signed_in("ana") as other:
        copied = {"cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
        await browser.post("/logout", data={"csrf": token(await browser.get("/"))})
        async with httpx.AsyncClient(base_url=story.url) as thief:
            assert (await thief.get("/", headers=copied)).status_code == 303
        assert (await other.get("/")).status_code == 200  # another sign-in is another session


ADDRESSES = (
    "/incidents/7",
    "/deployments?service=checkout&from=2026-11-01&incidents=confirmed",
    "/incidents?cause=undecided&state=resolved",
    "/stats?period=90&service=caf%C3%A9%20%26%20bar",
    "/audit?kind=deployment&to=2026-11-24T03%3A12%3A00%2B01%3A00",
    "/releases/build%2F12:x",
    "/?x=1",
)
LEAD_ELSEWHERE = (
    ("GET", "/incidents/7?told=yours", "/incidents/7"),
    ("POST", "/incidents/7/acknowledge?x=1", "/incidents/7"),
    ("GET", "/incidents/7/timeline.md", "/incidents/7"),
    ("GET", "/deployments?service=" + "x" * 2000, "/deployments"),
)


async def test_after_signing_in_one_is_where_one_wanted_to_be(
    story: World, stranger: httpx.AsyncClient
) -> None:
    for method, address, comes in [*(("GET", it, it) for it in ADDRESSES), *LEAD_ELSEWHERE]:
        asked = await stranger.request(method, address)
        assert (asked.status_code, asked.headers["location"]) == (303, "/login"), address
        answer = await stranger.post(story.midwatch.sessions.link("ana"))
        assert answer.headers["location"] == comes
        assert "midwatch_next" not in stranger.cookies
        stranger.cookies.clear()


async def test_no_cookie_leads_away_from_here(story: World, stranger: httpx.AsyncClient) -> None:
    for path in (
        "//evil.example",
        "https:%2F%2Fevil.example",
        "/%2Fevil",
        "/\\e",
        "%2Fincidents%2F..%2F..%2F%2Fevil.example",
        "%2F%40evil.example",
        "%2Fstats%3Fa%0D%0ALocation%3A%20https%3A%2F%2Fevil.example",
        "%2Fstats%3Fa%23b%5C",
        "%2Flogout",
    ):
        link = story.midwatch.sessions.link("ana")
        answer = await stranger.post(link, headers={"cookie": f"midwatch_next={path}"})
        assert answer.headers["location"] == "/", path


async def test_a_form_of_another_session_or_another_site_is_refused(story: World) -> None:
    await story.reports(Level.DOWN)
    async with story.signed_in("ana") as ana, story.signed_in("bo") as bo:
        of_bo = token(await bo.get("/incidents/1"))
        refused = await ana.post("/incidents/1/acknowledge", data={"csrf": of_bo})
        assert refused.status_code == 403
        own = {"csrf": token(await ana.get("/incidents/1"))}
        elsewhere = {"sec-fetch-site": "cross-site"}
        refused = await ana.post("/incidents/1/acknowledge", data=own, headers=elsewhere)
        assert refused.status_code == 403
        assert await story.tracks() == {"it": "paging", "development": "paging"}
        await press(ana, "acknowledge")
        assert (await story.tracks())["it"] == "acknowledged by ana"
