"""Turns what the strict models refuse into problems that name the line and how to mend it."""

from collections.abc import Iterator, Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.document import Entry, Node, Path
from config.problems import Problem, did_you_mean, key, show
from config.schema import File
from config.shape import Hints, child, known_keys

DEEPEST_WORDS = 12
"""Steps of a path that a message spells out; the schema has no more."""
SHORTEST_SECRET = 5
"""Characters. What is shorter tells nobody anything, and stands in our own words too (`10s`)."""


class Places:
    """Where things stand. `file` is the main one; `origins` are values from `defaults`."""

    def __init__(self, file: str, root: Node, origins: Mapping[int, Path] | None = None) -> None:
        self.file, self.root, self.origins = file, root, origins or {}

    def problem(self, path: Path, what: str, mend: str = "", *, at_key: bool = False) -> Problem:
        """A problem at a path; of a key that is missing, at the value that lacks it."""
        steps = list(self._walk(path))
        node, entry, origin = steps[-1]
        line, column = (entry.line, entry.column) if at_key and entry else (node.line, node.column)
        missing = path[len(steps) - 1 :]
        where = spell((*origin, *missing) if origin is not None else path)
        file = (entry.node if at_key and entry else node).file or self.file
        return Problem(file, line, column, where, what, mend)

    def node(self, path: Path) -> Node | None:
        """The value at a path; None if there is none."""
        steps = list(self._walk(path))
        return steps[-1][0] if len(steps) == len(path) + 1 else None

    def _walk(self, path: Path) -> Iterator[tuple[Node, Entry | None, Path | None]]:
        node, origin = self.root, self.origins.get(id(self.root))
        yield node, None, origin
        for step in path:
            entry, inner = inside(node, step)
            if inner is None:
                return
            node = inner
            fresh = self.origins.get(id(node))
            origin = fresh if fresh is not None else (None if origin is None else (*origin, step))
            yield node, entry, origin


def inside(node: Node, step: str | int) -> tuple[Entry | None, Node | None]:
    """The value one step further down, with its entry if it is in a mapping."""
    if isinstance(node.value, dict) and step in node.value:
        entry = node.value[str(step)]
        return entry, entry.node
    if isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
        return None, node.value[step]
    return None, None


def spell(path: Path) -> str:
    """`services.checkout.checks[0].every`."""
    words = [f"[{step}]" if isinstance(step, int) else f".{key(step)}" for step in path]
    return "".join(words[:DEEPEST_WORDS]).removeprefix(".")


def complaints(error: ValidationError, places: Places) -> Iterator[Problem]:
    """One problem for each thing that the models refused."""
    for detail in error.errors(include_url=False):
        problem = _complaint(detail, places)
        if problem is not None:
            yield problem


def _complaint(detail: ErrorDetails, places: Places) -> Problem | None:
    kind = detail["type"]
    path, rest = _real_path(detail["loc"], places.root)
    if kind == "extra_forbidden":
        return places.problem(path, "unknown key", _nearest_key(path, places), at_key=True)
    if kind == "missing":
        name = rest[-1] if rest else "a value"
        return places.problem(path, f"`{name}` is missing", "add it")
    node = places.node(path)
    if rest == ("[key]",):
        return places.problem(path, *_words(detail, None), at_key=True)
    if kind == "too_short" and node is not None and node.value:
        return None  # it only looks empty because its items were refused, which is told
    what, mend = _words(detail, node)
    return places.problem(path, what, mend)


def _real_path(loc: Path, root: Node) -> tuple[Path, Path]:
    """A model's location without the tags of its alternatives, and what is not in the file."""
    node, path, rest = root, [], []
    for step in loc:
        _, inner = inside(node, step)
        if inner is None:
            rest.append(step)
        else:
            node = inner
            path.append(step)
    return tuple(path), tuple(rest)


def _nearest_key(path: Path, places: Places) -> str:
    hints: Hints = (File,)
    node = places.root
    for step in path[:-1]:
        hints = child(hints, node.value, step)
        _, inner = inside(node, step)
        if inner is None:
            return ""
        node = inner
    known = known_keys(hints, node.value if isinstance(node.value, dict) else {})
    return did_you_mean(str(path[-1]), known, "remove it")


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping (`key: value`)",
    "model_type": "a mapping (`key: value`)",
    "model_attributes_type": "a mapping (`key: value`)",
    "tuple_type": "a list",
    "list_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
}


def _words(detail: ErrorDetails, node: Node | None) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "wrong":
        what, _, mend = detail["msg"].partition("; ")
        return str(context.get("what", what)), str(context.get("mend", mend))
    if kind in _EXPECTED:
        return f"{_named(node)}, where {_EXPECTED[kind]} is expected", _retype(kind, node)
    if kind in {"literal_error", "enum"}:
        given = show(node.value) if node and isinstance(node.value, str) else _named(node)
        return f"{given} is not known here", f"one of {context['expected']}"
    if kind in {"too_short", "string_too_short"}:
        return "is empty", "write at least one"
    said = detail["msg"].removeprefix("Value error, ").replace("Input should be ", "must be ")
    what, _, mend = said.partition(": ")
    return scrub(what, node), scrub(mend, node)


def _named(node: Node | None) -> str:
    value = node.value if node else None
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    return "text"


def _retype(kind: str, node: Node | None) -> str:
    value = node.value if node else None
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "write it in quotes"
    if kind == "bool_type" and str(value).lower() in {"yes", "no", "on", "off"}:
        return f"write {'true' if str(value).lower() in {'yes', 'on'} else 'false'}"
    if kind in {"tuple_type", "list_type"} and not isinstance(value, dict):
        return "write it in brackets: [one, two]"
    if kind == "int_type" and isinstance(value, str):
        return "write digits without quotes and units"
    return ""


def scrub(text: str, node: Node | None) -> str:
    """A message without the values of the file that must not be shown."""
    for value in _texts(node):
        if value in text and show(value) == "this value":
            text = text.replace(value, "…")
    return text[:300]


def _texts(node: Node | None) -> Iterator[str]:
    if node is None:
        return
    if isinstance(node.value, dict):
        for entry in node.value.values():
            yield from _texts(entry.node)
    elif isinstance(node.value, list):
        for item in node.value:
            yield from _texts(item)
    elif isinstance(node.value, str | int | float) and len(str(node.value)) >= SHORTEST_SECRET:
        yield str(node.value)
