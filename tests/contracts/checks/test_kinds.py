"""What every kind of check must keep, found by itself: a new kind's file is under this contract."""

import asyncio
import contextlib
import inspect
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import checks
from checks import Context, Heartbeat, Kind, Outcome, Result, run
from checks.options import CheckOptions, called
from tests.contracts.checks.clock import now
from tests.contracts.checks.servers import closed_port, serving, silent

SAMPLES: dict[str, dict[str, Any]] = {
    "dns": {"dns": "shop.test", "server": "127.0.0.1:{port}"},
    "ping": {"ping": "no-such-host.invalid"},
    "http": {"http": "http://127.0.0.1:{port}/"},
    "tcp": {"tcp": "127.0.0.1:{port}", "expect": {"body": "hello"}},
    "tls": {"tls": "127.0.0.1:{port}"},
    "heartbeat": {"heartbeat": "nightly", "period": "1h", "grace": "5m"},
    "command": {"command": ["/bin/sh", "-c", "echo no; exit 2"]},
}
"""The smallest useful check of each kind. `{port}`: of a server on loopback, for kinds that ask."""
KINDS = checks.kinds()
ASKING = [kind for kind in KINDS if "{port}" in json.dumps(SAMPLES.get(kind))]
CONNECTIONLESS = {"dns"}
NOT_A_DURATION = [
    0,
    5,
    -1,
    "5",
    "five s",
    "-1s",
    "0s",
    "10 parsecs",
    None,
    True,
    [],
    "1e9s",
    "99999d",
]


def sample(kind: str, at_port: int = 9, /, **more: object) -> dict[str, Any]:
    text = json.dumps(SAMPLES[kind]).replace("{port}", str(at_port))
    return {**json.loads(text), **more}


def options(kind: str, at_port: int = 9, /, **more: object) -> CheckOptions:
    return checks.load(kind).options.model_validate(sample(kind, at_port, **more))


def known_heartbeat(_name: str) -> Heartbeat:
    return Heartbeat(created_at=now() - timedelta(days=9), message="disk\x00 full\n<b>\u202e")


def context() -> Context:
    return Context(now=now, heartbeat=known_heartbeat)


def test_every_kind_has_a_sample_here() -> None:
    assert set(SAMPLES) == set(KINDS)


def test_an_unknown_kind_is_not_found() -> None:
    with pytest.raises(KeyError):
        checks.load("carrier-pigeon")
    with pytest.raises(KeyError):
        checks.load("verdict")  # a file of the folder, and no kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_named_as_its_file_and_its_target(kind: str) -> None:
    found = checks.load(kind)
    assert found.name == kind
    assert inspect.getmodule(found.probe).__name__ == f"checks.{kind}"  # type: ignore[union-attr]
    made = options(kind)
    assert made.target == called(sample(kind)[kind])
    assert made.label == made.target
    assert options(kind, name="front door").label == "front door"


@pytest.mark.parametrize("kind", KINDS)
def test_options_have_the_documented_defaults(kind: str) -> None:
    made = options(kind)
    second = timedelta(seconds=1)
    assert (made.every, made.timeout, made.recheck) == (30 * second, 10 * second, 3 * second)
    assert (made.rollout_grace, made.failures, made.successes) == (30 * second, 3, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_options_are_refused_by_name(kind: str) -> None:
    with pytest.raises(ValidationError, match="evry"):
        options(kind, evry="10s")


@pytest.mark.parametrize("kind", KINDS)
def test_the_target_is_required(kind: str) -> None:
    values = sample(kind)
    del values[kind]
    with pytest.raises(ValidationError, match=kind):
        checks.load(kind).options.model_validate(values)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("option", ["every", "timeout", "recheck"])
def test_a_time_that_is_none_is_refused(kind: str, option: str) -> None:
    for value in NOT_A_DURATION:
        with pytest.raises(ValidationError, match=option):
            options(kind, **{option: value})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("option", ["failures", "successes"])
def test_a_threshold_below_one_is_refused(kind: str, option: str) -> None:
    for value in (0, -1, 101, 2.5, "many", None):
        with pytest.raises(ValidationError, match=option):
            options(kind, **{option: value})


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("target", ["", " ", "a b", "x\x00y", "a\nb", 7, None, [], {}, "é" * 3000])
def test_a_target_that_cannot_be_one_is_refused(kind: str, target: object) -> None:
    with pytest.raises(ValidationError, match=kind):
        options(kind, **{kind: target})


@pytest.mark.parametrize("kind", KINDS)
def test_errors_never_show_what_was_written(kind: str) -> None:
    with pytest.raises(ValidationError) as refused:
        options(kind, **{kind: "https://u:hush-hush@h o/", "name": "", "every": "hush-hush"})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
def test_options_are_read_from_json_as_from_python_and_have_a_schema(kind: str) -> None:
    model = checks.load(kind).options
    assert model.model_validate_json(json.dumps(sample(kind))) == options(kind)
    schema = model.model_json_schema()
    assert kind in schema["required"]
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("kind", KINDS)
def test_options_cannot_be_changed(kind: str) -> None:
    made = options(kind)
    with pytest.raises(ValidationError):
        made.failures = 9  # type: ignore[misc]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(
        ["1d", "0s", "9" * 400, "[::1]:1", "http://[", "//", "a:b:c", "\x00", "\ud800"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["status", "body", "json", "pattern", "x"]), inner)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=60)
@given(data=st.data())
def test_whatever_an_option_is_it_is_taken_or_refused(kind: str, data: st.DataObject) -> None:
    model = checks.load(kind).options
    names = st.sampled_from(sorted(model.model_fields))
    values = sample(kind) | data.draw(st.dictionaries(names, ANYTHING, min_size=1, max_size=3))
    with contextlib.suppress(ValidationError):
        assert model.model_validate(values).label
    with contextlib.suppress(ValidationError):
        model.model_validate_json(json.dumps(values), strict=True)


def said_well(result: Result) -> bool:
    """A reason for programs, one clean line for people."""
    return (
        result.reason.replace("_", "").isalnum()
        and 0 < len(result.detail) <= checks.DETAIL_AT_MOST
        and result.detail.isprintable()
        and result.detail == result.detail.strip()
        and result.at.tzinfo is not None
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_an_unreachable_target_is_down_with_a_reason(kind: str) -> None:
    started = time.monotonic()
    result = await run(checks.load(kind), options(kind, closed_port(), timeout="3s"), context())
    assert result.outcome is Outcome.DOWN
    assert said_well(result)
    assert time.monotonic() - started < 1.5
    if kind in ASKING:
        assert (result.reason, result.answered) == ("refused", False)
        assert result.seconds.total is not None


@asynccontextmanager
async def silence() -> AsyncIterator[int]:
    """A port that takes connections and packets, and never says a word."""
    async with serving(silent) as port:
        with socket.socket(type=socket.SOCK_DGRAM) as deaf:
            deaf.bind(("127.0.0.1", port))
            yield port


@pytest.mark.parametrize("kind", ASKING)
async def test_a_silent_target_is_down_at_the_deadline_and_says_so(kind: str) -> None:
    started = time.monotonic()
    async with silence() as port:
        result = await run(checks.load(kind), options(kind, port, timeout="300ms"), context())
    assert (result.outcome, result.reason) == (Outcome.DOWN, "timeout")
    assert said_well(result)
    assert 0.29 < time.monotonic() - started < 1
    assert result.seconds.connect is not None or kind in CONNECTIONLESS  # how far it got


@pytest.mark.parametrize("kind", ASKING)
async def test_a_probe_can_be_cancelled(kind: str) -> None:
    async with silence() as port:
        task = asyncio.create_task(run(checks.load(kind), options(kind, port), context()))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("kind", KINDS)
async def test_many_probes_leave_no_task_behind(kind: str) -> None:
    before = asyncio.all_tasks()
    made = options(kind, closed_port(), timeout="3s")
    await asyncio.gather(*(run(checks.load(kind), made, context()) for _ in range(20)))
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


class Odd(CheckOptions):
    """Options of the kinds made up below."""


async def _raises(_options: Odd, _context: Context) -> Result:
    raise ZeroDivisionError("secret in here")


async def _hangs(_options: Odd, _context: Context) -> Result:
    await asyncio.Event().wait()
    raise AssertionError


async def _shouts(_options: Odd, given: Context) -> Result:
    return Result(Outcome.DOWN, "rude", "a\x00b\r\n\x1b[31mred\u202e" + "x" * 9000, given.now())


@pytest.fixture
def made_up() -> Odd:
    return Odd.model_validate({"timeout": "50ms"})


async def test_a_fault_of_our_own_is_unknown_and_never_an_exception(made_up: Odd) -> None:
    result = await run(Kind("odd", Odd, _raises), made_up, context())
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "internal")
    assert "secret" not in result.detail


async def test_a_kind_that_forgets_its_deadline_is_ended(made_up: Odd) -> None:
    result = await run(Kind("odd", Odd, _hangs), made_up, context())
    assert (result.outcome, result.reason) == (Outcome.DOWN, "timeout")
    assert (result.detail, result.answered) == ("no answer within 0.05 s", False)


def test_a_time_out_because_we_stood_still_is_not_held_against_the_service() -> None:
    silence = Result(Outcome.DOWN, "timeout", "no answer within 5 s", now(), answered=False)
    late = checks.believed(silence, took_seconds=6.1, limit_seconds=5)
    assert (late.outcome, late.reason) == (Outcome.UNKNOWN, "late")
    assert checks.believed(silence, took_seconds=5.3, limit_seconds=5) == silence
    refused = Result(Outcome.DOWN, "refused", "connection refused", now(), answered=False)
    assert checks.believed(refused, took_seconds=60, limit_seconds=5) == refused


async def test_what_a_probe_quotes_is_cleaned_and_bounded(made_up: Odd) -> None:
    result = await run(Kind("odd", Odd, _shouts), made_up, context())
    assert result.detail.startswith("ab [31mredxxx")
    assert said_well(result)
