"""Every source: is its hook open, was it heard of, what did it get wrong, who depends on it. Pure.

Hooks are found by their files, and say themselves what they want: see `bot.hook.Hook`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.core.age import age
from bot.doctor.finding import Finding, fail, named, off, ok, warn
from bot.doctor.known import Known
from bot.from_config import secrets_of
from bot.hook import Hook, HookError, Incoming, NotConfigured, Secrets, refusals_of
from bot.ports import SourceStatus
from bot.sources import hooks
from config import Config

PART = "sources"
RECENTLY = timedelta(days=1)
SILENT_FOR = timedelta(days=30)
ASKED_WITHIN = timedelta(hours=1)
"""Sources that can be asked are asked every few minutes."""
ASKED = " API"
"""Ends the name of a source that is asked (see `bot.catching_up`)."""
_DEPLOYMENTS = "let its repository's webhook, or its pipeline, tell this Midwatch (docs/sources.md)"


def look(config: Config, known: Known | None, now: datetime) -> list[Finding]:
    """Everything about sources. `known` None: the database could not be asked."""
    found, secrets = hooks(), secrets_of(config)
    closed = {name: why for name, hook in found.items() if (why := want_of(hook, secrets))}
    statuses = known.sources if known else {}
    return [
        *_closed(found, closed, statuses, now),
        *(
            finding
            for name in found
            if name not in closed
            for finding in _open(name, statuses, now)
        ),
        *_asked(config, known, now),
        *_heartbeats(config, closed),
        *_never_deployed(config, known),
    ]


def wants(config: Config) -> str:
    """What all closed hooks want, in one text: other parts need not say the same."""
    secrets = secrets_of(config)
    return "; ".join(filter(None, (want_of(hook, secrets) for hook in hooks().values())))


def want_of(hook: Hook, secrets: Secrets) -> str | None:
    """What keeps a hook closed, such as `GITLAB_WEBHOOK_TOKEN is not set`; None: it is open."""
    try:
        hook.authenticate(Incoming({}, b"", {}), secrets)
    except NotConfigured as missing:
        return str(missing)
    except HookError:
        return None
    return None


def _closed(
    found: Mapping[str, Hook],
    closed: Mapping[str, str],
    statuses: Mapping[str, SourceStatus],
    now: datetime,
) -> Iterator[Finding]:
    """One finding for those with a secret of their own each, one for all that take a token."""
    generic = [name for name in closed if found[name].scope]
    if generic:
        what = f"{', '.join(generic)}: no token opens a hook, so nobody is let in"
        yield off(PART, what, "give each sender its own: `senders`, HOOK_TOKEN_<SENDER>")
    for name in closed:
        if not found[name].scope:
            yield off(PART, f"{name}: {closed[name]}, so nobody is let in")
        yield from _refusals(name, statuses, now)


def _open(name: str, statuses: Mapping[str, SourceStatus], now: datetime) -> Iterator[Finding]:
    status = statuses.get(name, SourceStatus(name))
    seen, error = _seen(status.seen_at, now), _error(status, now)
    if error:
        yield warn(PART, f"{name}: {error}; {seen}", "mend what it sends, or the configuration")
    elif status.seen_at and now - status.seen_at > SILENT_FOR:
        yield warn(PART, f"{name}: {seen}", "is its webhook still there? Send a test delivery")
    else:
        yield ok(PART, f"{name}: {seen}")
    yield from _refusals(name, statuses, now)


def _seen(at: datetime | None, now: datetime) -> str:
    return f"last good {age(now - at)} ago" if at else "never heard of"


def _error(status: SourceStatus, now: datetime) -> str | None:
    """Its last mistake, if that was lately, or if nothing good came after it."""
    if not (status.error and status.error_at):
        return None
    mended = status.seen_at is not None and status.seen_at > status.error_at
    if mended and now - status.error_at >= RECENTLY:
        return None
    return f"trouble {age(now - status.error_at)} ago: {status.error}"


def _refusals(name: str, statuses: Mapping[str, SourceStatus], now: datetime) -> Iterator[Finding]:
    status = statuses.get(refusals_of(name))
    if status and status.error and status.error_at and now - status.error_at < RECENTLY:
        mend = "look at the sender's token or secret, and at what is set here"
        yield warn(PART, f"{name}: {age(now - status.error_at)} ago {status.error}", mend)


def _asked(config: Config, known: Known | None, now: datetime) -> Iterator[Finding]:
    """Sources that are asked with a token: `github API` with GITHUB_TOKEN."""
    for name, status in sorted(known.sources.items()) if known else ():
        source = name.removesuffix(ASKED)
        if source == name or getattr(config.settings, f"{source}_token", None) is None:
            continue
        seen, error = f"{source} was asked: {_seen(status.seen_at, now)}", _error(status, now)
        late = status.seen_at is None or now - status.seen_at > ASKED_WITHIN
        if error:
            yield warn(PART, f"{seen}; {error}", f"look at {source.upper()}_TOKEN and its rights")
        elif late and known and known.probes_at(now):
            yield warn(PART, seen, "a Midwatch that runs asks every few minutes: see its log")
        else:
            yield ok(PART, seen)


def _heartbeats(config: Config, closed: Mapping[str, str]) -> Iterator[Finding]:
    """Jobs that must call a hook which lets nobody in would all be down for ever."""
    waiting = [
        key
        for key, service in config.services.items()
        if any(check.kind == "heartbeat" for check in service.checks)
    ]
    if waiting and "heartbeats" in closed:
        what = f"{named(waiting)}: a heartbeat is awaited, and its hook lets nobody in"
        yield fail(PART, what, "set HOOK_TOKEN_<SENDER> for a sender with `heartbeats`")


def _never_deployed(config: Config, known: Known | None) -> Iterator[Finding]:
    """Services that name a repository: somebody means its deployments to be known."""
    if known is None:
        return
    never = [
        key
        for key, service in config.services.items()
        if service.repository and (key, service.environment.casefold()) not in known.deployed
    ]
    if never:
        what = f"no deployment of {named(never)} was ever reported: no outage can be linked to one"
        yield warn(PART, what, _DEPLOYMENTS)
