"""A job that must call in: `{heartbeat: nightly-backup, period: 1d, grace: 1h}`.

Nothing is asked: what is known of the calls to `/hooks/heartbeats/NAME` is judged. It is down when
the last call is older than period and grace together, when a job said `/start` and no end of it for
the grace, or when its last word was `fail`; degraded when that was `warn`. A job's own word counts
at once: asking again would not change it.
"""

import re
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from checks import Context, Heartbeat, Kind, Outcome, Result
from checks.durations import str_of
from checks.options import CheckOptions, Positive

OWN_WORDS = frozenset({"ok", "warned", "failed"})
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def _name(text: str) -> str:
    if not re.fullmatch(NAME.strip("^$"), text):
        raise ValueError("not a heartbeat's name: letters, digits, - . and _, at most 64 of them")
    return text


class HeartbeatOptions(CheckOptions):
    """`period`: how often a call is due. `grace`: how late it may be, how long a job may run."""

    heartbeat: Annotated[str, AfterValidator(_name), Field(json_schema_extra={"pattern": NAME})]
    period: Positive
    grace: Positive = timedelta(minutes=5)


async def probe(options: HeartbeatOptions, context: Context) -> Result:
    """What the calls so far mean at this moment."""
    now = context.now()
    known = context.heartbeat(options.heartbeat)
    if known is None:
        return Result(Outcome.UNKNOWN, "no_data", "its calls cannot be looked up", now)
    outcome, reason, detail = judge_calls(options, known, now)
    return Result(outcome, reason, detail, now, final=reason in OWN_WORDS)


def judge_calls(
    options: HeartbeatOptions, known: Heartbeat, now: datetime
) -> tuple[Outcome, str, str]:
    """Outcome, reason and detail. Pure."""
    allowed = options.period + options.grace
    ended, word = _last_word(known)
    said = f": {known.message}" if known.message else ""
    if word == "failed":
        return Outcome.DOWN, word, f"it reported a failure{said}"
    started = known.last_start_at
    if started is not None and (ended is None or started > ended) and now - started > options.grace:
        return Outcome.DOWN, "unfinished", f"started {_ago(now - started)} and has not ended"
    last = ended or known.created_at
    if now - last > allowed:
        return Outcome.DOWN, "missed", _missed(options, ended, now - last)
    if ended is None:
        return Outcome.UP, "waiting", f"its first call is due within {_rough(allowed)}"
    if word == "warned":
        return Outcome.DEGRADED, word, f"it reported a warning{said}"
    return Outcome.UP, "ok", f"called in {_ago(now - ended)}{said}"


def _last_word(known: Heartbeat) -> tuple[datetime | None, str]:
    """When the job last told how it went, and how: `ok`, `warned` or `failed`."""
    told = (
        (known.last_ok_at, "ok"),
        (known.last_warn_at, "warned"),
        (known.last_fail_at, "failed"),
    )
    return max(
        ((at, word) for at, word in told if at is not None),
        key=lambda one: one[0],
        default=(None, ""),
    )


def _missed(options: HeartbeatOptions, ended: datetime | None, since: timedelta) -> str:
    due = f"due every {str_of(options.period)}"
    if ended is None:
        return f"it has never called in, {due}"
    return f"last called in {_ago(since)}, {due}"


def _ago(length: timedelta) -> str:
    return "just now" if length < timedelta(seconds=1) else f"{_rough(length)} ago"


def _rough(length: timedelta) -> str:
    """As people say it: `90 s`, `12 min`, `5 h`, `3 d`."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 2 * 86400 else f"{seconds // 86400} d"


KIND = Kind("heartbeat", HeartbeatOptions, probe)
