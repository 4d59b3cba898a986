"""The service catalogue: services, people and teams from a folder, one file each, as one file.

Every value keeps the file that it was read from, so that what is wrong with it is told there.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from config.complaints import spell
from config.document import Entry, Flaw, Node, Unreadable, compose, keys
from config.files import CannotRead, read_small
from config.problems import Problem, did_you_mean, key
from config.texts import decoded

KEY = "catalogue"
SECTIONS = ("services", "people", "teams")
"""What a file of the folder may hold."""
ENDINGS = (".yaml", ".yml", ".json")
LARGEST_FILE = 1024 * 1024
MOST_FILES = 5000


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of the folder: its content, or why it has none."""

    path: FilePath
    content: bytes | CannotRead


Read = Callable[[FilePath], Sequence[Piece]]
"""The files of a folder in the order of their names. Raises CannotRead for the folder."""


def names_in(folder: FilePath) -> list[FilePath]:
    """The files that count, by name: no hidden ones, no editor's copies, nothing further down.

    Raises CannotRead.
    """
    try:
        found = [
            FilePath(entry.path)
            for entry in os.scandir(folder)
            if entry.name.endswith(ENDINGS) and not entry.name.startswith((".", "#"))
        ]
    except FileNotFoundError:
        raise CannotRead("there is no such folder", "make it, or take the key out") from None
    except NotADirectoryError:
        raise CannotRead("is no folder", "name the folder that the files are in") from None
    except PermissionError:
        raise CannotRead("may not be read", "give Midwatch's user the right to read it") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise CannotRead(f"cannot be read: {reason or 'bad path'}") from None
    if len(found) > MOST_FILES:
        raise CannotRead(f"holds more than {MOST_FILES} files", "one file for each service")
    return sorted(found)


def read_folder(folder: FilePath) -> list[Piece]:
    """Every file of it. Raises CannotRead for the folder itself."""
    return [Piece(path, _content(path)) for path in names_in(folder)]


def _content(path: FilePath) -> bytes | CannotRead:
    try:
        return read_small(path, LARGEST_FILE)
    except CannotRead as error:
        return error


def folder_of(root: Node, source: FilePath) -> FilePath | None:
    """The folder that the main file names, seen from that file; None: it names none."""
    entry = root.value.get(KEY) if isinstance(root.value, dict) else None
    if entry is None or not isinstance(entry.node.value, str) or not entry.node.value:
        return None
    return source.parent / entry.node.value


@dataclass(slots=True)
class Joined:
    """The whole tree. `readable` False: a file is missing from it, so names may be unknown."""

    root: Node
    problems: list[Problem]
    readable: bool = True


def joined(root: Node, source: FilePath, read: Read) -> Joined:
    """The main file with what the folder's files hold. Never raises."""
    whole, folder = Joined(root, []), folder_of(root, source)
    if folder is None:
        return whole
    try:
        pieces = read(folder)
    except CannotRead as error:
        assert isinstance(root.value, dict)
        node = root.value[KEY].node
        what = f"the folder {error}"
        whole.problems.append(Problem(str(source), node.line, node.column, KEY, what, error.mend))
        whole.readable = False
        return whole
    for piece in pieces:
        _join(whole, piece, str(source))
    return whole


def _join(whole: Joined, piece: Piece, main: str) -> None:
    name = str(piece.path)
    if isinstance(piece.content, CannotRead):
        whole.problems.append(Problem(name, 0, 0, "", piece.content.what, piece.content.mend))
        whole.readable = False
        return
    try:
        tree, flaws = compose(decoded(piece.content), name)
    except Unreadable as stop:
        tree, flaws = None, [stop.flaw]
    else:
        if tree is None or tree.value is None:
            flaws.append(Flaw(1, 1, "the file is empty", "write a service, or remove the file"))
        elif not isinstance(tree.value, dict):
            flaws.append(Flaw(tree.line, tree.column, "not a mapping", "write `services:` …"))
    whole.problems += [_told(flaw, name) for flaw in flaws]
    if tree is None or not isinstance(tree.value, dict):
        whole.readable = False
        return
    for word, entry in tree.value.items():
        if word in SECTIONS:
            _add(whole, word, entry)
        else:
            mend = did_you_mean(word, SECTIONS, f"it belongs into {main}")
            what = "only services, people and teams stand here"
            whole.problems.append(Problem(name, entry.line, entry.column, key(word), what, mend))


def _add(whole: Joined, section: str, entry: Entry) -> None:
    """Its keys beside those of the others; one that is there already is told with both places."""
    sections = dict(whole.root.value) if isinstance(whole.root.value, dict) else {}
    known = sections.get(section)
    if known is None or not isinstance(entry.node.value, dict):
        # What is no mapping takes the section's place, so that the schema tells of it there.
        sections[section] = entry
    elif isinstance(known.node.value, dict):
        merged = dict(known.node.value)
        for name, one in entry.node.value.items():
            if name in merged:
                whole.problems.append(_twice(section, name, one, merged[name]))
            else:
                merged[name] = one
        sections[section] = replace(known, node=replace(known.node, value=merged))
    whole.root = replace(whole.root, value=sections)


def _twice(section: str, name: str, again: Entry, first: Entry) -> Problem:
    place = f"line {first.line} of {first.node.file or 'the main file'}"
    where, what = f"{section}.{key(name)}", f"stands a second time (first in {place})"
    return Problem(again.node.file, again.line, again.column, where, what, "keep one of them")


def _told(flaw: Flaw, name: str) -> Problem:
    return Problem(name, flaw.line, flaw.column, spell(flaw.path), flaw.what, flaw.mend)


def origins(root: Node) -> dict[str, str]:
    """The file of everything that the folder brought: `services.checkout` to its path."""
    return {
        f"{section}.{name}": entry.node.file
        for section in SECTIONS
        for name, entry in keys(root, section).items()
        if entry.node.file
    }
