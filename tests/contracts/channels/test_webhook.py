"""Pages as webhooks: over real HTTP, signed as the specification says."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI, Request, Response

from bot.channels.waiting import retry_after
from bot.channels.webhook import Webhook
from bot.ports import Permanent, Transient
from bot.sandbox.server import listening
from tests.stories.setting import START, FakeClock

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEXT = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOBODY: dict[str, str] = {}
TEXT = "Midwatch test page for Bo, 03:12."


@dataclass
class Endpoint:
    """Somebody's receiver: what it got, and how it answers."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: Response = field(default_factory=lambda: Response(status_code=204))

    def by(self, *secrets: str) -> Webhook:
        return Webhook(secrets or (SECRET,), {"bo": self.url}.get, FakeClock())


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    it, app = Endpoint(), FastAPI()

    @app.post("/{path:path}")
    async def take(request: Request, path: str) -> Response:
        it.got.append((dict(request.headers), await request.body()))
        return it.answer

    async with listening(app) as url:
        it.url = f"{url}/hook?token=hush"
        yield it


def test_it_is_signed_as_the_specification_shows() -> None:
    """The values are those of the test vector in the specification's own libraries."""
    clock = FakeClock(datetime.fromtimestamp(1614265330, UTC))
    signed = Webhook((SECRET,), NOBODY.get, clock).headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", '{"test": 2432232314}'
    )
    assert signed["webhook-timestamp"] == "1614265330"
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_page_that_is_tried_again_has_the_same_id_and_body(endpoint: Endpoint) -> None:
    channel = endpoint.by()
    for _try in range(2):
        sent = await channel.send("12-it-0-0.0-bo-webhook", "bo", TEXT)
    (first, body), (again, same) = endpoint.got
    assert first["webhook-id"] == again["webhook-id"] == sent.provider_id
    assert "." not in first["webhook-id"]  # what is signed is joined by full stops
    assert body == same


async def test_what_was_worded_as_text_is_wrapped(endpoint: Endpoint) -> None:
    await endpoint.by().send("test-1", "bo", TEXT)
    document = json.loads(endpoint.got[0][1])
    assert (document["type"], document["data"]["text"]) == ("page", TEXT)
    assert document["data"]["incident"] is None


async def test_while_secrets_are_rotated_both_sign(endpoint: Endpoint) -> None:
    await endpoint.by(SECRET, NEXT).send("page-1", "bo", TEXT)
    await endpoint.by(NEXT).send("page-1", "bo", TEXT)
    (both, _), (later, _) = endpoint.got
    first, second = both["webhook-signature"].split(" ")
    assert first != second == later["webhook-signature"]


ANSWERS = [
    # status -> whether to try again, and what is said
    (301, False, "leads elsewhere"),
    (400, False, "refuses it"),
    (401, False, "refuses it"),
    (404, False, "refuses it"),
    (408, True, "does not take it now (408)"),
    (410, False, "gone (410)"),
    (425, True, "does not take it now (425)"),
    (429, True, "does not take it now (429)"),
    (500, True, "does not take it now (500)"),
    (503, True, "does not take it now (503)"),
]


@pytest.mark.parametrize(("status", "again", "said"), ANSWERS)
async def test_each_status_is_tried_again_or_final(
    endpoint: Endpoint, status: int, again: bool, said: str
) -> None:
    headers = {"Location": "http://127.0.0.1:1/", "Retry-After": "40"}
    endpoint.answer = Response("x" * 5_000_000, status, headers)
    with pytest.raises(Transient if again else Permanent) as refused:
        await endpoint.by().send("page-1", "bo", TEXT)
    assert said in str(refused.value)
    assert "hush" not in str(refused.value)
    assert len(endpoint.got) == 1
    expected = 40 if again else ("gone" if status == 410 else None)
    assert getattr(refused.value, "retry_after_seconds" if again else "mark") == expected


async def test_nobody_listening_is_tried_again() -> None:
    channel = Webhook((SECRET,), {"bo": "http://127.0.0.1:1/hush"}.get, FakeClock())
    with pytest.raises(Transient, match="cannot be reached") as away:
        await channel.send("page-1", "bo", TEXT)
    assert not away.value.may_have_happened


WAITS = [
    # Retry-After -> seconds
    ("120", 120.0),
    (" 0 ", 0.0),
    ("Tue, 24 Nov 2026 03:13:00 GMT", 60.0),
    ("Tue, 24 Nov 2026 03:11:00 GMT", 0.0),  # past already
    (None, None),
    ("", None),
    ("soon", None),
    ("-5", None),
    ("9" * 40, None),
]


@pytest.mark.parametrize(("given", "seconds"), WAITS)
def test_the_pause_asked_for_is_read_in_both_its_forms(
    given: str | None, seconds: float | None
) -> None:
    assert retry_after(given, START) == seconds
