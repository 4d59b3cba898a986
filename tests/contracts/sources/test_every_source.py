"""What every source must keep, found by itself: a new source's file is under this contract.

Nobody without the secret is listened to; whatever is sent means something whole, or is refused
with words; and the same delivery twice is one event.
"""

import contextlib
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.hook import BadRequest, Hook, Incoming, Known, Parsed, Secrets, Unauthorized
from bot.sources import hooks
from bot.store import codec
from bot.web.hooks import router
from tests.contracts.hooks.world import NOW, POLICY, Inbox
from tests.contracts.sources.alerts_told import alert, group
from tests.contracts.sources.gitlab_payloads import hooked
from tests.contracts.sources.payloads import SHA, delivery

ALERT = {"service": "checkout", "alert": "QueueFull", "status": "firing", "expires": "2h"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A delivery that is accepted: `body` as JSON. `path` follows the hook's name."""

    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = ""


SAMPLES = {
    "alertmanager": Sample(group(alert(), alert("bc787ea03ad3314e", "resolved"))),
    "alerts": Sample([ALERT, ALERT | {"status": "resolved", "name": "Slow"}]),
    "grafana": Sample(group(alert(valueString="[ var='B' ]", silenceURL="https://g.example"))),
    "deployments": Sample(
        {
            "id": "d1",
            "service": "checkout",
            "environment": "production",
            "version": "v1.42",
            "sha": "a1b2c3d4",
            "status": "succeeded",
            "started_at": "2026-11-23T09:05:00Z",
            "finished_at": 1795425120,
            "by": "bo-dev",
            "commits": [{"sha": "a1b2c3d4", "author": {"name": "Bo"}, "files": ["cart.py"]}],
        }
    ),
    "flux": Sample(
        {
            "involvedObject": {"kind": "Kustomization", "name": "checkout", "namespace": "apps"},
            "metadata": {"kustomize.toolkit.fluxcd.io/revision": f"main@sha1:{SHA}"},
            "severity": "info",
            "reason": "ReconciliationSucceeded",
            "timestamp": "2026-11-23T09:05:00Z",
        }
    ),
    "gitlab": Sample(hooked(project={"path_with_namespace": "acme/gitlab"})),
    "heroku": Sample(
        {
            "resource": "release",
            "data": {
                "id": "01234567",
                "app": {"name": "checkout"},
                "status": "succeeded",
                "version": 42,
                "slug": {"commit": SHA},
                "created_at": "2026-11-23T09:05:00Z",
                "updated_at": "2026-11-23T09:06:00Z",
            },
        }
    ),
    "github": Sample(delivery(), {"x-github-event": "deployment_status"}),
    "releases": Sample({"id": "b42", "service": "checkout", "version": "v1.42", "sha": SHA}),
    "heartbeats": Sample(
        {"message": "3 GB written"}, {"content-type": "application/json"}, "backup"
    ),
}
"""One of each source, about the services of `tests.contracts.hooks.world`."""
ALL = sorted(hooks())
SAMPLED = [name for name in ALL if name in SAMPLES]
KNOWN = Known(POLICY, NOW, frozenset({"backup"}))
TOKEN, WRONG = "the-secret-of-this-test", "the-secret-of-another"
LONGEST_KEY, LONGEST_NOTE, LONGEST_ANSWER = 400, 600, 50_000
FEW = settings(max_examples=30, deadline=None)


def test_every_source_has_a_sample_here() -> None:
    assert set(SAMPLES) == set(ALL)


def secrets(token: str = TOKEN) -> Secrets:
    """Every secret that there is, of every source."""
    own = [item.name for item in dataclasses.fields(Secrets) if item.default is None]
    given: dict[str, Any] = dict.fromkeys(own, token)
    return Secrets(**given)


def credentials(body: bytes, token: str = TOKEN) -> dict[str, str]:
    """In all the ways that a source may ask for them; each takes its own."""
    digest = hmac.new(token.encode(), body, hashlib.sha256).hexdigest()
    return {
        "authorization": f"Bearer {token}",
        "x-gitlab-token": token,
        "x-hub-signature-256": f"sha256={digest}",
    }


def body_of(name: str) -> bytes:
    return json.dumps(SAMPLES[name].body).encode()


@dataclass
class Door:
    """The route of the hooks before an inbox; it notes which bodies were parsed."""

    inbox: Inbox = field(default_factory=Inbox)
    secrets: Secrets = field(default_factory=secrets)
    parsed: list[bytes] = field(default_factory=list)

    def _listening(self, hook: Hook) -> Hook:
        def parse(incoming: Incoming, known: Known) -> Parsed:
            self.parsed.append(incoming.body)
            return hook.parse(incoming, known)

        return dataclasses.replace(hook, parse=parse)

    async def post(
        self, name: str, headers: Mapping[str, str | bytes], body: bytes | None = None
    ) -> httpx.Response:
        found = {name: self._listening(hooks()[name])}
        app = FastAPI()
        app.include_router(
            router(self.inbox, found, lambda: self.secrets, lambda: KNOWN.heartbeats)
        )
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://test"
        ) as http:
            answer = await http.post(
                f"/hooks/{name}/{SAMPLES[name].path}".rstrip("/"),
                content=body_of(name) if body is None else body,
                headers=dict(SAMPLES[name].headers) | dict(headers),  # type: ignore[arg-type]
            )
        assert TOKEN not in answer.text
        assert answer.status_code == 204 or answer.headers["content-type"] == "application/json"
        return answer


@pytest.mark.parametrize("name", SAMPLED)
async def test_without_its_secret_a_source_listens_to_nobody(name: str) -> None:
    door = Door(secrets=Secrets())
    assert (await door.post(name, credentials(body_of(name)))).status_code == 503
    assert (door.parsed, door.inbox.events, door.inbox.store.beats) == ([], {}, [])


@pytest.mark.parametrize("name", SAMPLED)
async def test_with_a_wrong_secret_nothing_is_even_parsed(name: str) -> None:
    door = Door()
    for headers in ({}, credentials(body_of(name), WRONG), credentials(b"another body", WRONG)):
        answer = await door.post(name, headers)
        assert (answer.status_code, answer.json()) == (401, {"error": "unauthorized"})
    assert (door.parsed, door.inbox.events, door.inbox.store.beats) == ([], {}, [])


@pytest.mark.parametrize("name", SAMPLED)
async def test_a_delivery_twice_is_one_event_and_both_are_accepted(name: str) -> None:
    door = Door()
    first = await door.post(name, credentials(body_of(name)))
    once = dict(door.inbox.events)
    assert first.status_code in (200, 202)
    assert once or door.inbox.store.beats
    again = await door.post(name, credentials(body_of(name)))
    assert (again.status_code, door.inbox.events) == (first.status_code, once)


@pytest.mark.parametrize("name", SAMPLED)
async def test_headers_may_hold_any_bytes(name: str) -> None:
    good = {**SAMPLES[name].headers, **credentials(body_of(name))}
    for header in good:
        odd: dict[str, str | bytes] = {
            **good,
            header: b"Bearer \xff\xfe\xc3\x28" + bytes(range(0x80, 0xA0)),
        }
        assert (await Door().post(name, odd)).status_code < 500


@pytest.mark.parametrize("name", [name for name in SAMPLED if hooks()[name].scope])
def test_a_source_with_senders_tells_which_one_it_was(name: str) -> None:
    hook = hooks()[name]
    senders = {"ci": frozenset({hook.scope}), "other": frozenset({"nothing"})}
    known = Secrets(sender_tokens={"ci": TOKEN, "other": WRONG}, senders=senders)
    good = Incoming(credentials(b""), b"", {})
    assert hook.authenticate(good, known) == "ci"
    assert hook.authenticate(good, secrets()) is None
    with pytest.raises(Unauthorized, match=f"other has no right to {hook.scope}"):
        hook.authenticate(Incoming(credentials(b"", WRONG), b"", {}), known)


def parsed(name: str, body: bytes, headers: Mapping[str, str] | None = None) -> Parsed | None:
    """What a body means, or None where it is refused in words. Nothing else may happen."""
    sample = SAMPLES[name]
    given = {**sample.headers, **(headers or {})}
    try:
        return hooks()[name].parse(Incoming(given, body, {}, sample.path), KNOWN)
    except BadRequest as bad:
        refused = bad
    assert 0 < len(refused.message) <= LONGEST_NOTE - len(refused.field)
    return None


def assert_whole(found: Parsed) -> None:
    """It can be committed, answered and read back, and nothing in it has no end."""
    assert found.status in (200, 202, 204)
    assert len(json.dumps(dict(found.answer), allow_nan=False)) <= LONGEST_ANSWER
    assert len(found.note or "") <= LONGEST_NOTE
    keys = [key for key, _ in found.events]
    assert len(keys) == len(set(keys))
    for key, event in found.events:
        assert 0 < len(key) <= LONGEST_KEY
        assert key.encode("utf-8")
        assert codec.event_from_json(codec.event_to_json(event)) == event
    for beat in found.beats:
        assert beat.name in KNOWN.heartbeats
        assert len(beat.message) <= LONGEST_NOTE


@pytest.mark.parametrize("name", SAMPLED)
def test_events_are_frozen_whole_and_of_stable_keys(name: str) -> None:
    found = parsed(name, body_of(name))
    assert found is not None
    assert_whole(found)
    assert parsed(name, body_of(name)) == found
    for _, event in found.events:
        with pytest.raises(FrozenInstanceError):
            event.at = NOW  # type: ignore[misc]


RAW = [
    "null",
    "true",
    "0",
    "-1",
    "0.5",
    "1e999",
    "9" * 30,
    "9" * 5000,
    "NaN",
    "-Infinity",
    '""',
    '"  "',
    r'"\u0000"',
    r'"a\ud800b"',
    r'"\u202e\u001b[31m"',
    '"9999-12-31T23:59:59.999999+14:00"',
    '"0001-01-01T00:00:00-14:00"',
    '"javascript:alert(1)"',
    f'"{"long" * 5000}"',
    "[]",
    "{}",
    "[null, [], {}]",
    '{"id": {}, "name": [], "full_name": 1}',
    f"{'[' * 4000}{']' * 4000}",
    '{"a":' * 2000 + "1" + "}" * 2000,
]
"""Whatever JSON (or what passes for it) can hold, where something else is expected."""
REMOVED = ""
MARK = "@here@"


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every value inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


def changed(sample: Any, path: tuple[Any, ...], raw: str) -> bytes:
    """The sample's text with one value replaced, or taken out."""
    copy = json.loads(json.dumps(sample))
    holder = copy
    for key in path[:-1]:
        holder = holder[key]
    if raw == REMOVED:
        del holder[path[-1]]
    else:
        holder[path[-1]] = MARK
    return json.dumps(copy).replace(json.dumps(MARK), raw).encode()


@pytest.mark.parametrize("name", SAMPLED)
def test_any_part_of_a_delivery_may_be_missing_or_anything_else(name: str) -> None:
    for path in places(SAMPLES[name].body):
        for raw in (REMOVED, *RAW):
            found = parsed(name, changed(SAMPLES[name].body, path, raw))
            if found is not None:
                assert_whole(found)


@pytest.mark.parametrize("name", SAMPLED)
@FEW
@given(data=st.data())
def test_what_is_sent_means_something_whole_or_is_refused(name: str, data: st.DataObject) -> None:
    everywhere = list(places(SAMPLES[name].body))
    path = data.draw(st.sampled_from(everywhere))
    body = changed(SAMPLES[name].body, path, data.draw(st.sampled_from(RAW)))
    kinds = ["application/json", "application/x-www-form-urlencoded", "text/plain", "\xff", ""]
    headers = {"content-type": data.draw(st.sampled_from(kinds))}
    cut = data.draw(st.none() | st.integers(0, len(body)))
    found = parsed(name, body if cut is None else body[:cut], headers)
    if found is not None:
        assert_whole(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
EVENTS = st.sampled_from(["deployment_status", "push", "deployment", "ping", "Deployment Hook", ""])


@pytest.mark.parametrize("name", ALL)
@FEW
@given(body=st.binary(max_size=200) | JSON.map(lambda it: json.dumps(it).encode()), event=EVENTS)
def test_arbitrary_bytes_and_json_are_refused_or_mean_nothing(
    name: str, body: bytes, event: str
) -> None:
    headers = {"x-github-event": event, "x-gitlab-event": event}
    for path in ("", "backup", "backup/x", "\x00", "a/b/c/../.."):
        with contextlib.suppress(BadRequest):
            assert_whole(
                hooks()[name].parse(Incoming(headers, body, {"message": "x"}, path), KNOWN)
            )
    with pytest.raises(Unauthorized):
        hooks()[name].authenticate(Incoming(headers, body, {}), secrets())
