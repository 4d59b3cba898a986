"""The main file and its catalogue as one tree, in which every value knows the file it stands in.

So what is wrong with the whole is told where it is written, whoever's file that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os.path import normpath
from pathlib import Path as FilePath

from config.catalogue import KEY, Piece, Read, folders_of
from config.complaints import spell
from config.document import LARGEST, Entry, Flaw, Node, Unreadable, compose, keys
from config.files import CannotRead
from config.problems import Problem, did_you_mean, key
from config.schema import File
from config.shape import fields
from config.texts import decoded

SECTIONS = ("services", "people", "teams")
"""What a file of the catalogue may hold."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The whole tree, and the files beside the main one.

    `complete` False: a part is missing, so that its names would be called unknown.
    """

    root: Node
    pieces: Sequence[Piece]
    problems: Sequence[Problem]
    complete: bool


def joined(root: Node, source: FilePath, read: Read) -> Joined:
    """The main file with what the catalogue holds. Never raises."""
    joining = _Joining(root, source)
    seen: set[FilePath] = set()
    for place, folder in folders_of(root, source):
        try:
            pieces = () if folder in seen else _read(folder, source, read)
        except CannotRead as error:
            at = (str(source), place.line, place.column, KEY)
            joining.lacks(Problem(*at, error.what, error.mend))
            continue
        seen.add(folder)
        for piece in pieces:
            joining.add(piece)
    return joining.done()


def _read(folder: FilePath, source: FilePath, read: Read) -> Sequence[Piece]:
    if normpath(folder) == normpath(source.parent):
        raise CannotRead("the folder that this file is in", "make one for the catalogue alone")
    return read(folder)


class _Joining:
    """Takes one file after the other."""

    def __init__(self, root: Node, source: FilePath) -> None:
        self.root, self.source = root, source
        self.names = {name: dict(keys(root, name)) for name in SECTIONS}
        self.first: dict[str, Entry] = {}
        self.pieces: list[Piece] = []
        self.problems: list[Problem] = []
        self.complete = True
        self.size = root.size

    def lacks(self, problem: Problem) -> None:
        """Something cannot be read, so that names of it are missing."""
        self.problems.append(problem)
        self.complete = False

    def add(self, piece: Piece) -> None:
        """What a file holds joins what there is."""
        self.pieces.append(piece)
        name = str(piece.path)
        if isinstance(piece.content, CannotRead):
            self.lacks(Problem(name, 0, 0, "", piece.content.what, piece.content.mend))
            return
        try:
            tree = self._tree(piece.content, name)
        except Unreadable as stop:
            self.lacks(_told(stop.flaw, name))
            return
        for word, entry in tree.items():
            if word in SECTIONS:
                self._section(word, entry)
            else:
                self._stranger(word, entry)

    def _tree(self, content: bytes, name: str) -> dict[str, Entry]:
        """Raises Unreadable. An empty file may be one that is only being written."""
        root, flaws = compose(decoded(content), name)
        if root is None or root.value is None:
            raise Unreadable(Flaw(1, 1, "the file is empty", "write `services:` …, or remove it"))
        if not isinstance(root.value, dict):
            what, mend = "not a mapping", "write `services:`, `people:` or `teams:` …"
            raise Unreadable(Flaw(root.line, root.column, what, mend))
        self.size += root.size
        if self.size > LARGEST:
            raise Unreadable(Flaw(1, 1, "with this file the catalogue is far too large"))
        self.problems += [_told(flaw, name) for flaw in flaws]
        return root.value

    def _section(self, section: str, entry: Entry) -> None:
        value, node = entry.node.value, entry.node
        if not isinstance(value, dict):
            what = "has no value" if value is None else "not a mapping"
            mend = "write each by its name below it, or leave the key out"
            self.lacks(Problem(node.file, node.line, node.column, section, what, mend))
            return
        self.first.setdefault(section, entry)
        known = self.names[section]
        for name, one in value.items():
            if name in known:
                self.problems.append(self._twice(f"{section}.{key(name)}", one, known[name]))
            else:
                known[name] = one

    def _twice(self, where: str, again: Entry, first: Entry) -> Problem:
        place = f"line {first.line} of {first.node.file or self.source}"
        what = f"stands here a second time (first in {place})"
        return Problem(again.node.file, again.line, again.column, where, what, "keep one of them")

    def _stranger(self, word: str, entry: Entry) -> None:
        what, mend = "unknown key", did_you_mean(word, SECTIONS, "remove it")
        if word in fields(File):
            what = "only services, people and teams stand in a file of the catalogue"
            mend = f"move it to {self.source}"
        file = entry.node.file
        self.problems.append(Problem(file, entry.line, entry.column, key(word), what, mend))

    def done(self) -> Joined:
        """The tree. What is no mapping in the main file stays, so that the schema tells of it."""
        sections = dict(self.root.value) if isinstance(self.root.value, dict) else {}
        for name, first in self.first.items():
            own = sections.get(name, first)
            if isinstance(own.node.value, dict):
                sections[name] = replace(own, node=replace(own.node, value=self.names[name]))
        root = replace(self.root, value=sections)
        return Joined(root, self.pieces, self.problems, self.complete)


def _told(flaw: Flaw, name: str) -> Problem:
    return Problem(name, flaw.line, flaw.column, spell(flaw.path), flaw.what, flaw.mend)


def origins(root: Node) -> dict[str, str]:
    """The file of everything that the catalogue brought: `services.checkout` to its path."""
    return {
        f"{section}.{name}": entry.node.file
        for section in SECTIONS
        for name, entry in keys(root, section).items()
        if entry.node.file
    }
