"""Reading the configuration again while running: a bad one changes nothing and says so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.loading import load
from config.model import Config
from config.problems import ConfigError, Problem, key
from config.seen import Seen, fingerprint

__all__ = ["Bad", "New", "Seen", "Unchanged", "changes", "fingerprint", "look_again"]

_KEYED = ("people", "teams", "services", "senders")
_WHOLE = (
    *("slack", "escalation", "sign_off", "watchdog", "canaries", "defaults", "maintenance"),
    *("alerts", "catalogue"),
)
_PLAIN = ("timezone", "acknowledge", "storm", "suspect_window")


@dataclass(frozen=True, slots=True)
class New:
    """Something changed and is good. `changes` are sentences for people, without secrets."""

    config: Config
    changes: tuple[str, ...]
    seen: Seen


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing to do: all is as it was, or changes at this very moment."""

    seen: Seen | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Bad:
    """Something changed and cannot be used: go on with the old one, and say so once."""

    problems: tuple[Problem, ...]
    seen: Seen


def look_again(
    config: Config, env: Mapping[str, str], seen: Seen | None, *, demo: bool = False
) -> New | Unchanged | Bad:
    """Read the file of `config` and its catalogue once more. Never raises.

    `seen` is that of the last answer (at first `fingerprint`), so that one bad file is told once;
    None: read it even if nothing changed. What changes while it is read is left for the next look:
    half of a folder may be the old one and half the new one.
    """
    now = fingerprint(config.source, seen)
    if now == seen:
        return Unchanged(now)
    try:
        fresh = load(config.source, env, demo=demo)
    except ConfigError as error:
        found: New | Bad = Bad(error.problems, now)
    else:
        found = New(fresh, changes(config, fresh), now)
    return found if fingerprint(config.source, now) == now else Unchanged(seen)


def changes(old: Config, new: Config) -> tuple[str, ...]:
    """What is different, one sentence each; addresses and numbers are not quoted."""
    return tuple(_changes(old, new))


def _changes(old: Config, new: Config) -> Iterator[str]:
    for section in _KEYED:
        yield from _keyed(section, old, new)
    for name in _PLAIN:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{name}: {_say(before)} -> {_say(after)}"
    for name in _WHOLE:
        if getattr(old, name) != getattr(new, name):
            yield f"{name} changed"


def _keyed(section: str, old: Config, new: Config) -> Iterator[str]:
    before, after = getattr(old, section), getattr(new, section)
    for name in sorted(before.keys() | after.keys()):
        where = f"{section}.{key(name)}"
        file = (new if name in after else old).origins.get(f"{section}.{name}")
        by = f" ({Path(file).name})" if file else ""
        if name not in after:
            yield f"{where} removed{by}"
        elif name not in before:
            yield f"{where} added{by}"
        elif before[name] != after[name]:
            parts = ", ".join(_parts(before[name], after[name])) or "its rights"
            yield f"{where} changed: {parts}{by}"


def _parts(old: object, new: object) -> Iterator[str]:
    for name in getattr(type(old), "model_fields", {}):
        if getattr(old, name) != getattr(new, name):
            yield str(name)


def _say(value: object) -> str:
    return "none" if value is None else str(value)
