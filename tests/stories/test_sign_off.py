"""A build waits on staging, a manager presses one button in Slack, and it goes to production."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request, Response

from bot.core.release import Release, ReleaseState, TriggerState
from bot.sandbox.server import listening
from tests.stories.setting import CONFIG, Json
from tests.stories.world import World, world

SHA = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2"
SECRET = "whsec_" + b64encode(b"k" * 32).decode()


class Pipeline:
    """Any program that deploys what a signed request tells it to."""

    def __init__(self) -> None:
        self.orders: list[Json] = []
        self.status, self.hangs_up = 202, False

    async def take(self, request: Request) -> Response:
        body = await request.body()
        id_, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        told = f"{id_}.{at}.".encode() + body
        mine = b64encode(hmac.new(b"k" * 32, told, hashlib.sha256).digest()).decode()
        assert request.headers["webhook-signature"] == f"v1,{mine}"
        self.orders.append(await request.json())
        return Response(status_code=self.status)


@asynccontextmanager
async def releasing(folder: Path) -> AsyncIterator[tuple[World, Pipeline]]:
    """checkout is signed by Eve or Ana, and deployed by a webhook; its database by hand."""
    pipeline, app = Pipeline(), FastAPI()
    app.post("/deploy")(pipeline.take)
    async with listening(app) as url:
        staging = 'staging_checks: [{http: "SERVICES/services/staging/health", timeout: 1s}]'
        rules = (
            f"sign_off: {{approvers: [eve, ana], services: [checkout], soak: 1m, "
            f'trigger: {{webhook: "{url}/deploy"}}}}\n'
        )
        config = rules + CONFIG.replace(
            "repository: acme/checkout",
            f"repository: acme/checkout\n    by_hand: [database]\n    {staging}",
        )
        async with world(folder, config, RELEASE_WEBHOOK_SECRET=SECRET) as story:
            yield story, pipeline


async def announces(story: World, **fields: object) -> Json:
    body = {
        "id": "b42",
        "service": "checkout",
        "version": "v1.42",
        "sha": SHA,
        "artifact": "sha256:feed",
        "by": "Bo",
        "commits": [{"sha": "c" * 40, "message": "feat: vouchers", "author": "Bo"}],
        **fields,
    }
    answer = await story.post("/hooks/releases", body)
    assert answer.status_code == 200, answer.text
    await story.settle()
    told: Json = answer.json()
    return told


async def release(story: World, id_: str = "b42") -> Release:
    found = await story.midwatch.store.release(id_)
    assert found is not None
    return found


def card(story: World) -> str:
    return story.sandbox.slack.messages("#releases")[0].words.replace("*", "")


async def presses(story: World, who: str, button: str) -> list[str]:
    slack, user = story.sandbox.slack, {"ana": "U0ANA", "bo": "U0BO", "eve": "U0EVE"}[who]
    before = len(slack.ephemerals(user, "#releases"))
    await slack.click(user, slack.messages("#releases")[0].ts, button)
    await story.settle()
    return [m.text for m in slack.ephemerals(user, "#releases")[before:]]


def under_card(story: World) -> list[str]:
    slack = story.sandbox.slack
    ts = slack.messages("#releases")[0].ts
    return [m.words for m in slack.thread("#releases", ts)[1:]]


async def test_from_the_announcement_to_production(tmp_path: Path) -> None:
    async with releasing(tmp_path) as (story, pipeline):
        told = await announces(story)
        assert told["url"].endswith("/releases/b42")
        await story.passes(seconds=30, step=5)
        assert "v1.42 of checkout waits on staging" in card(story)
        assert "feat: vouchers — Bo" in card(story)
        await story.passes(seconds=60, step=5)
        assert "v1.42 of checkout can be signed" in card(story)
        assert "By hand: database (to do)" in card(story)
        assert "May sign: Eve and Ana" in card(story)
        assert "You are not among the approvers" in (await presses(story, "bo", "Approve"))[0]
        assert pipeline.orders == []
        await presses(story, "eve", "Approve")
        assert [order["data"]["sha"] for order in pipeline.orders] == [SHA]
        assert (await release(story)).trigger is TriggerState.STARTED
        assert "Approved by Eve" in card(story)
        await story.deploys("run-7", sha=SHA, artifact="sha256:feed", status="started", ago=0)
        assert (await release(story)).state is ReleaseState.DEPLOYED
        assert "is deployed" in card(story)
        await presses(story, "ana", "Done: database")
        assert "database (done by Ana" in card(story)
        assert under_card(story)[-1].startswith("database: done by Ana")
        assert not any("Not signed" in m.words for m in story.sandbox.slack.messages("#releases"))
        kinds = await story.audited()
        wanted = ["release_announced", "release_ready", "signature_refused", "release_approved"]
        wanted += ["release_trigger_started", "release_deployed", "part_done"]
        assert [kind for kind in kinds if kind in wanted] == wanted


async def test_staging_that_breaks_takes_the_button_away_and_a_restart_forgets_nothing(
    tmp_path: Path,
) -> None:
    async with releasing(tmp_path) as (story, _):
        await announces(story)
        await story.passes(seconds=90, step=5)
        assert (await release(story)).state is ReleaseState.READY
        story.services["staging"].break_down(503)
        await story.passes(seconds=40, step=5)
        assert "Not yet: on staging" in card(story)
        await story.restarts()
        story.services["staging"].mend()
        await story.passes(seconds=50, step=5)
        assert (await release(story)).state is ReleaseState.WAITING
        await story.passes(seconds=60, step=5)
        assert (await release(story)).state is ReleaseState.READY


async def signs_while_it_answers(story: World, pipeline: Pipeline, status: int) -> None:
    """Eve signs a good build, and the pipeline answers the order so."""
    await announces(story)
    await story.passes(seconds=90, step=5)
    pipeline.status = status
    await presses(story, "eve", "Approve")


async def test_an_order_whose_answer_is_an_error_is_not_sent_again_and_a_person_is_asked(
    tmp_path: Path,
) -> None:
    async with releasing(tmp_path) as (story, pipeline):
        await signs_while_it_answers(story, pipeline, 502)
        await story.passes(minutes=4, step=10)
        assert len(pipeline.orders) == 1
        assert "Nobody can tell whether" in under_card(story)[-1]
        pipeline.status = 202
        await presses(story, "ana", "Set it in motion again")
        assert len(pipeline.orders) == 2
        assert pipeline.orders[1]["data"]["attempt"] == 2


async def test_an_order_that_waited_is_not_sent_once_the_signed_build_is_out(
    tmp_path: Path,
) -> None:
    async with releasing(tmp_path) as (story, pipeline):
        await signs_while_it_answers(story, pipeline, 429)
        assert len(pipeline.orders) == 1
        pipeline.status = 202
        await story.deploys("run-7", sha=SHA, artifact="sha256:feed", status="started", ago=0)
        assert (await release(story)).state is ReleaseState.DEPLOYED
        await story.passes(seconds=120, step=5)
        assert len(pipeline.orders) == 1


async def test_an_order_that_waited_is_not_sent_once_a_deployment_is_blamed_for_an_outage(
    tmp_path: Path,
) -> None:
    async with releasing(tmp_path) as (story, pipeline):
        await announces(story)
        await story.deploys("run-6", sha="e" * 40, version="v1.41")
        await story.passes(seconds=90, step=5)
        pipeline.status = 429
        await presses(story, "eve", "Approve")
        pipeline.status = 202
        await story.goes_down()
        await story.clicks("bo", "This deployment")
        await story.passes(seconds=60, step=5)
        assert len(pipeline.orders) == 1
        assert (await release(story)).trigger is TriggerState.FAILED
        assert "frozen until #1 is resolved: nothing was ordered" in under_card(story)[-1]


async def test_an_order_that_waited_longer_than_its_signature_lasts_is_not_sent(
    tmp_path: Path,
) -> None:
    async with releasing(tmp_path) as (story, pipeline):
        await signs_while_it_answers(story, pipeline, 429)
        pipeline.status = 202
        await story.stops()
        story.clock.forward(25 * 3600)
        await story.starts()
        await story.passes(seconds=60, step=5)
        assert len(pipeline.orders) == 1
        assert (await release(story)).state is ReleaseState.EXPIRED


async def test_the_id_of_a_release_may_be_what_a_pipeline_calls_its_run(tmp_path: Path) -> None:
    async with releasing(tmp_path) as (story, _):
        told = await announces(story, id="acme/checkout#42?a b")
        (link,) = (m.words for m in story.sandbox.slack.messages("#releases"))
        assert "/releases/acme%2Fcheckout%2342%3Fa%20b" in told["url"]
        assert told["url"] in link


async def test_a_rejection_asks_why(tmp_path: Path) -> None:
    async with releasing(tmp_path) as (story, pipeline):
        await announces(story)
        await story.passes(seconds=30, step=5)
        slack = story.sandbox.slack
        await presses(story, "eve", "Reject")
        await story.sandbox.journal.until(lambda: slack.modal("U0EVE") is not None)
        await slack.submit("U0EVE", values={"reason": "the vouchers are not translated"})
        await story.settle()
        assert "Rejected by Eve" in card(story)
        assert "the vouchers are not translated" in under_card(story)[-1]
        assert pipeline.orders == []


async def test_a_deployment_that_nobody_signed_is_flagged_at_once(tmp_path: Path) -> None:
    async with releasing(tmp_path) as (story, _):
        await story.deploys("run-8", sha="f" * 40, version="v9", status="started", ago=0)
        (flag,) = story.sandbox.slack.messages("#releases")
        assert flag.words.startswith("*Not signed:* v9 of checkout is being deployed to production")
        assert "NOT SIGNED: v9 of checkout: nobody approved it" in story.phone("eve")
        assert "unsigned_deployment" in await story.audited()


async def test_what_needs_no_signature_or_makes_no_sense_is_answered_with_the_field(
    tmp_path: Path,
) -> None:
    async with releasing(tmp_path) as (story, _):
        wrong = await story.post("/hooks/releases", {"id": "b", "service": "payments", "sha": SHA})
        assert (wrong.status_code, wrong.json()["field"]) == (400, "service")
        bare = await story.post("/hooks/releases", {"id": "b", "service": "checkout"})
        assert (bare.status_code, bare.json()["field"]) == (400, "sha")
        odd = {"id": "b", "service": "checkout", "sha": SHA, "mends": "many"}
        assert (await story.post("/hooks/releases", odd)).json()["field"] == "mends"
