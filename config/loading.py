"""Text and environment in, Config or every problem at once out."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath

from pydantic import ValidationError

from config.catalogue import Read, read_folder
from config.complaints import Places, complaints, spell
from config.defaults import unknown_defaults, with_defaults
from config.document import Flaw, Node, Unreadable, compose, data, keys
from config.doubts import doubts
from config.environment import config_path, read_settings
from config.files import CannotRead, read_small
from config.gaps import rota_gaps
from config.joining import Joined, joined, origins
from config.model import Config, built
from config.nothings import nothings
from config.problems import ConfigError, Problem
from config.references import Finding, findings
from config.schema import File
from config.texts import decoded

LARGEST_FILE = 4 * 1024 * 1024
"""Bytes. Thousands of services need less."""


def load(path: FilePath | None, env: Mapping[str, str], *, demo: bool = False) -> Config:
    """Read the configuration file and the environment; nothing else reads either.

    `path` None: `MIDWATCH_CONFIG`, else `config/midwatch.yaml`. `demo`: weak secrets are fine.
    Raises ConfigError with every problem of both.
    """
    named, _ = config_path(env)
    path = FilePath(named) if path is None else path
    try:
        content = read_small(path, LARGEST_FILE)
    except CannotRead as error:
        mend = error.mend
        if error.missing:
            mend = "copy config/example.yaml there, or name another file with MIDWATCH_CONFIG"
        unread = Problem(str(path), 0, 0, "", error.what, mend)
        raise ConfigError([unread, *read_settings(env, None, demo=demo).problems]) from None
    return parse(content, env, path, demo=demo)


def parse(
    content: bytes | str,
    env: Mapping[str, str],
    source: FilePath = FilePath("midwatch.yaml"),
    *,
    demo: bool = False,
    read: Read = read_folder,
) -> Config:
    """As `load`, of a file's content; `source` names it, and its catalogue is beside it.

    `read` gives the catalogue's files. Raises ConfigError.
    """
    root, problems = _tree(content, str(source))
    whole = None if root is None else joined(root, source, read)
    senders = None if root is None else tuple(keys(root, "senders"))
    file, told = _checked(whole, str(source)) if whole else (None, [])
    found = read_settings(env, senders, demo=demo)
    problems = [*problems, *told, *found.problems]
    if problems or whole is None or file is None or found.settings is None:
        raise ConfigError(_each_once(problems))
    warnings = [*_told(doubts(file), Places(str(source), whole.root)), *found.warnings]
    files = {source: content.encode() if isinstance(content, str) else content}
    files |= {one.path: one.content for one in whole.pieces if isinstance(one.content, bytes)}
    return built(file, found.settings, source, warnings, files, origins(whole.root))


def _tree(content: bytes | str, name: str) -> tuple[Node | None, list[Problem]]:
    """The document, and what is wrong with it as a document; None when it is no mapping."""
    try:
        root, flaws = compose(decoded(content))
    except Unreadable as stop:
        return None, [_at(stop.flaw, name)]
    if root is None or root.value is None:
        empty = Flaw(1, 1, "the file is empty", "begin with a copy of config/example.yaml")
        return None, [_at(empty, name)]
    if not isinstance(root.value, dict):
        flaws.append(Flaw(root.line, root.column, "not a mapping", "write `people:`, `teams:` …"))
        return None, [_at(flaw, name) for flaw in flaws]
    return root, [_at(flaw, name) for flaw in flaws]


def _checked(whole: Joined, name: str) -> tuple[File | None, list[Problem]]:
    """The file as a model, or None with what is wrong."""
    if not whole.complete:
        return None, list(whole.problems)
    root, written_in = with_defaults(whole.root)
    places = Places(name, root, written_in)
    told = [*whole.problems, *_told(findings(root), places), *_told(rota_gaps(root), places)]
    unknown = [(path, "unknown option", mend) for path, mend in unknown_defaults(root)]
    told += _told(unknown, places, at_key=True)
    empty = list(nothings(root))
    told += _told(empty, places)
    try:
        return File.model_validate_json(json.dumps(data(root)), strict=True), told
    except ValidationError as error:
        nowhere = {spell(path) for path, _, _ in empty}
        return None, [
            *told,
            *(one for one in complaints(error, places) if one.where not in nowhere),
        ]


def _told(found: Iterable[Finding], places: Places, *, at_key: bool = False) -> Iterator[Problem]:
    for path, what, mend in found:
        yield places.problem(path, what, mend, at_key=at_key)


def _at(flaw: Flaw, name: str) -> Problem:
    return Problem(name, flaw.line, flaw.column, spell(flaw.path), flaw.what, flaw.mend)


def _each_once(problems: Iterable[Problem]) -> list[Problem]:
    """A wrong default would be told once for every check that takes it over."""
    return list({(p.file, p.line, p.column, p.where, p.what): p for p in problems}.values())
