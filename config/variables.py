"""Raw variables: trimmed, empty ones as if unset, `NAME_FILE` read in place of `NAME`."""

from collections.abc import Collection, Mapping
from pathlib import Path

from config.files import CannotRead, read_small
from config.problems import Problem

ENVIRONMENT = "environment"
"""Stands where a problem of a file has the file's name."""
TOKEN_PREFIX = "HOOK_TOKEN_"  # noqa: S105 -- a name, not a token
_LARGEST_SECRET = 64 * 1024


def problem(name: str, what: str, mend: str = "") -> Problem:
    """A problem of one variable."""
    return Problem(ENVIRONMENT, 0, 0, name, what, mend)


def values(env: Mapping[str, str], known: Collection[str]) -> tuple[dict[str, str], list[Problem]]:
    """Every known variable, and every `HOOK_TOKEN_<SENDER>`, that is set."""
    names = set(known)
    for name in env:
        if name.startswith(TOKEN_PREFIX) and len(name.removesuffix("_FILE")) > len(TOKEN_PREFIX):
            names.add(name.removesuffix("_FILE"))
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name in sorted(names):
        try:
            value = _value(env, name)
        except CannotRead as error:
            problems.append(problem(f"{name}_FILE", error.what, error.mend))
            continue
        if value:
            found[name] = value
    return found, problems


def _value(env: Mapping[str, str], name: str) -> str:
    direct, path = env.get(name, "").strip(), env.get(f"{name}_FILE", "").strip()
    if not path:
        return direct
    if direct:
        raise CannotRead(f"{name} is set too", "keep one of them")
    try:
        value = read_small(Path(path), _LARGEST_SECRET).decode("utf-8").strip()
    except UnicodeDecodeError:
        raise CannotRead("names a file that is not UTF-8 text") from None
    except CannotRead as error:
        what = "is not there" if error.missing else error.what
        raise CannotRead(f"names a file that {what}", error.mend) from None
    if not value:
        raise CannotRead("names a file that is empty")
    return value
