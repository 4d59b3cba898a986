"""Signing works on the web page too: when Slack is down it is the only way."""

from pathlib import Path

import httpx

from tests.stories.test_sign_off import SHA, announces, release, releasing
from tests.web.reading import token, told, words


async def send(browser: httpx.AsyncClient, **fields: str) -> httpx.Response:
    page = await browser.get("/releases/b42")
    form = {"csrf": token(page), **fields}
    return await browser.post("/releases/b42", data=form, follow_redirects=True)


async def test_from_the_list_to_the_signature_and_the_tick(tmp_path: Path) -> None:
    async with releasing(tmp_path) as (story, pipeline):
        await announces(story)
        await story.passes(seconds=20, step=10)
        async with story.signed_in("eve") as eve:
            waiting = words(await eve.get("/releases/b42"))
            assert "You cannot approve it now: v1.42 of checkout cannot be signed yet" in waiting
            await story.passes(seconds=70, step=10)
            assert "v1.42 a1b2c3d by Bo ready" in words(await eve.get("/releases"))
            unsure = await send(eve, action="approve")
            assert unsure.status_code == 422
            async with story.signed_in("bo") as bo:
                assert "You are not among the approvers" in words(await bo.get("/releases/b42"))
                refused = await send(bo, action="approve", sure="yes")
                assert "You are not among the approvers" in told(refused)
            assert pipeline.orders == []
            after = words(await send(eve, action="approve", sure="yes"))
            assert "Approved by Eve" in after
            await story.settle()
            assert len(pipeline.orders) == 1
            assert "was approved by Eve" in told(await send(eve, action="reject", reason="late"))
            ticked = words(await send(eve, action="done", part="0"))
            assert "database: done by Eve" in ticked
        assert (await story.api("/api/releases"))["items"][0]["decided_by"] == "eve"
        one = await story.api("/api/releases/b42")
        assert (one["status"], one["sha"], one["developers"]) == ("approved", SHA, ["bo"])
        assert one["by_hand"][0]["done_by"] == "eve"
        assert one["trigger"] == "started"
        await story.deploys("d42", version="v1.42", sha=SHA, ago=0, took=0.1)
        async with story.signed_in("bo") as bo:
            shipped = await bo.get("/deployments?environment=production")
            assert '<a href="/releases/b42">Eve</a>' in shipped.text


async def test_without_a_session_or_from_another_page_nothing_is_signed(tmp_path: Path) -> None:
    async with releasing(tmp_path) as (story, pipeline):
        await announces(story)
        await story.passes(seconds=90, step=10)
        async with httpx.AsyncClient(base_url=story.url, trust_env=False) as stranger:
            page = await stranger.get("/releases/b42")
            assert (page.status_code, page.headers["location"]) == (303, "/login")
        async with story.signed_in("eve") as eve:
            forged = {"csrf": "f" * 64, "action": "approve", "sure": "yes"}
            assert (await eve.post("/releases/b42", data=forged)).status_code == 403
            assert (await eve.get("/releases/nothing")).status_code == 404
        assert pipeline.orders == []
        assert (await release(story)).decided_by is None
