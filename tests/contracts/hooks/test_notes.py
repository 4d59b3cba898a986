"""What `doctor` gets to know of deliveries, however many are refused."""

from dataclasses import dataclass, field

import pytest

from bot.hook import Hook, Unauthorized
from bot.sources import hooks
from bot.web.hook_notes import HookNotes
from tests.contracts.hooks.test_route import SECRETS, bearer, client
from tests.contracts.hooks.world import FixedClock, Inbox

HOOK: Hook = hooks()["deployments"]
MANY = "60 deliveries were refused, the last one because its token is wrong"
BEAT = "/hooks/heartbeats/backup"


@dataclass
class MovingClock(FixedClock):
    """Its monotonic time is what the test says."""

    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class Told(Inbox):
    clock: MovingClock = field(default_factory=MovingClock)


async def test_refused_deliveries_are_noted_once_a_minute_with_their_number() -> None:
    inbox = Told()
    notes = HookNotes(inbox)
    for second in range(150):
        inbox.clock.seconds = second
        await notes.refused(HOOK, "its token is wrong")
    assert inbox.store.notes == [
        ("deployments refused", "a delivery was refused: its token is wrong"),
        ("deployments refused", MANY),
        ("deployments refused", MANY),
    ]


async def test_one_hook_that_is_flooded_hides_no_other() -> None:
    inbox = Told()
    notes = HookNotes(inbox)
    for name in ("deployments", "deployments", "github"):
        await notes.refused(hooks()[name], "it is not signed")
    assert [of for of, _ in inbox.store.notes] == ["deployments refused", "github refused"]


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "it has no token"),
        (bearer("hush-hush"), "its token is wrong"),
        (bearer("ci-token"), "the sender ci has no right to heartbeats"),
    ],
)
async def test_a_refusal_says_why_without_what_was_sent(headers: dict[str, str], why: str) -> None:
    inbox = Told()
    async with client(inbox) as http:
        answer = await http.post(BEAT, content=b"hush-hush", headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})
    assert inbox.store.notes == [("heartbeats refused", f"a delivery was refused: {why}")]


@pytest.mark.parametrize(
    ("headers", "why"),
    [({}, "it is not signed"), ({"X-Hub-Signature-256": "sha256=00"}, "its secret is another one")],
)
async def test_github_with_another_secret_is_told_from_a_stranger(
    headers: dict[str, str], why: str
) -> None:
    inbox = Told()
    async with client(inbox) as http:
        await http.post("/hooks/github", content=b"{}", headers=headers)
    assert inbox.store.notes == [("github refused", f"a delivery was refused: {why}")]


async def test_without_a_database_a_refusal_is_still_a_refusal() -> None:
    inbox = Told()
    inbox.store.away = True
    async with client(inbox) as http:
        assert (await http.post(BEAT, headers=bearer("wrong"))).status_code == 401


async def test_a_sender_that_was_heard_of_is_noted_by_name_once_a_minute() -> None:
    inbox = Told()
    async with client(inbox) as http:
        for second in (0, 30, 61):
            inbox.clock.seconds = second
            assert (await http.post(BEAT, headers=bearer("cron-token"))).status_code == 200
        await http.post(BEAT, headers=bearer("master"))
    noted = [of for of, _ in inbox.store.notes]
    assert noted.count("sender cron") == 2
    assert set(noted) == {"heartbeats", "sender cron"}


async def test_a_sender_whose_delivery_is_wrong_was_heard_of_all_the_same() -> None:
    inbox = Told()
    async with client(inbox) as http:
        assert (await http.post(f"{BEAT}/stop", headers=bearer("cron-token"))).status_code == 400
    assert ("sender cron", None) in inbox.store.notes


def test_an_empty_token_opens_nothing_even_where_a_sender_has_none() -> None:
    with pytest.raises(Unauthorized, match="no token"):
        SECRETS.require("", "deployments")
