"""What an http check expects of an answer, and what the service says of itself."""

import json
from datetime import timedelta
from typing import Any

import pytest

from checks import Context, Outcome, Result, Versions, load, run
from tests.contracts.checks.clock import now
from tests.contracts.checks.servers import Script, answers, probe, serving

JSON = "Content-Type: application/json\r\n"
HEALTH = "Content-Type: application/health+json\r\n"
TEXT = "Content-Type: text/plain; charset=utf-8\r\n"
UP, DEGRADED, DOWN = Outcome.UP, Outcome.DEGRADED, Outcome.DOWN


async def asked(script: Script, versions: Versions | None = None, **options: Any) -> Result:
    kind = load("http")
    async with serving(script) as port:
        url = f"http://127.0.0.1:{port}/health?token=hush"
        read = kind.options.model_validate({"http": url, "timeout": "2s", **options})
        return await run(kind, read, Context(now, versions=versions))


@pytest.mark.parametrize(
    ("status", "expected", "outcome"),
    [
        (200, [], UP),  # the default is 200-299
        (204, [], UP),
        (301, [], DOWN),
        (503, [], DOWN),
        (401, ["200-299", 401], UP),
        (418, "4xx", UP),
        (200, 204, DOWN),
    ],
)
async def test_the_status_decides(status: int, expected: object, outcome: Outcome) -> None:
    expect = {"status": expected} if expected else {}
    result = await asked(answers("", status), expect=expect, follow=0)
    assert result.outcome is outcome
    assert result.detail.startswith(f"HTTP {status} from /health")


@pytest.mark.parametrize(
    ("expect", "outcome", "words"),
    [
        ({"body": "all good"}, UP, "HTTP 200"),
        ({"body": "all bad"}, DOWN, '"all bad"'),
        ({"not_body": "out of order"}, UP, "HTTP 200"),
        ({"not_body": "good"}, DOWN, '"good"'),
        ({"pattern": r"version \d+"}, UP, "HTTP 200"),
        ({"pattern": r"^version \d+$"}, DOWN, "does not match the pattern"),
        ({"pattern": "é"}, UP, "HTTP 200"),
        ({"body": "all", "not_body": "good", "pattern": "all"}, DOWN, '"good"'),
    ],
)
async def test_the_text_decides(expect: dict[str, str], outcome: Outcome, words: str) -> None:
    result = await asked(answers("all good, café, version 12", headers=TEXT), expect=expect)
    assert (result.outcome, words in result.detail) == (outcome, True)
    assert result.reason == ("ok" if outcome is UP else "body_mismatch")


@pytest.mark.parametrize(
    ("body", "expect", "outcome", "words"),
    [
        ({"status": "up"}, {"status": "up"}, UP, "HTTP 200"),
        ({"status": "down"}, {"status": "up"}, DOWN, 'status is "down", not "up"'),
        ({"db": {"free": 3}}, {"db.free": 3}, UP, "HTTP 200"),
        ({"db": {"free": 3}}, {"db.free": 3.0}, UP, "HTTP 200"),
        ({"db": {"free": 1}}, {"db.free": True}, DOWN, "db.free is 1, not true"),
        ({"db": {"free": "1"}}, {"db.free": 1}, DOWN, 'db.free is "1", not 1'),
        ({"a": [{"b": None}]}, {"a.0.b": None}, UP, "HTTP 200"),
        ({"a": []}, {"a.0.b": None}, DOWN, "a.0.b is missing"),
        ({"a.b": {"c": 1}}, {"a.b.c": 1}, UP, "HTTP 200"),
        ([1, 2], {"1": 2}, UP, "HTTP 200"),
        ("text", {"status": "up"}, DOWN, "status is missing"),
        ({"a": 10**600}, {"a": 1}, DOWN, "a is "),
    ],
)
async def test_json_values_decide(
    body: object, expect: dict[str, Any], outcome: Outcome, words: str
) -> None:
    result = await asked(answers(json.dumps(body), headers=JSON), expect={"json": expect})
    assert (result.outcome, words in result.detail) == (outcome, True)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>sorry</html>",
        b'{"status": "up"',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        b"\x00\xff\xfe",
        b'{"status": ' + b"9" * 50_000,
        b'"\\ud800"',
    ],
    ids=["nothing", "html", "cut", "nested", "nested objects", "bytes", "digits", "surrogate"],
)
async def test_bad_json_is_down_where_values_are_expected_and_nothing_where_not(
    body: bytes,
) -> None:
    with_values = await asked(answers(body, headers=JSON), expect={"json": {"status": "up"}})
    without = await asked(answers(body, headers=JSON))
    assert with_values.outcome is DOWN
    assert with_values.reason in ("not_json", "json_mismatch")
    assert without.outcome is UP


@pytest.mark.parametrize(
    ("told", "outcome", "reason"),
    [
        ("v1.42", UP, "ok"),
        ("1.42", UP, "ok"),
        ("v1.41", DOWN, "json_mismatch"),
        ("v1.43", DEGRADED, "other_version"),
        (["v1.42"], DOWN, "json_mismatch"),
        (None, DOWN, "json_mismatch"),
    ],
)
async def test_the_version_is_that_of_the_last_deployment(
    told: object, outcome: Outcome, reason: str
) -> None:
    script = answers(json.dumps({"version": told, "status": "up"}), headers=JSON)
    versions = Versions(("v1.42",), ("v1.41",))
    result = await asked(script, versions, expect={"json": {"version": "$version"}})
    assert (result.outcome, result.reason) == (outcome, reason)
    if outcome is not UP:
        assert 'not "v1.42", the version deployed last' in result.detail


async def test_the_version_is_found_in_a_text_too() -> None:
    script, expect = answers("shop 1.41 is fine", headers=TEXT), {"body": "shop $version"}
    right = await asked(script, Versions(("1.41",), ()), expect=expect)
    former = await asked(script, Versions(("1.42",), ("1.41",)), expect=expect)
    assert right.outcome is UP
    assert (former.outcome, former.reason) == (DOWN, "body_mismatch")
    assert former.detail == ('the body does not contain "shop 1.42", the version deployed last')


async def test_without_a_known_deployment_the_version_is_not_judged_and_says_so() -> None:
    script = answers(json.dumps({"version": "v1", "db": "up"}), headers=JSON)
    result = await asked(script, expect={"json": {"version": "$version", "db": "up"}})
    assert (result.outcome, result.reason) == (UP, "ok")
    assert result.detail.endswith(", its version not compared: no deployment is known")


async def test_another_mismatch_comes_before_a_version_that_only_warns() -> None:
    script = answers(json.dumps({"version": "v3", "db": "lost"}), headers=JSON)
    expect = {"json": {"version": "$version", "db": "up"}}
    result = await asked(script, Versions(("v2",), ()), expect=expect)
    assert (result.outcome, result.detail) == (DOWN, 'db is "lost", not "up"')


@pytest.mark.parametrize(
    ("headers", "body", "outcome", "words"),
    [
        (HEALTH, {"status": "pass"}, UP, "HTTP 200"),
        (HEALTH, {"status": "warn"}, DEGRADED, "warn"),
        (HEALTH, {"status": "fail", "checks": {"db": [{"status": "fail"}]}}, DOWN, "fail: db"),
        (JSON, {"status": "UP", "components": {"db": {"status": "UP"}}}, UP, "HTTP 200"),
        (JSON, {"status": "DOWN", "components": {"db": {"status": "DOWN"}}}, DOWN, "DOWN: db"),
        (JSON, {"status": "OUT_OF_SERVICE"}, DOWN, "OUT_OF_SERVICE"),
        (JSON, {"status": "UNKNOWN"}, UP, "HTTP 200"),  # the actuator ranks it below UP
        (JSON, {"status": "shipped", "order": 12}, UP, "HTTP 200"),  # not about health
        (JSON, {"status": ["fail"]}, UP, "HTTP 200"),
        (TEXT, "ok", UP, "HTTP 200"),
        (TEXT, "[+]ping ok\n[-]etcd failed: reason withheld\nhealthz check failed", DOWN, "etcd"),
        (TEXT, "the day the healthz check failed, a story", UP, "HTTP 200"),
    ],
)
async def test_the_services_own_word_counts(
    headers: str, body: object, outcome: Outcome, words: str
) -> None:
    content = body if isinstance(body, str) else json.dumps(body)
    result = await asked(answers(content, headers=headers))
    assert (result.outcome, words in result.detail) == (outcome, True)


async def test_an_error_names_the_part_that_the_service_blames() -> None:
    body = json.dumps({"status": "DOWN", "components": {"db": {"status": "DOWN"}}})
    result = await asked(answers(body, 503, JSON))
    assert (result.outcome, result.reason) == (DOWN, "http_status")
    assert result.detail == "HTTP 503 from /health: it reports DOWN: db"


async def test_an_explicit_expectation_overrides_the_services_own_word() -> None:
    script = answers('{"status": "warn"}', headers=HEALTH)
    assert (await asked(script, expect={"json": {"status": "warn"}})).outcome is UP


async def test_slower_than_expected_is_degraded_and_says_both_times() -> None:
    result = await asked(answers(pause=0.06), expect={"within": "50ms"})
    assert (result.outcome, result.reason) == (DEGRADED, "slow")
    assert result.detail.startswith("answered in 0.")
    assert result.detail.endswith("slower than 0.05 s")


async def test_a_bad_answer_is_down_however_slow_it_was() -> None:
    result = await asked(answers("", 500, pause=0.06), expect={"within": "50ms"})
    assert (result.outcome, result.reason) == (DOWN, "http_status")


@pytest.mark.parametrize(
    "charset",
    ["utf-8", "latin-1", "utf-16", "klingon", "idna", "punycode", "zlib", "base64", "\x80", '"'],
)
async def test_a_charset_never_stops_a_probe(charset: str) -> None:
    script = answers(
        b"\xff\xfeok \x00\xc3" * 5000, headers=f"Content-Type: text/html;charset={charset}\r\n"
    )
    result = await asked(script, expect={"pattern": "."})
    assert result.outcome in (UP, DOWN)
    assert result.seconds.total is not None
    assert result.seconds.total < 1


async def test_what_was_asked_is_what_arrives() -> None:
    seen: list[bytes] = []
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    async def listen(reader: Any, writer: Any) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(4))
        writer.write(head)
        await writer.drain()

    result = await asked(listen, method="post", headers={"X-Token": "abc"}, body="ping")
    assert result.outcome is UP
    request = seen[0].decode().lower()
    assert request.startswith("post /health?token=hush http/1.1\r\n")
    assert "x-token: abc\r\n" in request
    assert request.endswith("\r\n\r\nping")


async def test_what_a_server_writes_cannot_reach_a_person_raw() -> None:
    evil = json.dumps({"status": "\x1b[31m<b>*no*\u202e\n" + "x" * 500})
    result = await asked(answers(evil, headers=JSON), expect={"json": {"status": "up"}})
    assert result.outcome is DOWN
    assert len(result.detail) <= 200
    assert result.detail.isprintable()


async def test_times_are_measured() -> None:
    async with serving(answers(pause=0.02)) as port:
        result = await probe("http", http=f"http://127.0.0.1:{port}/")
    seconds = result.seconds
    assert seconds.first_byte is not None
    assert seconds.total is not None
    assert 0.02 <= seconds.first_byte <= seconds.total < 1
    assert abs(now() - result.at) < timedelta(seconds=5)
