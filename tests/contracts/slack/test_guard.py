"""What stands in front of Bolt: forged, old and nasty requests never get a 500."""

import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from tests.contracts.slack.conftest import SIGNING_SECRET, Midwatch

CLICK = urlencode(
    {
        "payload": json.dumps(
            {
                "type": "block_actions", "user": {"id": "U0ANA"}, "trigger_id": "1",
                "team": {"id": "T0SANDBOX"},
                "container": {"message_ts": "1.1"},
                "actions": [
                    {"type": "button", "action_id": "ack", "block_id": "b",
                     "value": "12", "action_ts": "1.2"}
                ],
            }
        )
    }
).encode()  # fmt: skip


def signed(body: bytes, secret: str = SIGNING_SECRET, at: float | None = None) -> dict[str, str]:
    timestamp = str(int(time.time() if at is None else at))
    signature = SignatureVerifier(secret).generate_signature(timestamp=timestamp, body=body)
    assert signature is not None
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": signature,
        "Content-Type": "application/x-www-form-urlencoded",
    }


async def posted(midwatch: Midwatch, body: bytes, headers: Mapping[str, str]) -> int:
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{midwatch.url}/slack/events", data=body, headers=headers) as answer,
    ):
        return answer.status


async def test_what_slack_signed_acts_and_what_it_did_not_is_refused(midwatch: Midwatch) -> None:
    refused = [
        signed(CLICK, "another-secret"),
        signed(CLICK, at=time.time() - 600),
        signed(CLICK, at=time.time() + 600),
        signed(CLICK + b"x"),
        {},
        signed(CLICK) | {"X-Slack-Request-Timestamp": "now"},
        signed(CLICK) | {"X-Slack-Request-Timestamp": "9" * 400},
        signed(CLICK) | {"X-Slack-Signature": "v0=ä"},
        signed(CLICK) | {"X-Slack-Signature": ""},
    ]
    assert [await posted(midwatch, CLICK, headers) for headers in refused] == [401] * len(refused)
    assert midwatch.engine.events == []
    assert await posted(midwatch, CLICK, signed(CLICK)) == 200
    assert await posted(midwatch, CLICK, signed(CLICK)) == 200  # delivered once more
    assert len(midwatch.engine.events) == 1


async def test_a_refused_signature_is_in_the_log_with_what_may_be_wrong(
    midwatch: Midwatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert await posted(midwatch, CLICK, signed(CLICK, "another-secret")) == 401
    assert "SLACK_SIGNING_SECRET" in caplog.text
    assert "another-secret" not in caplog.text


NASTY = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"[" * 100_000,
    b"payload=",
    b"payload=%7B",
    b"payload=[]",
    b"payload=3",
    b'{"type": "url_verification"}x',
    b'{"type": 3, "event": []}',
    b'{"event": 3}',
    b'{"type": "event_callback", "event": {"type": {"a": 1}}}',
    b'payload={"type": "block_actions", "actions": "no"}',
    b'payload={"type": "view_submission", "view": 3}',
    b"command=/midwatch",
    b"\x00\x01\x02",
]


@pytest.mark.parametrize("body", NASTY)
async def test_a_nasty_body_is_never_a_500(midwatch: Midwatch, body: bytes) -> None:
    assert await posted(midwatch, body, signed(body)) < 500
    assert await posted(midwatch, body, {}) == 401
    assert midwatch.engine.events == []


async def test_bytes_that_are_no_text_are_refused(midwatch: Midwatch) -> None:
    assert await posted(midwatch, b"\xff\xfe", signed(b"other")) == 401


async def test_a_huge_body_is_refused_unread(midwatch: Midwatch) -> None:
    body = b"payload=" + b"x" * (1024 * 1024)
    assert await posted(midwatch, body, signed(body)) == 413


NAMES = st.sampled_from(
    ["type", "event", "user", "team", "actions", "view", "container", "channel", "id", "message",
     "authorizations", "enterprise", "state", "values", "action_id", "team_id", "token"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)
KINDS = st.sampled_from(["block_actions", "view_submission", "event_callback", "shortcut", "x"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=KINDS, rest=st.dictionaries(NAMES, JSON, max_size=6), form=st.booleans())
async def test_any_signed_json_is_answered(
    midwatch: Midwatch, kind: str, rest: dict[str, object], form: bool
) -> None:
    text = json.dumps(rest | {"type": kind})
    body = (urlencode({"payload": text}) if form else text).encode()
    assert await posted(midwatch, body, signed(body)) < 500


async def test_slack_s_question_for_the_address_is_answered(midwatch: Midwatch) -> None:
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"}).encode()
    headers = signed(body) | {"Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{midwatch.url}/slack/events", data=body, headers=headers) as answer,
    ):
        assert (answer.status, json.loads(await answer.text())["challenge"]) == (200, "abc")
