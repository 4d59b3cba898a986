"""A job that must call in: what its calls mean, as a table."""

from datetime import UTC, datetime, timedelta

import pytest

from checks import Context, Heartbeat, Outcome, load, run

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
JOB = {"heartbeat": "nightly", "period": "1d", "grace": "1h"}
H = timedelta(hours=1)


def calls(
    ok: float | None = None,
    start: float | None = None,
    fail: float | None = None,
    created: float = 500,
    message: str = "",
    warn: float | None = None,
) -> Heartbeat:
    """Hours ago, each."""

    def at(hours: float | None) -> datetime | None:
        return None if hours is None else NOW - hours * H

    return Heartbeat(NOW - created * H, at(ok), at(start), at(fail), at(warn), message)


@pytest.mark.parametrize(
    ("known", "outcome", "reason", "detail"),
    [
        (calls(created=0), "up", "waiting", "its first call is due within 25 h"),
        (calls(created=25), "up", "waiting", "its first call is due within 25 h"),
        (calls(created=25.1), "down", "missed", "it has never called in, due every 1d"),
        (calls(ok=0), "up", "ok", "called in just now"),
        (calls(ok=3), "up", "ok", "called in 3 h ago"),
        (calls(ok=25), "up", "ok", "called in 25 h ago"),
        (calls(ok=25.01), "down", "missed", "last called in 25 h ago, due every 1d"),
        (calls(ok=72), "down", "missed", "last called in 3 d ago, due every 1d"),
        (calls(ok=24, start=0.5), "up", "ok", "called in 24 h ago"),  # it is running
        (calls(ok=24, start=1.1), "down", "unfinished", "started 66 min ago and has not ended"),
        (calls(start=2), "down", "unfinished", "started 2 h ago and has not ended"),
        (calls(ok=1, start=2), "up", "ok", "called in 60 min ago"),  # it took an hour
        (calls(ok=25.5, start=0.1), "down", "missed", "last called in 25 h ago, due every 1d"),
        (calls(ok=5, fail=1), "down", "failed", "it reported a failure"),
        (calls(fail=1, message="disk full"), "down", "failed", "it reported a failure: disk full"),
        (calls(ok=1, fail=5), "up", "ok", "called in 60 min ago"),  # mended
        (calls(ok=5, fail=1, start=0.1), "down", "failed", "it reported a failure"),  # tries again
        (calls(ok=3, message="3 GB"), "up", "ok", "called in 3 h ago: 3 GB"),
        (calls(ok=5, warn=1), "degraded", "warned", "it reported a warning"),
        (calls(warn=1, message="slow"), "degraded", "warned", "it reported a warning: slow"),
        (calls(warn=5, ok=1), "up", "ok", "called in 60 min ago"),
        (calls(warn=5, fail=1), "down", "failed", "it reported a failure"),
        (calls(fail=5, warn=1), "degraded", "warned", "it reported a warning"),
        (calls(warn=26), "down", "missed", "last called in 26 h ago, due every 1d"),
        (calls(warn=5, start=2), "down", "unfinished", "started 2 h ago and has not ended"),
    ],
)
async def test_calls_mean(known: Heartbeat, outcome: str, reason: str, detail: str) -> None:
    kind = load("heartbeat")
    context = Context(now=lambda: NOW, heartbeat={"nightly": known}.get)
    result = await run(kind, kind.options.model_validate(JOB), context)
    assert (result.outcome.value, result.reason, result.detail) == (outcome, reason, detail)
    assert result.at == NOW
    assert result.answered  # nothing to ask the canaries about
    assert result.final == (reason in ("ok", "warned", "failed"))  # the job's word, not the time


async def test_calls_that_cannot_be_looked_up_count_against_nobody() -> None:
    kind = load("heartbeat")
    result = await run(kind, kind.options.model_validate(JOB), Context(now=lambda: NOW))
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "no_data")


async def test_what_a_job_says_is_cleaned() -> None:
    kind = load("heartbeat")
    known = calls(fail=1, message="no\x00 space\r\n left\x1b[0m " + "x" * 5000)
    context = Context(now=lambda: NOW, heartbeat={"nightly": known}.get)
    result = await run(kind, kind.options.model_validate(JOB), context)
    assert result.detail.startswith("it reported a failure: no space left[0m xxx")
    assert len(result.detail) <= 200


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", "a b", "x" * 65])
def test_a_name_that_does_not_fit_in_its_address_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="heartbeat"):
        load("heartbeat").options.model_validate({**JOB, "heartbeat": name})
