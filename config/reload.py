"""Reading the configuration again while running: a bad one changes nothing and says so."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from config.catalogue import LARGEST_FILE as LARGEST_PIECE
from config.catalogue import MOST_FILES, folder_of, names_in
from config.document import Unreadable, compose
from config.files import CannotRead, read_small
from config.loading import LARGEST_FILE, load
from config.model import Config
from config.problems import ConfigError, Problem, key
from config.texts import decoded

_KEYED = ("people", "teams", "services", "senders")
_WHOLE = (
    *("slack", "escalation", "sign_off", "watchdog", "canaries", "defaults", "maintenance"),
    "alerts",
)
_PLAIN = ("timezone", "catalogue", "acknowledge", "storm", "suspect_window")

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
    """What to compare the next look with: the file and, if it names one, its catalogue."""
    try:
        content = read_small(path, LARGEST_FILE)
    except CannotRead:
        return None
    found = sha256(content)
    folder = _folder(content, path)
    if folder is not None:
        try:
            for name in names_in(folder):
                found.update(str(name).encode(errors="replace") + b"\0" + _digest(name))
        except CannotRead as error:
            found.update(str(error).encode())
    return found.digest()


@lru_cache(maxsize=4)
def _folder(content: bytes, path: Path) -> Path | None:
    try:
        root, _ = compose(decoded(content))
    except Unreadable:
        return None
    return folder_of(root, path) if root else None


def _digest(path: Path) -> bytes:
    """Of its content; read again only if the system says that the file is another one."""
    try:
        at = path.stat()
    except OSError:
        return b"gone"
    return _read_digest(path, (at.st_dev, at.st_ino, at.st_size, at.st_mtime_ns, at.st_ctime_ns))


@lru_cache(maxsize=MOST_FILES)
def _read_digest(path: Path, _which: tuple[int, ...]) -> bytes:
    try:
        return sha256(read_small(path, LARGEST_PIECE)).digest()
    except CannotRead as error:
        return str(error).encode()


def look_again(
    config: Config, env: Mapping[str, str], seen: Seen, *, demo: bool = False
) -> New | Unchanged | Bad:
    """Read the file of `config` once more, and its catalogue. Never raises.

    `seen` is that of the last answer (at first `fingerprint`), so that one bad file is told once.
    The content decides and not the time: editors and mounted volumes play with times.
    """
    now = fingerprint(config.source)
    if now == seen:
        return Unchanged()
    try:
        fresh = load(config.source, env, demo=demo)
    except ConfigError as error:
        return Bad(error.problems, now)
    return New(fresh, changes(config, fresh), now)


def changes(old: Config, new: Config) -> tuple[str, ...]:
    """What is different, one sentence each; addresses and numbers are not quoted."""
    return tuple(_changes(old, new))


def _changes(old: Config, new: Config) -> Iterator[str]:
    for section in _KEYED:
        files = {**old.origins, **new.origins}
        yield from _keyed(section, getattr(old, section), getattr(new, section), files)
    for name in _PLAIN:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{name}: {_say(before)} -> {_say(after)}"
    for name in _WHOLE:
        if getattr(old, name) != getattr(new, name):
            yield f"{name} changed"


def _keyed(
    section: str,
    old: Mapping[str, object],
    new: Mapping[str, object],
    files: Mapping[str, str],
) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        where = f"{section}.{key(name)}"
        file = Path(files.get(where, "")).name
        by = f" ({file})" if file else ""
        if name not in new:
            yield f"{where} removed{by}"
        elif name not in old:
            yield f"{where} added{by}"
        elif old[name] != new[name]:
            parts = ", ".join(_parts(old[name], new[name])) or "its rights"
            yield f"{where} changed: {parts}{by}"


def _parts(old: object, new: object) -> Iterator[str]:
    for name in getattr(type(old), "model_fields", {}):
        if getattr(old, name) != getattr(new, name):
            yield str(name)


def _say(value: object) -> str:
    return "none" if value is None else str(value)
