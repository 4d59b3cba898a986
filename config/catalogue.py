"""The service catalogue: folders of files that each repository owns, beside the main file.

Only finds and reads the files; `config.joining` makes one tree of them.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from config.document import Node
from config.files import CannotRead, read_small

KEY = "catalogue"
ENDINGS = (".yaml", ".yml", ".json")
LARGEST_PIECE = 1024 * 1024
LARGEST_FOLDER = 16 * 1024 * 1024
"""Bytes. Ten thousand services need less."""
MOST_FILES = 5000


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of a folder; `status` None: a link to nothing."""

    path: FilePath
    status: os.stat_result | None


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of the catalogue: its content, or why it has none."""

    path: FilePath
    content: bytes | CannotRead


Read = Callable[[FilePath], Sequence[Piece]]
"""The files of a folder in the order of their names. Raises CannotRead for the folder."""


def folders_of(root: Node, source: FilePath) -> Iterator[tuple[Node, FilePath]]:
    """The folders that a main file names, seen from that file, and where it names them."""
    entry = root.value.get(KEY) if isinstance(root.value, dict) else None
    if entry is None:
        return
    named = entry.node.value if isinstance(entry.node.value, list) else [entry.node]
    for node in named:
        if isinstance(node.value, str) and node.value:
            yield node, source.parent / node.value


def listed(folder: FilePath) -> list[Listed]:
    """The files that count, by name: no hidden ones, no editor's copies, nothing further down.

    A link counts as what it leads to, as in a mounted ConfigMap. Raises CannotRead.
    """
    try:
        with os.scandir(folder) as entries:
            found = [Listed(FilePath(one.path), _status(one)) for one in entries if _counts(one)]
    except FileNotFoundError:
        raise CannotRead("there is no such folder", f"make {folder}") from None
    except NotADirectoryError:
        raise CannotRead("not a folder", "name the folder that the files are in") from None
    except PermissionError:
        raise CannotRead("a folder that may not be read", "let Midwatch's user read it") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise CannotRead(f"a folder that cannot be read: {reason or 'bad path'}") from None
    if len(found) > MOST_FILES:
        raise CannotRead(f"a folder of more than {MOST_FILES} files", "one for each service")
    if sum(one.status.st_size for one in found if one.status) > LARGEST_FOLDER:
        raise CannotRead(f"a folder of more than {LARGEST_FOLDER // 1024 // 1024} MiB")
    return sorted(found, key=lambda one: one.path.name)


def _counts(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(ENDINGS) and not entry.name.startswith((".", "#"))


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat()
    except OSError:
        return None


def read_folder(folder: FilePath) -> list[Piece]:
    """Every file of it. Raises CannotRead for the folder itself."""
    return [Piece(one.path, _content(one.path)) for one in listed(folder)]


def _content(path: FilePath) -> bytes | CannotRead:
    try:
        return read_small(path, LARGEST_PIECE)
    except CannotRead as error:
        return error
