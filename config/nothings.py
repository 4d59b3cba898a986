"""Values that are missing: `support: #support` is a comment to YAML, and no channel to anybody."""

from collections.abc import Iterator

from config.document import Node, Path
from config.references import Finding
from config.schema import File
from config.shape import Hints, child

_MEND = "write a value, or leave the key out; text that begins with # stands in quotes"


def nothings(root: Node) -> Iterator[Finding]:
    """Every empty value where the schema knows what should stand."""
    yield from _nothings(root, (File,), ())


def _nothings(node: Node, hints: Hints, path: Path) -> Iterator[Finding]:
    if not hints:
        return
    if node.value is None and path:
        yield path, "has no value", _MEND
    elif isinstance(node.value, dict):
        for name, entry in node.value.items():
            yield from _nothings(entry.node, child(hints, node.value, name), (*path, name))
    elif isinstance(node.value, list):
        for index, item in enumerate(node.value):
            yield from _nothings(item, child(hints, node.value, index), (*path, index))
