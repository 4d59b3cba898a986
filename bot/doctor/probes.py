"""Every check: can it be probed on this machine, is it probed, and does a probe tell anything?

A result that is `unknown` never counts against the service, so an outage behind it is told to
nobody: that is what must be said here, loudly. Many checks with the same trouble are one line.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import checks
from bot.core.age import age
from bot.core.wording.words import plural
from bot.doctor.finding import Finding, State, fail, named, ok, warn
from bot.doctor.known import Known
from bot.doctor.look import Seen
from bot.ports import StoredResult
from checks import Obstacle
from config import Config
from config.check import Check

PART = "checks"
MOST = 12
"""Different troubles that are told; where there are more, mending the first ones comes first."""
TURNS_LATE = 3
LATE = timedelta(seconds=30)
"""A result is stale after three turns, one time-out, and this for the batch it is written in."""
_PROBE = "`midwatch probe SERVICE` shows what happens"
_MENDS = {
    "own_limits": "raise that limit of Midwatch's process, or free the resource",
    "own_resolver": "name a `server` in the check, or mend /etc/resolv.conf",
    "own_files": "give Midwatch's user a file that it can read, or correct its path",
    "not_run": "install the program, or correct its path or rights",
    "exit_code": "run it by hand as Midwatch's user: a plugin ends with 0, 1, 2 or 3",
    "crashed": "run it by hand as Midwatch's user: it is ended by a signal",
    "flood": "make the plugin say less: one line is all that is read",
    "internal": "this is a fault of Midwatch: its log has the details; please report it",
    "no_data": "Midwatch could not ask its database: look at that first",
    "late": "the machine is overloaded or was suspended: give it more time, or probe less often",
    "blind": "no canary answers: look at this machine's own network",
}
"""How to mend what makes a result `unknown`, by its reason code."""
Watched = tuple[tuple[str, str], str, Check]
"""Service and label, both as people read them, and the check."""
Probed = tuple[str, StoredResult]
"""A check as people read it, and its last result."""
Trouble = tuple[State, str, str]
"""State, what, mend: checks that have it in common are told together."""


async def obstacles(config: Config) -> Seen:
    """What each kind finds in the way on this machine. Files are looked at in a thread."""
    return Seen(await asyncio.to_thread(lambda: _told(_obstacles(config))))


def look(config: Config, known: Known | None, now: datetime) -> list[Finding]:
    """What the results tell. `known` None: the database could not be asked."""
    watched = list(_watched(config))
    found = _told(_hurried(watched))
    if known is None or not watched:
        return found
    stale = [
        (name, known.results[key])
        for key, name, check in watched
        if key in known.results and _is_stale(check, known.results[key], now)
    ]
    never = [name for key, name, _ in watched if key not in known.results]
    if len(stale) + len(never) == len(watched):
        return [*found, _nothing_is_probed(len(watched), stale, known, now)]
    fresh = [
        (name, known.results[key])
        for key, name, check in watched
        if key in known.results and not _is_stale(check, known.results[key], now)
    ]
    return [
        *found,
        *_silent(stale, never, now),
        *_told(_unknown(fresh)),
        *_told(_never_called(watched, known)),
        *_summary(fresh),
    ]


def _watched(config: Config) -> Iterator[Watched]:
    for key, service in config.services.items():
        for check in service.checks:
            yield (key, check.label), f"{key}/{check.label}", check


def _told(troubles: Iterable[tuple[str, Trouble]]) -> list[Finding]:
    """One finding for each trouble, with the checks that have it; bounded."""
    sharing: dict[Trouble, list[str]] = defaultdict(list)
    for name, trouble in troubles:
        sharing[trouble].append(name)
    found = [
        Finding(PART, state, f"{named(names)}: {what}", mend)
        for (state, what, mend), names in sharing.items()
    ]
    if len(found) > MOST:
        rest = Finding(PART, State.WARN, f"and {len(found) - MOST} more troubles like these")
        return [*found[:MOST], rest]
    return found


def _obstacles(config: Config) -> Iterator[tuple[str, Trouble]]:
    for key, service in config.services.items():
        for check in (*service.checks, *service.staging_checks):
            obstacle = _obstacle(check)
            if obstacle is not None:
                yield f"{key}/{check.label}", (State.FAIL, obstacle.what, obstacle.mend)


def _obstacle(check: Check) -> Obstacle | None:
    examine = checks.load(check.kind).examine
    try:
        return examine(check.options) if examine is not None else None
    except Exception as fault:
        # The worker's edge: one kind that cannot tell must not hide what the others found.
        return Obstacle(f"could not be examined ({type(fault).__name__})", "report this as a bug")


def _hurried(watched: Iterable[Watched]) -> Iterator[tuple[str, Trouble]]:
    for _, name, check in watched:
        options = check.options
        if options.every < options.timeout and check.kind != "heartbeat":
            every, timeout = options.every.total_seconds(), options.timeout.total_seconds()
            what = f"a probe may take {timeout:g} s, so it cannot be repeated every {every:g} s"
            yield name, (State.WARN, what, "make `timeout` shorter than `every`")


def _is_stale(check: Check, result: StoredResult, now: datetime) -> bool:
    options = check.options
    return now - result.at > TURNS_LATE * options.every + options.timeout + LATE


def _nothing_is_probed(count: int, stale: list[Probed], known: Known, now: datetime) -> Finding:
    newest = max((result.at for _, result in stale), default=None)
    since = f"for {age(now - newest)}" if newest else "yet"
    what = f"{plural(count, 'check')}: nothing was probed {since}"
    if not known.runs:
        return warn(PART, what, "start Midwatch with `midwatch run`")
    say = fail if newest else warn
    return say(PART, what, "look again in a minute; then at the log of the Midwatch that runs")


def _silent(stale: list[Probed], never: list[str], now: datetime) -> Iterator[Finding]:
    if stale:
        newest = max(result.at for _, result in stale)
        names = named(name for name, _ in stale)
        what = f"{names}: not probed for {age(now - newest)} or longer, while others are"
        mend = "too much at once for this machine? Its log and /metrics tell; restart Midwatch"
        yield fail(PART, what, mend)
    if never:
        mend = "has the Midwatch that runs read this configuration? Its log tells"
        yield warn(PART, f"{named(never)}: never probed", mend)


def _unknown(fresh: list[Probed]) -> Iterator[tuple[str, Trouble]]:
    for name, result in fresh:
        if result.outcome == checks.Outcome.UNKNOWN:
            what = f"a probe tells nothing, so no outage would be told ({result.detail})"
            # Standing still for a moment happens; the next probe says more.
            state = State.WARN if result.reason == "late" else State.FAIL
            yield name, (state, what, _MENDS.get(result.reason, _PROBE))


def _never_called(watched: Iterable[Watched], known: Known) -> Iterator[tuple[str, Trouble]]:
    for _, name, check in watched:
        call = known.calls.get(check.options.target) if check.kind == "heartbeat" else None
        if call and not (call.ok_at or call.start_at or call.fail_at or call.warn_at):
            mend = "let the job call /hooks/heartbeats/NAME with its token when it has ended"
            yield name, (State.WARN, "has never called in", mend)


def _summary(fresh: list[Probed]) -> Iterator[Finding]:
    """What is down is the bot's to tell; here it is only counted and named."""
    told = [(name, result) for name, result in fresh if result.outcome != "unknown"]
    counts = Counter(result.outcome for _, result in told)
    if not told:
        return
    words = [
        f"{counts[outcome]} {outcome}" for outcome in ("up", "degraded", "down") if counts[outcome]
    ]
    down = [name for name, result in told if result.outcome == "down"]
    which = f" ({named(down)})" if down else ""
    yield ok(PART, f"{plural(len(told), 'check')} probed lately: {', '.join(words)}{which}")
