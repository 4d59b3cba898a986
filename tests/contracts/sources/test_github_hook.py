"""GitHub's webhooks: what is a start, what is an end, whose it is, and what is let pass."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.core.deployment import DeploymentState, Report
from bot.core.events import DeploymentReported
from bot.hook import BadRequest, Incoming, Known, Parsed, Secrets, Unauthorized
from bot.sources.github import HOOK
from bot.sources.github_payload import pushed
from tests.contracts.hooks.world import NOW, POLICY
from tests.contracts.sources.payloads import (
    BOT,
    OLDER,
    SHA,
    USER,
    delivery,
    deployment,
    push,
    status,
)

KNOWN = Known(POLICY, NOW)


def parse(payload: Any, event: str = "deployment_status", **headers: str) -> Parsed:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return HOOK.parse(Incoming({"x-github-event": event} | headers, body, {}), KNOWN)


def only(parsed: Parsed) -> Report:
    assert len(parsed.events) == 1
    event = parsed.events[0][1]
    assert isinstance(event, DeploymentReported)
    return event.report


def at(hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 11, 23, hour, minute, second, tzinfo=UTC)


def test_a_success_is_read_in_full() -> None:
    assert only(parse(delivery())) == Report(
        id="github:145988746:checkout",
        service="checkout",
        environment="production",
        status=DeploymentState.SUCCEEDED,
        version="v1.42",
        sha=SHA,
        ended_at=at(9, 0, 55),
        by="Bo",
        url="https://github.com/acme/checkout/actions/runs/1",
        source="github",
        created_at=at(8, 50, 53),
        shared=True,
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("in_progress", DeploymentState.STARTED),
        ("IN_PROGRESS", DeploymentState.STARTED),
        ("success", DeploymentState.SUCCEEDED),
        ("failure", DeploymentState.FAILED),
        ("error", DeploymentState.FAILED),
        # Made before it is approved: not a start.
        ("waiting", None),
        ("queued", None),
        ("pending", None),
        ("requested", None),
        # An older one when a newer succeeds: not a verdict.
        ("inactive", None),
        ("something_new", None),
    ],
)
def test_only_some_states_say_something(state: str, expected: DeploymentState | None) -> None:
    parsed = parse(delivery(state))
    if expected is None:
        assert (parsed.events, parsed.status, parsed.note) == ((), 204, None)
    else:
        assert only(parsed).status is expected


def test_the_first_in_progress_carries_the_start_and_an_end_the_end() -> None:
    started = only(parse(delivery("in_progress")))
    assert (started.started_at, started.ended_at) == (at(9, 0, 55), None)
    ended = only(parse(delivery("failure")))
    assert (ended.started_at, ended.ended_at) == (None, at(9, 0, 55))


@pytest.mark.parametrize("event", ["deployment", "push", "release", "workflow_run", "", "star"])
def test_other_events_pass_without_a_report(event: str) -> None:
    parsed = parse(delivery("in_progress"), event)
    assert (parsed.events, parsed.status) == ((), 204)


def test_a_ping_is_answered() -> None:
    assert parse({"zen": "Speak like a human.", "hook_id": 1}, "ping").status == 200


@pytest.mark.parametrize(
    ("changes", "version"),
    [
        ({"payload": {"version": "2.0.1"}}, "2.0.1"),
        ({"payload": '{"version": "2.0.1"}'}, "2.0.1"),
        ({"payload": '{"version": 7}'}, "7"),
        ({"payload": "not json"}, "v1.42"),
        ({"payload": "[" * 100_000}, "v1.42"),
        ({"payload": None}, "v1.42"),
        ({"payload": [1]}, "v1.42"),
        ({"ref": "refs/tags/v9"}, "v9"),
        ({"ref": "refs/heads/main"}, "main"),
        ({"ref": SHA}, SHA[:7]),
        ({"ref": None}, ""),
    ],
)
def test_the_version_is_the_payloads_else_the_ref(changes: dict[str, Any], version: str) -> None:
    report = only(parse(delivery(deployment=deployment(**changes))))
    assert (report.version, report.sha) == (version, SHA)


@pytest.mark.parametrize(
    ("creator", "run", "by"),
    [
        (USER, None, "Bo"),
        ({"login": "stranger"}, None, "stranger"),
        (BOT, {"triggering_actor": {"login": "bo-dev"}, "actor": {"login": "x"}}, "Bo"),
        (BOT, {"triggering_actor": None, "actor": {"login": "x"}}, "x"),
        (BOT, None, "Bo"),  # the sender
        (None, None, "Bo"),
    ],
)
def test_a_person_did_it_rather_than_a_robot(creator: Any, run: Any, by: str) -> None:
    payload = delivery(deployment=deployment(creator=creator), workflow_run=run)
    assert only(parse(payload)).by == by


def test_a_robot_alone_is_named() -> None:
    payload = delivery(deployment=deployment(creator=BOT), sender=BOT)
    assert only(parse(payload)).by == "github-actions[bot]"


def test_repository_and_environment_compare_without_case() -> None:
    payload = delivery(
        repository={"full_name": "Acme/Checkout"},
        deployment_status=status(environment="PRODUCTION"),
    )
    assert only(parse(payload)).environment == "production"


def test_a_repository_of_several_services_reports_for_each_unless_the_payload_names_one() -> None:
    mono: dict[str, Any] = {"repository": {"full_name": "acme/mono"}}
    live = status(environment="live")
    both = parse(delivery(**mono, deployment_status=live))
    reports = [event.report for _, event in both.events if isinstance(event, DeploymentReported)]
    assert [(report.id, report.shared) for report in reports] == [
        ("github:145988746:search", True),
        ("github:145988746:mail", True),
    ]
    named = delivery(
        **mono, deployment_status=live, deployment=deployment(payload={"service": "Mail"})
    )
    report = only(parse(named))
    assert (report.service, report.environment, report.shared) == ("mail", "Live", False)


def test_an_unknown_repository_or_environment_passes_with_a_line_for_the_doctor() -> None:
    stranger = parse(delivery(repository={"full_name": "acme/other"}))
    assert (stranger.status, stranger.events) == (204, ())
    assert stranger.note == "unknown repository acme/other: no service names it"
    preview = parse(delivery(deployment_status=status(environment="preview-7")))
    assert (preview.status, preview.events) == (204, ())
    assert preview.note == "no service of acme/checkout is in environment 'preview-7'"


def test_a_redelivery_is_the_same_event_and_another_state_is_not() -> None:
    first = parse(delivery(), x_github_delivery="1").events[0][0]
    assert parse(delivery(), x_github_delivery="2").events[0][0] == first
    assert parse(delivery("failure")).events[0][0] != first
    later = delivery(deployment_status=status(created_at="2026-11-23T09:30:00Z"))
    assert parse(later).events[0][0] != first


@pytest.mark.parametrize("task", ["rollback", "deploy:rollback"])
def test_going_back_is_known_by_its_task_or_payload(task: str) -> None:
    assert only(parse(delivery(deployment=deployment(task=task)))).rollback
    assert only(parse(delivery(deployment=deployment(payload={"rollback": True})))).rollback
    assert not only(parse(delivery())).rollback


def test_what_is_missing_or_null_is_tolerated() -> None:
    bare = {
        "deployment_status": {"state": "success"},
        "deployment": {"id": 7, "environment": "production", "creator": None, "sha": None},
        "repository": {"full_name": "acme/checkout", "name": None},
    }
    report = only(parse(bare))
    assert (report.id, report.sha, report.by, report.ended_at) == (
        "github:7:checkout",
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"repository": None}, "repository.full_name"),
        ({"deployment": None}, "deployment.id"),
        ({"deployment": {"id": {"$ne": 1}}}, "deployment.id"),
        ({"deployment_status": []}, "deployment_status.state"),
    ],
)
def test_without_the_essentials_the_field_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(delivery(**changes))
    assert caught.value.field == field


def test_a_webhook_set_to_send_forms_is_understood() -> None:
    body = urlencode({"payload": json.dumps(delivery())}).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    headers = {"x-github-event": "deployment_status"} | kind
    assert only(HOOK.parse(Incoming(headers, body, {}), KNOWN)).version == "v1.42"


def test_the_signature_covers_every_byte() -> None:
    secrets = Secrets(github_webhook_secret="gh")
    body = json.dumps(delivery()).encode()
    good = "sha256=" + hmac.new(b"gh", body, hashlib.sha256).hexdigest()
    HOOK.authenticate(Incoming({"x-hub-signature-256": good}, body, {}), secrets)
    for given, sent in (
        (good, body + b" "),
        (good.removeprefix("sha256="), body),
        (good.upper(), body),
        ("", body),
        ("sha256=" + hmac.new(b"", body, hashlib.sha256).hexdigest(), body),
    ):
        with pytest.raises(Unauthorized):
            HOOK.authenticate(Incoming({"x-hub-signature-256": given}, sent, {}), secrets)


def test_the_commits_of_a_push_are_read_with_their_files() -> None:
    found = pushed(push())
    assert found is not None
    assert (found.repository, found.before, found.after) == ("acme/checkout", OLDER, SHA)
    first, second = found.commits
    assert (first.author, first.login, first.at) == ("Bo", "bo-dev", at(8, 45, 46))
    assert first.files == ("db/migrations/7.sql", "cart.py")
    assert (second.sha, second.author, second.files) == (OLDER, None, ())
    assert pushed(push(deleted=True)) is None
    assert pushed(push(forced=True)) is None, "it may have taken commits back"
    assert pushed(push(commits=[{"id": f"{n:040}"} for n in range(2048)])) is None, "cut by GitHub"
    assert pushed(push(commits=[{"id": f"{n:040}"} for n in range(2047)])) is not None
    assert pushed({}) is None
