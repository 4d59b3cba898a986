"""Reading the file again while running: a bad one changes nothing and says so. No threads here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from config.files import CannotRead, read_small
from config.loading import LARGEST_FILE, load, parse
from config.model import Config
from config.problems import ConfigError, Problem, key

_KEYED = ("people", "teams", "services", "senders")
_WHOLE = ("slack", "escalation", "sign_off", "watchdog", "canaries", "defaults", "maintenance")
_PLAIN = ("timezone", "acknowledge", "storm", "suspect_window")

Seen = bytes | None
"""A digest of the file as it was last read; None: it could not be read."""


@dataclass(frozen=True, slots=True)
class New:
    """The file changed and is good. `changes` are sentences for people, without secrets."""

    config: Config
    changes: tuple[str, ...]
    seen: Seen


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing to do."""


@dataclass(frozen=True, slots=True)
class Bad:
    """The file changed and cannot be used: go on with the old one, and say so once."""

    problems: tuple[Problem, ...]
    seen: Seen


def fingerprint(path: Path) -> Seen:
    """What to compare the next look with."""
    try:
        return sha256(read_small(path, LARGEST_FILE)).digest()
    except CannotRead:
        return None


def look_again(
    config: Config, env: Mapping[str, str], seen: Seen, *, demo: bool = False
) -> New | Unchanged | Bad:
    """Read the file of `config` once more. Never raises.

    `seen` is that of the last answer (at first `fingerprint`), so that one bad file is told once.
    The content decides and not the time: editors and mounted volumes play with times.
    """
    try:
        content = read_small(config.source, LARGEST_FILE)
    except CannotRead:
        content = None
    now = None if content is None else sha256(content).digest()
    if now == seen:
        return Unchanged()
    try:
        if content is None:
            fresh = load(config.source, env, demo=demo)
        else:
            fresh = parse(content, env, config.source, demo=demo)
    except ConfigError as error:
        return Bad(error.problems, now)
    return New(fresh, changes(config, fresh), now)


def changes(old: Config, new: Config) -> tuple[str, ...]:
    """What is different, one sentence each; addresses and numbers are not quoted."""
    return tuple(_changes(old, new))


def _changes(old: Config, new: Config) -> Iterator[str]:
    for section in _KEYED:
        yield from _keyed(section, getattr(old, section), getattr(new, section))
    for name in _PLAIN:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{name}: {_say(before)} -> {_say(after)}"
    for name in _WHOLE:
        if getattr(old, name) != getattr(new, name):
            yield f"{name} changed"


def _keyed(section: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        where = f"{section}.{key(name)}"
        if name not in new:
            yield f"{where} removed"
        elif name not in old:
            yield f"{where} added"
        elif old[name] != new[name]:
            yield f"{where} changed: {', '.join(_parts(old[name], new[name])) or 'its rights'}"


def _parts(old: object, new: object) -> Iterator[str]:
    for name in getattr(type(old), "model_fields", {}):
        if getattr(old, name) != getattr(new, name):
            yield str(name)


def _say(value: object) -> str:
    return "none" if value is None else str(value)
