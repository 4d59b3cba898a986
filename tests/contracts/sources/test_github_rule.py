"""GitHub asks whether a deployment may go on: the shapes of its own documentation."""

from typing import Any

from bot.core.release_events import ReleaseAnnounced, ReleaseCancelled
from bot.sources import github_rule
from tests.contracts.sources.test_every_source import KNOWN

URL = "https://api.github.com/repos/acme/checkout/actions/runs/55/deployment_protection_rule"
ASKED: dict[str, Any] = {
    "action": "requested",
    "environment": "production",
    "event": "push",
    "deployment_callback_url": URL,
    "deployment": {"id": 9, "sha": "a" * 40, "ref": "v1.42", "environment": "production"},
    "repository": {"full_name": "acme/checkout", "html_url": "https://github.com/acme/checkout"},
    "installation": {"id": 7},
    "sender": {"login": "bo-dev"},
}


def test_a_rule_that_is_asked_is_a_release_that_waits() -> None:
    ((key, event),) = github_rule.announced(ASKED, KNOWN)
    assert isinstance(event, ReleaseAnnounced)
    said = event.release
    assert (said.id, said.service, said.version, said.sha) == (
        "github:55:checkout",
        "checkout",
        "v1.42",
        "a" * 40,
    )
    assert said.by == "Bo"
    assert said.callback == f"github 7 {URL} production"
    assert github_rule.announced(ASKED, KNOWN)[0][0] == key, "redelivered, it is the same event"
    again = {**ASKED, "deployment": {**ASKED["deployment"], "id": 10}}
    assert github_rule.announced(again, KNOWN)[0][0] != key, "the run was started again"


def test_staging_and_services_that_need_no_signature_are_not_asked_about() -> None:
    assert github_rule.announced({**ASKED, "environment": "staging"}, KNOWN) == ()
    other = {"full_name": "acme/mono"}
    assert github_rule.announced({**ASKED, "repository": other}, KNOWN) == ()
    assert github_rule.announced({**ASKED, "installation": None}, KNOWN) == ()
    assert github_rule.announced({**ASKED, "deployment_callback_url": "ftp://x"}, KNOWN) == ()


def test_whoever_rejects_it_at_github_takes_it_back() -> None:
    review: dict[str, Any] = {
        "action": "rejected",
        "repository": {"full_name": "acme/checkout"},
        "workflow_run": {"id": 55},
        "approver": {"login": "bo-dev"},
    }
    ((key, event),) = github_rule.rejected(review, KNOWN)
    again = {**review, "workflow_run": {"id": 55, "run_attempt": 2}}
    assert github_rule.rejected(again, KNOWN)[0][0] != key
    assert event == ReleaseCancelled("github:55:checkout", "bo-dev", KNOWN.now)
    assert github_rule.rejected({**review, "action": "approved"}, KNOWN) == ()
    assert github_rule.rejected({"action": "rejected"}, KNOWN) == ()
