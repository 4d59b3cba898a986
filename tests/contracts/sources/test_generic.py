"""The generic hook: every field, every mistake by name, any text survived."""

import contextlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.deployment import DeploymentState, Report
from bot.core.events import DeploymentReported
from bot.hook import BadRequest, Incoming, Known, Parsed
from bot.sources import hooks
from bot.sources.generic import HOOK
from tests.contracts.hooks.world import NOW, POLICY
from tests.contracts.sources.payloads import delivery

KNOWN = Known(POLICY, NOW, frozenset({"backup"}))
LEAST = {"id": "d1", "service": "checkout", "status": "started"}
FULL = LEAST | {
    "environment": "Production",
    "version": "v1.42",
    "sha": "a1b2c3d4",
    "previous_sha": "0a1b2c3d",
    "status": "succeeded",
    "started_at": "2026-11-23T03:05:00-06:00",
    "finished_at": "2026-11-23 09:12:00 +0000",
    "by": "bo-dev",
    "url": "https://ci.example.com/1",
    "artifact": "sha256:abc",
    "by_hand": True,
    "commits": [
        {
            "sha": "a1b2c3d4",
            "message": "fix: it",
            "author": {"name": "Bo"},
            "at": "2026-11-23T08:00:00Z",
            "url": "https://example.com/c/1",
            "files": ["cart.py", "db/7.sql"],
            "extra": 1,
        },
        {"sha": "ffff"},
    ],
    "something_else": {"ignored": True},
}


def parse(payload: Any) -> Parsed:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return HOOK.parse(Incoming({}, body, {}), KNOWN)


def report(**changes: Any) -> Report:
    event = parse(LEAST | changes).events[0][1]
    assert isinstance(event, DeploymentReported)
    return event.report


def test_every_field_is_read() -> None:
    found = report(**FULL)
    assert (found.environment, found.status) == ("production", DeploymentState.SUCCEEDED)
    assert (found.version, found.sha, found.previous_sha) == ("v1.42", "a1b2c3d4", "0a1b2c3d")
    assert found.started_at == datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    assert found.ended_at == datetime(2026, 11, 23, 9, 12, tzinfo=UTC)
    assert (found.by, found.artifact, found.by_hand) == ("Bo", "sha256:abc", True)
    assert found.commits[0].files == ("cart.py", "db/7.sql")
    assert found.commits[0].author == "Bo"
    assert found.commits[1].sha == "ffff"


def test_staging_is_what_the_service_calls_it() -> None:
    assert report(environment="staging").environment == "staging"
    assert report(service="mail", environment="preprod").environment == "PreProd"
    with pytest.raises(BadRequest, match="unknown environment"):
        report(environment="prepared")


def test_three_fields_are_enough() -> None:
    found = report()
    assert (found.service, found.environment, found.version) == ("checkout", "production", "")
    assert found.started_at is None


def test_a_time_that_a_program_in_go_never_set_is_not_said() -> None:
    found = report(status="succeeded", started_at="0001-01-01T00:00:00Z", finished_at=1795425120)
    assert found.started_at is None
    assert found.ended_at == NOW


@pytest.mark.parametrize(
    ("word", "state"),
    [("started", "started"), ("Success", "succeeded"), ("canceled", "cancelled")],
)
def test_words_that_pipelines_use_are_understood(word: str, state: str) -> None:
    assert report(status=word).status == state


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"id": None}, "id", "is missing"),
        ({"id": "  "}, "id", "is missing"),
        ({"id": "x" * 201}, "id", "longer than 200"),
        ({"id": ["x"]}, "id", "must be a text"),
        ({"service": None}, "service", "is missing"),
        ({"service": "serach"}, "service", "unknown service 'serach'; did you mean 'search'?"),
        ({"service": "a\x00\x1b[31m"}, "service", "unknown service"),
        ({"environment": "prodution"}, "environment", "did you mean 'production'?"),
        ({"environment": "prod"}, "environment", "did you mean 'production'?"),
        ({"status": "done"}, "status", "must be one of started, succeeded"),
        ({"status": None}, "status", "must be one of"),
        ({"started_at": "yesterday"}, "started_at", "is not a time with an offset"),
        ({"started_at": "1970-01-01T00:00:00Z"}, "started_at", "after 1999"),
        ({"started_at": "2026-11-23T03:05:00"}, "started_at", "is not a time with an offset"),
        ({"finished_at": 10**40}, "finished_at", "is not a time"),
        ({"started_at": "0001-01-01T00:30:00Z"}, "started_at", "is not a time"),
        ({"finished_at": "9999-12-31T23:59:59Z"}, "finished_at", "is not a time"),
        ({"finished_at": [1]}, "finished_at", "is not a time"),
        ({"url": "javascript:alert(1)"}, "url", "must begin with https://"),
        ({"commits": "a1b2"}, "commits", "list"),
        ({"commits": [{"sha": "a"}, {}]}, "commits.1.sha", "is missing"),
        ({"commits": [{"sha": "a", "at": "x"}]}, "commits.0.at", "is not a time"),
        ({"commits": [{"sha": "a", "files": "x"}]}, "commits.0.files", "must be a list"),
        ({"commits": ["a"]}, "commits.0", "dictionary"),
    ],
)
def test_a_mistake_is_named(changes: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(LEAST | changes)
    assert caught.value.field == field
    assert words in caught.value.message
    assert "\x1b" not in caught.value.message


def test_nothing_is_suggested_that_is_hardly_alike() -> None:
    known = Known(replace(POLICY, services={"mail": POLICY.services["search"]}), NOW)
    body = json.dumps(LEAST | {"service": "api"}).encode()
    with pytest.raises(BadRequest) as caught:
        HOOK.parse(Incoming({}, body, {}), known)
    assert caught.value.message == "unknown service 'api'"


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'"x"', b"{", b"\xff", b"[" * 200_000, b"NaN"]
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="not"):
        parse(body)


def test_what_would_break_a_database_or_a_terminal_is_cleaned() -> None:
    found = report(version="v\x001\x1b[2J", by="\ud800Bo", id="d\x001")
    assert (found.version, found.by, found.id) == ("v1[2J", "?Bo", "d1")


def test_thousands_of_commits_and_files_are_bounded() -> None:
    commits = [{"sha": str(number), "files": ["f"] * 400} for number in range(1200)]
    parsed = parse(LEAST | {"commits": commits})
    event = parsed.events[0][1]
    assert isinstance(event, DeploymentReported)
    assert len(event.report.commits) == 1000
    assert event.report.commits[-1].sha == "1199"  # the newest are kept
    assert len(event.report.commits[0].files) == 300
    assert parsed.answer["commits_kept"] == 1000


def test_a_list_of_parts_to_be_done_by_hand_does_not_make_the_deployment_one() -> None:
    assert not report(by_hand=["database"]).by_hand


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*FULL, "sha", "files", "at", "author", "login", "full_name"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
PARTS = ["deployment", "deployment_status", "repository", "sender"]


@given(part=st.sampled_from(PARTS), value=JSON)
def test_any_part_of_a_github_payload_may_be_anything(part: str, value: object) -> None:
    hook = hooks()["github"]
    for nested in (value, {"id": value, "state": value, "full_name": value, "payload": value}):
        body = json.dumps(delivery() | {part: nested}).encode()
        incoming = Incoming({"x-github-event": "deployment_status"}, body, {})
        with contextlib.suppress(BadRequest):
            assert hook.parse(incoming, KNOWN).status in (200, 204)


def test_what_people_still_have_to_do_comes_as_a_list() -> None:
    assert report(by_hand=["rotate the key", " ", "rotate the key", 7]).by_hand_parts == (
        "rotate the key",
        "7",
    )
    assert report(by_hand=["rotate the key"]).by_hand is False
    assert report(by_hand=True, by_hand_parts=["tell the bank"]).by_hand_parts == ("tell the bank",)
    assert report(by_hand=True).by_hand_parts == ()
    with pytest.raises(BadRequest, match="a list of what people have to do"):
        report(by_hand="rotate the key")


def test_a_commit_brings_its_people_and_its_pull_request() -> None:
    told = {
        "sha": "a1",
        "message": "feat: x (#12)\n\nCo-authored-by: Eve <e@x.y>",
        "author": {"name": "Bo", "email": "bo@example.com"},
        "committer": {"name": "GitHub"},
        "login": "bo-dev",
        "parents": ["f0", "f1"],
    }
    (commit,) = report(commits=[told]).commits
    assert (commit.author, commit.email, commit.login) == ("Bo", "bo@example.com", "bo-dev")
    assert (commit.committer, commit.co_authors) == ("GitHub", ("Eve <e@x.y>",))
    assert (commit.pull_request, commit.parents) == ("#12", ("f0", "f1"))
