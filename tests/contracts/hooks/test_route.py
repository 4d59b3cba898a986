"""The one route of all sources: who may, how much, and what the sender is told."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.core.events import DeploymentReported
from bot.hook import Hook, Secrets
from bot.sources import hooks
from bot.web.hooks import router
from tests.contracts.hooks.world import Inbox, serving

SECRETS = Secrets(
    hook_token="master",
    sender_tokens={"ci": "ci-token", "cron": "cron-token", "idle": ""},
    senders={"ci": frozenset({"deployments"}), "cron": frozenset({"heartbeats"})},
    github_webhook_secret="gh",
    gitlab_webhook_token="gl",
)
BEATS = frozenset({"backup"})
REPORT = {"id": "d1", "service": "checkout", "status": "started", "version": "v1"}
ALL = sorted(hooks())


def client(inbox: Inbox, secrets: Secrets = SECRETS) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(router(inbox, hooks(), lambda: secrets, lambda: BEATS))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def report(inbox: Inbox, token: str = "master", **changes: Any) -> httpx.Response:
    async with client(inbox) as http:
        return await http.post("/hooks/deployments", json=REPORT | changes, headers=bearer(token))


def test_every_source_is_found_by_its_file() -> None:
    assert {"deployments", "github", "heartbeats"} <= set(ALL)


@pytest.mark.parametrize("name", ALL)
async def test_nobody_gets_in_without_the_secret(name: str) -> None:
    inbox = Inbox()
    async with client(inbox) as http:
        refused: list[Any] = [
            {},
            {"Authorization": ""},
            bearer(""),
            bearer("wrong"),
            {"Authorization": "Basic bWFzdGVy"},
            {"Authorization": b"Bearer \xff\xfe"},
            {"X-Hub-Signature-256": "sha256=00"},
            {"X-Hub-Signature-256": b"\xff"},
        ]
        for headers in refused:
            answer = await http.post(f"/hooks/{name}", content=b"{}", headers=headers)
            assert answer.status_code == 401
            assert answer.json() == {"error": "unauthorized"}
    assert inbox.events == {}
    assert [of for of, _ in inbox.store.notes] == [f"{name} refused"]


@pytest.mark.parametrize("name", ALL)
async def test_without_its_secret_a_hook_is_off_and_says_so(name: str) -> None:
    async with client(Inbox(), Secrets()) as http:
        answer = await http.post(f"/hooks/{name}", content=b"{}", headers=bearer("master"))
    assert answer.status_code == 503
    assert "is set" in answer.json()["error"] or "is not set" in answer.json()["error"]


@pytest.mark.parametrize("name", ALL)
async def test_too_much_is_refused_also_without_a_length(name: str) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    inbox = Inbox()
    app = FastAPI()
    app.include_router(router(inbox, hooks(), lambda: SECRETS, lambda: BEATS))
    async with serving(app) as url, httpx.AsyncClient(base_url=url, trust_env=False) as http:
        announced = await http.post(f"/hooks/{name}", content=b"x" * (1024 * 1024 + 1))
        assert announced.status_code == 413
        try:
            dripped = await http.post(f"/hooks/{name}", content=drip())
        except httpx.WriteError:
            return  # the server hung up while we were still sending: refused as well
        assert dripped.status_code == 413
    assert inbox.events == {}


@pytest.mark.parametrize("name", ALL)
async def test_a_wrong_method_is_told_the_right_one(name: str) -> None:
    async with client(Inbox()) as http:
        answer = await http.delete(f"/hooks/{name}")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]


async def test_a_hook_that_does_not_exist_is_404() -> None:
    async with client(Inbox()) as http:
        assert (await http.post("/hooks/nothing")).status_code == 404
        assert (await http.post("/hooks/deployments/more")).status_code == 404


async def test_a_report_is_in_the_inbox_before_the_sender_has_its_answer() -> None:
    inbox = Inbox()
    answer = await report(inbox)
    assert answer.status_code == 200
    assert answer.json() == {
        "id": "d1",
        "service": "checkout",
        "environment": "production",
        "status": "started",
    }
    event = inbox.only()
    assert isinstance(event, DeploymentReported)
    assert event.report.version == "v1"
    assert inbox.store.notes == [("deployments", None)]


async def test_the_same_report_twice_is_one_event_and_news_are_another() -> None:
    inbox = Inbox()
    await report(inbox)
    assert (await report(inbox)).status_code == 200
    assert len(inbox.events) == 1
    await report(inbox, by="Bo")
    await report(inbox, status="succeeded")
    assert len(inbox.events) == 3


async def test_a_sender_may_only_do_what_it_was_given() -> None:
    inbox = Inbox()
    assert (await report(inbox, "ci-token")).status_code == 200
    assert (await report(inbox, "cron-token")).status_code == 401
    async with client(inbox) as http:
        beat = "/hooks/heartbeats/backup"
        assert (await http.post(beat, headers=bearer("cron-token"))).status_code == 200
        assert (await http.post(beat, headers=bearer("ci-token"))).status_code == 401


async def test_a_mistake_is_answered_with_its_field_and_noted_for_the_doctor() -> None:
    inbox = Inbox()
    answer = await report(inbox, service="chekout")
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "unknown service 'chekout'; did you mean 'checkout'?",
        "field": "service",
    }
    assert inbox.events == {}
    assert inbox.store.notes[0][1] == "service: unknown service 'chekout'; did you mean 'checkout'?"


async def test_without_a_database_the_sender_is_told_to_try_again() -> None:
    inbox = Inbox()
    inbox.store.away = True
    answer = await report(inbox)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert (await report(inbox, service="chekout")).status_code == 503


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("suffix", "what"), [("", "ok"), ("/start", "start"), ("/fail", "fail")])
async def test_a_job_calls_in(method: str, suffix: str, what: str) -> None:
    inbox = Inbox()
    async with client(inbox) as http:
        answer = await http.request(
            method, f"/hooks/heartbeats/backup{suffix}?message=3+GB", headers=bearer("master")
        )
    assert answer.json() == {"name": "backup", "heard": what}
    assert inbox.store.beats == [("backup", what, "3 GB")]


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"disk full\n", "text/plain", "disk full"),
        (json.dumps({"message": "disk full"}).encode(), "application/json", "disk full"),
        (b"\xff\x00 full", "", "\ufffd full"),
        (b"x" * 5000 + b"the end", "text/plain", "x" * 493 + "the end"),
    ],
)
async def test_a_job_may_say_something(content: bytes, kind: str, message: str) -> None:
    inbox = Inbox()
    async with client(inbox) as http:
        headers = bearer("master") | {"content-type": kind}
        await http.post("/hooks/heartbeats/backup", content=content, headers=headers)
    assert inbox.store.beats == [("backup", "ok", message)]


@pytest.mark.parametrize(
    ("path", "field"), [("nightly", "name"), ("", "name"), ("backup/stop", "path")]
)
async def test_an_unknown_job_or_word_is_named(path: str, field: str) -> None:
    inbox = Inbox()
    async with client(inbox) as http:
        answer = await http.post(f"/hooks/heartbeats/{path}", headers=bearer("master"))
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert inbox.store.beats == []


def test_secrets_are_not_shown() -> None:
    shown = repr(SECRETS) + str(SECRETS)
    assert not [token for token in ("master", "ci-token", "gh") if token in shown.split()]


def test_hooks_are_values() -> None:
    assert all(isinstance(hook, Hook) and hook.name == name for name, hook in hooks().items())
