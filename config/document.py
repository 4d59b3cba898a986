"""YAML (or JSON) text as a tree that knows the line and column of everything in it.

Built from the parser's events and not by its recursive composer, so that deep nesting and alias
bombs end in a Problem and not in a crash. Duplicate keys are refused; `<<` merges as usual.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from config.scalars import Ambiguous, Scalar, plain, tagged

DEEPEST = 40
"""Levels of nesting; the schema itself needs about ten."""
LARGEST = 500_000
"""Values in a document after its aliases are written out; thousands of services need less."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_COLLECTIONS = frozenset({None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"})
_SURROGATES = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|.)", re.DOTALL
)

Path = tuple[str | int, ...]
"""Keys and indexes from the top of the document."""


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it stands (from 1). `size` and `height` count it with its aliases.

    `file`: the path of a file beside the main one; "" for the main one.
    """

    value: "Scalar | dict[str, Entry] | list[Node]"
    line: int
    column: int
    size: int = 1
    height: int = 1
    plain: bool = False
    file: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping, where the key stands, and its value."""

    line: int
    column: int
    node: Node


@dataclass(frozen=True, slots=True)
class Flaw:
    """A problem of the text itself."""

    line: int
    column: int
    what: str
    mend: str = ""
    path: Path = ()


class Unreadable(Exception):
    """The text is no tree at all; `flaw` says where reading stopped."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.what)
        self.flaw = flaw


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    event: yaml.CollectionStartEvent
    mapping: bool
    items: list[Node] = field(default_factory=list)


def compose(text: str, file: str = "") -> tuple[Node | None, list[Flaw]]:
    """The tree of a text (None: empty) and what is wrong inside of it; `file` marks its values.

    Raises Unreadable when it is not YAML, has a second document, or is far too deep or large.
    """
    builder = _Builder(file)
    try:
        for event in yaml.parse(_readable(text), Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise Unreadable(_syntax_flaw(error, text)) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Unreadable(Flaw(1, 1, "this is not YAML that can be read")) from None
    return builder.root, builder.flaws


class _Builder:
    """Turns events into nodes with a stack of its own."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.flaws: list[Flaw] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node] = {}
        self._opening: set[str] = set()
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """One event of the parser."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._begin_document(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end()
        elif isinstance(event, yaml.ScalarEvent):
            self._add(self._scalar(event), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._add(self._alias(event), None)

    def _begin_document(self, event: yaml.DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise Unreadable(self._flaw(event, "a second document begins here", "remove the `---`"))

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._open) >= DEEPEST:
            raise Unreadable(self._flaw(event, f"nested more than {DEEPEST} levels deep"))
        if event.tag not in _COLLECTIONS:
            self.flaws.append(self._flaw(event, "a tag that is not used here", "remove the tag"))
        if event.anchor:
            self._anchors.pop(event.anchor, None)
            self._opening.add(event.anchor)
        self._open.append(_Open(event, isinstance(event, yaml.MappingStartEvent)))

    def _end(self) -> None:
        done = self._open.pop()
        line, column = _place(done.event)
        value = self._mapping(done.items) if done.mapping else done.items
        size = 1 + sum(item.size for item in done.items)
        height = 1 + max((item.height for item in done.items), default=0)
        self._opening.discard(done.event.anchor or "")
        self._add(Node(value, line, column, size, height, file=self.file), done.event.anchor)

    def _add(self, node: Node, anchor: str | None) -> None:
        if node.size > LARGEST or node.height > DEEPEST:
            raise Unreadable(
                Flaw(node.line, node.column, "aliases make this far too large or too deep")
            )
        if anchor:
            self._anchors[anchor] = node
        if self._open:
            self._open[-1].items.append(node)
        else:
            self.root = node

    def _alias(self, event: yaml.AliasEvent) -> Node:
        name = event.anchor or ""
        if name in self._opening:
            raise Unreadable(self._flaw(event, "an alias inside of what it names"))
        known = self._anchors.get(name)
        if known is None:
            raise Unreadable(
                self._flaw(event, "an alias of nothing", "put text that begins with `*` in quotes")
            )
        return known

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        line, column = _place(event)
        try:
            value = self._meaning(event)
        except Ambiguous as ambiguous:
            self.flaws.append(self._flaw(event, ambiguous.what, ambiguous.mend))
            value = event.value
        return Node(value, line, column, plain=bool(event.implicit[0]), file=self.file)

    def _meaning(self, event: yaml.ScalarEvent) -> Scalar:
        if event.tag is not None:
            return tagged(event.tag, event.value)
        text: str = event.value
        return plain(text) if event.implicit[0] else text

    def _mapping(self, items: list[Node]) -> dict[str, Entry]:
        entries: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        for name, value in zip(items[::2], items[1::2], strict=True):
            if name.plain and name.value == "<<":
                self._merge(value, merged)
            elif (word := self._key(name)) is not None:
                self._own(entries, word, name, value)
        return {**merged, **entries} if merged else entries

    def _own(self, entries: dict[str, Entry], word: str, name: Node, value: Node) -> None:
        if word in entries:
            first = entries[word].line
            what = f"the key stands here a second time (first in line {first})"
            path = (*self._path(), word)
            self.flaws.append(Flaw(name.line, name.column, what, "keep one of them", path))
            return
        entries[word] = Entry(name.line, name.column, value)

    def _merge(self, value: Node, into: dict[str, Entry]) -> None:
        for part in value.value if isinstance(value.value, list) else [value]:
            if not isinstance(part.value, dict):
                what = "`<<` merges mappings only"
                self.flaws.append(Flaw(value.line, value.column, what, path=self._path()))
                return
            for word, entry in part.value.items():
                into.setdefault(word, entry)

    def _key(self, name: Node) -> str | None:
        value = name.value
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int | float):
            return str(value).lower() if isinstance(value, bool) else str(value)
        what = "a key must be a word" if value not in (None, "") else "a key is missing"
        self.flaws.append(Flaw(name.line, name.column, what, path=self._path()))
        return None

    def _path(self) -> Path:
        """Where the parser is now."""
        path: list[str | int] = []
        for part in self._open:
            if not part.mapping:
                path.append(len(part.items))
            elif len(part.items) % 2:
                path.append(str(part.items[-1].value))
        return tuple(path)

    def _flaw(self, event: yaml.Event, what: str, mend: str = "") -> Flaw:
        return Flaw(*_place(event), what, mend, self._path())


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _readable(text: str) -> str:
    """JSON allows tabs and surrogate pairs where YAML does not; valid JSON is rewritten for it."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return _SURROGATES.sub(_join, text.replace("\t", " "))


def _join(match: re.Match[str]) -> str:
    if match[1] is None:
        return match[0]
    pair = bytes.fromhex(match[1] + match[2])
    return pair.decode("utf-16-be")


def _syntax_flaw(error: yaml.MarkedYAMLError, text: str) -> Flaw:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    lines = text.split("\n")
    written = lines[line - 1] if line <= len(lines) else ""
    indent = written[: len(written) - len(written.lstrip())]
    if "\t" in indent:
        return Flaw(line, column, "a tab in the indentation", "YAML is indented with spaces")
    what = (error.problem or "cannot be read").replace("\n", " ")
    opened = error.context_mark
    if opened and re.search(r"flow|quoted", error.context or ""):
        what = "this bracket or quote is not closed, or a comma is missing inside"
        return Flaw(opened.line + 1, opened.column + 1, what, "close it")
    if "mapping values are not allowed" in what:
        return Flaw(line, column, "a second `:` in one line", "put text that holds `: ` in quotes")
    if written.strip().startswith(("@", "`", "%")) or "cannot start any token" in what:
        return Flaw(line, column, "text cannot begin so", "put it in quotes")
    return Flaw(line, column, f"not YAML: {what}", "check quotes, brackets and indentation nearby")


def data(node: Node) -> object:
    """The tree as plain values."""
    value = node.value
    if isinstance(value, dict):
        return {name: data(entry.node) for name, entry in value.items()}
    if isinstance(value, list):
        return [data(item) for item in value]
    return value


def find(node: Node | None, *pattern: str) -> Iterator[tuple[Path, Node]]:
    """Every value whose path fits, `*` standing for any key or any item; nothing if none does."""
    yield from _find(node, pattern, ())


def _find(node: Node | None, pattern: tuple[str, ...], path: Path) -> Iterator[tuple[Path, Node]]:
    if node is None:
        return
    if not pattern:
        yield path, node
        return
    first, rest = pattern[0], pattern[1:]
    if isinstance(node.value, dict):
        names = list(node.value) if first == "*" else [first] if first in node.value else []
        for name in names:
            yield from _find(node.value[name].node, rest, (*path, name))
    elif isinstance(node.value, list) and first == "*":
        for index, item in enumerate(node.value):
            yield from _find(item, rest, (*path, index))


def keys(node: Node | None, name: str) -> dict[str, Entry]:
    """The entries of a top-level section; none when it is missing or no mapping."""
    section = next(find(node, name), None)
    return section[1].value if section and isinstance(section[1].value, dict) else {}
