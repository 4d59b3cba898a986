"""What a signature sets in motion, against servers that speak GitHub's and GitLab's protocols."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from standardwebhooks.webhooks import Webhook
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.core.effects import TriggerRelease
from bot.core.policy import Policy, SignOff
from bot.ports import Permanent, Transient
from bot.release_handlers import correlation
from bot.triggers.gitlab import DeploymentApproval, ManualJob
from bot.triggers.protection_rule import ProtectionRule
from bot.triggers.webhook import SignedWebhook
from bot.triggers.workflow import WorkflowDispatch
from tests.contracts.hooks.world import NOW, FixedClock, serving

ORDER = TriggerRelease(
    release="b42",
    service="checkout",
    trigger="workflow",
    attempt=1,
    approved=True,
    environment="production",
    repository="acme/checkout",
    version="v1.42",
    sha="a" * 40,
    artifact="sha256:feed",
    by="Mia",
)
ID = correlation(ORDER)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
RULES = Policy("UTC", {}, {}, {}, sign_off=SignOff(("mia",), trigger="workflow", workflow="d.yml"))


@dataclass
class Host:
    """GitHub, GitLab or a pipeline: what it was told, and what it answers."""

    told: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    job: dict[str, Any] = field(default_factory=lambda: {"status": "manual"})
    answer: Response | None = None

    def app(self) -> Starlette:
        paths = [
            Route("/repos/acme/checkout", self._repository),
            Route("/repos/acme/checkout/actions/runs", self._runs),
            Route("/projects/acme%2Fcheckout/jobs/12", self._job),
            Route("/projects/acme/checkout/jobs/12", self._job),
            Route("/app/installations/7/access_tokens", self._token, methods=["POST"]),
            Route("/{path:path}", self._tell, methods=["POST"]),
        ]
        return Starlette(routes=paths)

    async def _repository(self, request: Request) -> Response:
        return JSONResponse({"default_branch": "trunk"})

    async def _runs(self, request: Request) -> Response:
        assert request.query_params["event"] == "workflow_dispatch"
        return JSONResponse({"workflow_runs": self.runs})

    async def _job(self, request: Request) -> Response:
        return JSONResponse(self.job)

    async def _token(self, request: Request) -> Response:
        self.told.append(("token", {}, request.headers["authorization"]))
        return JSONResponse({"token": "ghs_installation"}, 201)

    async def _tell(self, request: Request) -> Response:
        body = await request.json()
        auth = request.headers.get("authorization") or request.headers.get("private-token", "")
        self.told.append((request.url.path, body, auth))
        if "webhook-signature" in request.headers:
            id_, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
            moment = datetime.fromtimestamp(int(at), UTC)
            signed = Webhook(SECRET).sign(id_, moment, (await request.body()).decode())
            assert (request.headers["webhook-signature"], id_) == (signed, ID)
        return self.answer or Response(status_code=204)


async def test_a_workflow_is_dispatched_on_the_default_branch_with_what_was_signed() -> None:
    host = Host()
    async with serving(host.app()) as url:
        trigger = WorkflowDispatch("t", lambda: RULES, FixedClock(), api_url=url)
        motion = await trigger.start(ORDER, ID)
        await trigger.close()
    ((path, body, auth),) = host.told
    assert path == "/repos/acme/checkout/actions/workflows/d.yml/dispatches"
    assert (body["ref"], auth) == ("trunk", "Bearer t")
    assert body["inputs"] == {
        "version": "v1.42",
        "sha": "a" * 40,
        "artifact": "sha256:feed",
        "environment": "production",
        "midwatch": ID,
    }
    assert motion.url == "https://github.com/acme/checkout/actions"


async def test_a_run_is_found_by_the_id_in_its_name() -> None:
    host = Host(runs=[{"display_title": "Deploy v1.41 midwatch-other", "html_url": "https://x/1"}])
    async with serving(host.app()) as url:
        trigger = WorkflowDispatch("t", lambda: RULES, FixedClock(), api_url=url)
        assert await trigger.find(ORDER, ID, NOW - timedelta(minutes=2)) is None
        host.runs.append({"name": f"Deploy v1.42 {ID}", "html_url": "https://x/2"})
        found = await trigger.find(ORDER, ID, NOW - timedelta(minutes=2))
        await trigger.close()
    assert found is not None
    assert found.url == "https://x/2"


@pytest.mark.parametrize(
    ("answer", "error", "doubt"),
    [
        (JSONResponse({"message": "Unexpected inputs provided"}, 422), Permanent, False),
        (JSONResponse({"message": "Not Found"}, 404), Permanent, False),
        (JSONResponse({"message": "API rate limit exceeded"}, 429), Transient, False),
        (JSONResponse({}, 502), Transient, True),
    ],
)
async def test_a_refusal_is_none_and_a_broken_answer_is_a_doubt(
    answer: Response, error: type[Exception], doubt: bool
) -> None:
    host = Host(answer=answer)
    async with serving(host.app()) as url:
        trigger = WorkflowDispatch("t", lambda: RULES, FixedClock(), api_url=url)
        with pytest.raises(error) as raised:
            await trigger.start(ORDER, ID)
        await trigger.close()
    assert getattr(raised.value, "may_have_happened", False) is doubt


async def test_a_host_that_cannot_be_reached_has_surely_not_begun() -> None:
    trigger = WorkflowDispatch("t", lambda: RULES, FixedClock(), api_url="http://127.0.0.1:9")
    with pytest.raises(Transient) as raised:
        await trigger.start(ORDER, ID)
    await trigger.close()
    assert not raised.value.may_have_happened


async def test_a_webhook_is_signed_by_the_standard_and_carries_what_was_signed() -> None:
    host = Host()
    async with serving(host.app()) as url:
        trigger = SignedWebhook(SECRET, lambda: f"{url}/deploy", FixedClock())
        await trigger.start(ORDER, ID)
        await trigger.close()
    ((path, body, _),) = host.told
    assert path == "/deploy"
    assert body["type"] == "release.approved"
    assert body["data"]["sha"] == "a" * 40


@pytest.mark.parametrize(("status", "doubt"), [(500, True), (429, False), (503, True)])
async def test_a_webhook_that_fails_may_have_acted_unless_it_asks_for_a_pause(
    status: int, doubt: bool
) -> None:
    host = Host(answer=Response(status_code=status))
    async with serving(host.app()) as url:
        trigger = SignedWebhook(SECRET, lambda: f"{url}/deploy", FixedClock())
        with pytest.raises(Transient) as raised:
            await trigger.start(ORDER, ID)
        await trigger.close()
    assert raised.value.may_have_happened is doubt


async def test_a_webhook_that_redirects_is_refused_and_not_followed() -> None:
    host = Host(answer=Response(status_code=307, headers={"location": "http://elsewhere/"}))
    async with serving(host.app()) as url:
        trigger = SignedWebhook(SECRET, lambda: f"{url}/deploy", FixedClock())
        with pytest.raises(Permanent):
            await trigger.start(ORDER, ID)
        await trigger.close()
    assert len(host.told) == 1


@pytest.mark.parametrize(
    ("by", "reason", "comment"),
    [
        ("Mia", "", "approved by Mia in Midwatch (midwatch-"),
        ("Mia", "not translated", "rejected by Mia in Midwatch (midwatch-"),
        ("", "it was superseded", "rejected by Midwatch (midwatch-"),
    ],
)
async def test_a_protection_rule_is_answered_as_the_app(by: str, reason: str, comment: str) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    host = Host()
    async with serving(host.app()) as url:
        path = "/repos/acme/checkout/actions/runs/5/deployment_protection_rule"
        order = replace(ORDER, approved=not reason, by=by, reason=reason)
        order = replace(order, callback=f"github 7 {url}{path} production")
        trigger = ProtectionRule("123", pem, FixedClock(), api_url=url)
        await trigger.start(order, ID)
        await trigger.close()
    (_, _, as_app), (told, body, as_installation) = host.told
    claims = jwt.decode(
        as_app.removeprefix("Bearer "),
        key.public_key(),
        algorithms=["RS256"],
        options={"verify_exp": False, "verify_iat": False},
    )
    assert claims["iss"] == "123"
    assert datetime.fromtimestamp(claims["exp"], NOW.tzinfo) > NOW
    assert (told, as_installation) == (path, "Bearer ghs_installation")
    assert (body["environment_name"], body["state"]) == ("production", comment.partition(" ")[0])
    assert body["comment"].startswith(comment)
    assert body["comment"].endswith(f": {reason}" if reason else ")")


async def test_a_protection_rule_of_another_host_gets_no_token() -> None:
    trigger = ProtectionRule("123", "no key", FixedClock(), api_url="http://127.0.0.1:9")
    order = replace(ORDER, callback="github 7 https://evil.example/repos/x production")
    with pytest.raises(Permanent, match="never asked"):
        await trigger.start(order, ID)
    await trigger.close()


async def test_a_manual_job_of_gitlab_is_played_and_known_by_its_state() -> None:
    host = Host(answer=JSONResponse({"web_url": "https://gitlab.example/jobs/12"}))
    order = replace(ORDER, callback="gitlab job 12")
    async with serving(host.app()) as url:
        trigger = ManualJob("t", FixedClock(), api_url=url)
        assert await trigger.find(order, ID, NOW) is None
        motion = await trigger.start(order, ID)
        host.job = {"status": "running", "web_url": "https://gitlab.example/jobs/12"}
        assert await trigger.find(order, ID, NOW) == motion
        await trigger.start(replace(order, approved=False), ID)
        await trigger.close()
    ((path, _, auth),) = host.told
    assert path.endswith("/jobs/12/play")
    assert auth == "t"


async def test_a_blocked_deployment_of_gitlab_is_answered() -> None:
    host = Host(answer=JSONResponse({"status": "approved"}, 201))
    async with serving(host.app()) as url:
        trigger = DeploymentApproval("t", FixedClock(), api_url=url)
        await trigger.start(replace(ORDER, callback="gitlab deployment 34"), ID)
        with pytest.raises(Permanent, match="did not say which deployment"):
            await trigger.start(replace(ORDER, callback="gitlab job 34"), ID)
        await trigger.close()
    ((path, body, _),) = host.told
    assert path.endswith("/deployments/34/approval")
    assert body["status"] == "approved"
