"""The forms of an incident's page do what they say, and say what came of it."""

import httpx

from bot.core.signal import Level
from tests.stories.world import World
from tests.web.reading import press, token, told, words


async def test_i_have_it_stops_the_teams_pages_and_says_so(story: World) -> None:
    await story.reports(Level.DOWN)
    async with story.signed_in("ana") as ana:
        before = words(await ana.get("/incidents/1"))
        assert "IT: nobody yet, next page 03:15" in before
        after = await press(ana, "acknowledge")
        assert told(after) == "You have it. Your team is no longer paged."
        assert "IT: Ana has it, 03:12" in words(after)
        assert "Development: nobody yet" in words(after)
        assert "has it for IT (on the web page)" in words(after)
        assert told(await press(ana, "acknowledge")) == (
            "Your team had it already, so nothing was changed."
        )
    texts = len(story.phone("ana"))
    await story.passes(minutes=4, step=60)
    assert len(story.phone("ana")) == texts
    assert any("STILL DOWN" in text for text in story.phone("bo"))


async def test_somebody_of_no_team_of_it_changes_nothing(story: World) -> None:
    await story.reports(Level.DOWN)
    async with story.signed_in("eve") as eve:
        assert "none of this incident's teams" in told(await press(eve, "acknowledge"))
    assert await story.tracks() == {"it": "paging", "development": "paging"}


async def test_escalate_pages_the_others_before_their_time(story: World) -> None:
    await story.reports(Level.DOWN)
    async with story.signed_in("ana") as ana:
        await press(ana, "acknowledge")
        await story.passes(seconds=30, step=5)
        assert len(story.phone("bo")) == 1
        assert told(await press(ana, "escalate")).startswith("Escalated")
        await story.passes(seconds=30, step=5)
        assert len(story.phone("bo")) == 2


async def test_resolve_is_refused_while_it_is_down(story: World) -> None:
    await story.reports(Level.DOWN)
    async with story.signed_in("bo") as bo:
        refused = await press(bo, "resolve")
        assert told(refused).startswith("It stays open: it is still down.")
        assert "HTTP 503" in words(refused)
        assert await story.open_incidents() == [1]


async def test_what_is_over_stays_over(story: World) -> None:
    await story.reports(Level.DOWN)
    async with story.signed_in("bo") as bo:
        stale = {"csrf": token(await bo.get("/incidents/1"))}
        await story.reports(Level.UP)
        for action in ("acknowledge", "escalate", "resolve", "silence"):
            form = {**stale, "minutes": "30"}
            after = await bo.post(f"/incidents/1/{action}", data=form, follow_redirects=True)
            assert told(after) == "It is over already, so there was nothing to do."
            assert "I have it" not in words(after)
    assert await story.tracks() == {"it": "resolved", "development": "resolved"}


async def test_quiet_holds_the_pages_until_its_end(story: World) -> None:
    await story.reports(Level.DOWN)
    before = len(story.phone("bo"))
    async with story.signed_in("ana") as ana:
        after = await press(ana, "silence", minutes="45")
        page = (await ana.get("/incidents/1")).text
        assert "End the quiet" in page
        assert told(after).startswith("Quiet.")
        assert "Quiet until 03:57, by Ana" in words(after)
        assert "checkout until 03:57 silence, by Ana" in words(await ana.get("/"))
    await story.passes(minutes=10, step=60)
    assert len(story.phone("bo")) == before


async def test_a_span_that_is_none_is_named(bo: httpx.AsyncClient) -> None:
    for minutes in ("0", "-5", "10081", "", "ten", "1e3", "9" * 5000, "٣"):
        answer = await press(bo, "silence", minutes=minutes)
        assert answer.status_code == 422, minutes[:9]
        assert "minutes: a whole number from 1 to 10080" in words(answer)


async def test_the_cause_is_decided_and_changed(story: World) -> None:
    await story.deploys("d1", version="v1.42")
    await story.deploys("d0", version="v1.41", ago=3000)
    await story.deploys("s1", version="v9-staging", environment="staging", ago=1)
    await story.reports(Level.DOWN)
    async with story.signed_in("bo") as bo:
        page = await bo.get("/incidents/1")
        assert 'value="deployment:d1"' in page.text
        assert "v9-staging" not in page.text
        after = await press(bo, "cause", deployment="deployment:d0", note="old cache & co")
        assert told(after) == "Noted. It can be changed at any time."
        assert "Decided by Bo, 03:12: v1.41" in words(after)
        assert "old cache & co" in words(after)
        assert "#1 confirmed" in words(await bo.get("/deployments"))
        after = await press(bo, "cause", deployment="other", note="a cable")
        assert "Decided by Bo, 03:12: not a deployment: a cable" in words(after)
        assert "#1" not in words(await bo.get("/deployments"))
        for unknown in ("deployment:nope", "", "deployment:", "\x00"):
            after = await press(bo, "cause", deployment=unknown)
            assert told(after).startswith("Nothing was changed: choose one")
    cause = (await story.incident()).cause
    assert cause is not None
    assert (cause.kind, cause.note, cause.by) == ("other", "a cable", "bo")


async def test_without_a_database_nothing_is_kept_and_the_page_says_so(story: World) -> None:
    await story.reports(Level.DOWN)
    async with story.signed_in("ana") as ana:
        form = {"csrf": token(await ana.get("/incidents/1"))}
        await story.loses_its_database()
        answer = await ana.post("/incidents/1/acknowledge", data=form)
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "5"
        assert "nothing was kept. Please try again" in words(answer)
        home = await ana.get("/")
        assert home.status_code == 503
        assert 'http-equiv="refresh"' in home.text  # a screen on the wall comes back by itself
        link = story.midwatch.sessions.link("bo")
        assert (await ana.post(link)).status_code == 503
        await story.gets_its_database_back()
        assert (await ana.post(link)).status_code == 303
    async with story.signed_in("ana") as ana:
        assert told(await press(ana, "acknowledge")).startswith("You have it")


async def test_an_unknown_incident_is_not_found(bo: httpx.AsyncClient) -> None:
    for number in ("2", "0", "-1", "x", "9" * 40, "1.0", "%00", "٣"):
        answer = await bo.get(f"/incidents/{number}")
        assert answer.status_code == 404, number
        assert "There is no incident #" in words(answer)


async def test_an_unknown_deed_or_a_huge_form_is_refused(bo: httpx.AsyncClient) -> None:
    form = {"csrf": token(await bo.get("/incidents/1"))}
    assert (await bo.post("/incidents/1/explode", data=form)).status_code == 404
    form["note"] = "x" * 70_000
    assert (await bo.post("/incidents/1/cause", data=form)).status_code == 413
    text = {"content-type": "application/x-www-form-urlencoded"}
    broken = await bo.post("/incidents/1/cause", content=b"\xff=1", headers=text)
    assert broken.status_code == 400


async def test_a_quiet_is_ended_on_the_page_and_what_is_down_is_paged_again(story: World) -> None:
    await story.goes_down()
    async with story.signed_in("ana") as ana:
        await press(ana, "silence", minutes="45")
        await story.passes(minutes=2, step=30)
        before = len(story.phone("bo"))
        after = await press(ana, "unsilence")
        await story.passes(seconds=40, step=10)
        assert "No longer quiet. What is down is paged again." in words(after)
        assert len(story.phone("bo")) == before + 1
        assert "End the quiet" not in (await ana.get("/incidents/1")).text
