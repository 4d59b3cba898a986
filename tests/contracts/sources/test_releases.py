"""`POST /hooks/releases`: who is told to have asked for a build."""

import json
from dataclasses import replace

import pytest

from bot.core.authors import asked_by
from bot.core.policy import Policy
from bot.core.release_events import ReleaseAnnounced
from bot.hook import Incoming, Known
from bot.sources import releases
from tests.contracts.hooks.world import NOW, POLICY

BO = replace(POLICY.people["bo"], slack="U0BO")
PEOPLE = {**POLICY.people, "bo": BO}


def by(given: str, policy: Policy) -> str | None:
    """As it stands on the card."""
    body = {"id": "b", "service": "checkout", "version": "v1", "by": given}
    found = releases.parse(Incoming({}, json.dumps(body).encode(), {}), Known(policy, NOW))
    ((_, announced),) = found.events
    assert isinstance(announced, ReleaseAnnounced)
    return announced.release.by


@pytest.mark.parametrize(
    ("given", "shown"),
    [("<@U0BO>", "Bo"), ("Bo <1+bo-dev@users.noreply.github.com>", "Bo"), ("the night build",) * 2],
)
def test_who_asked_is_called_by_name(given: str, shown: str) -> None:
    assert by(given, replace(POLICY, people=PEOPLE)) == shown


def test_a_name_that_two_people_have_does_not_make_four_eyes_forget_who_asked() -> None:
    two = replace(POLICY, people={**PEOPLE, "bob": replace(BO, key="bob", github=None, slack="U2")})
    assert asked_by(by("bo-dev", two), two) == "bo"
