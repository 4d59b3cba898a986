"""`defaults`: options that every check takes over, as far as its kind knows them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import checks
from config.check import kind_in, options_of
from config.document import Entry, Node, Path
from config.problems import did_you_mean
from config.shape import fields, known_keys

_LISTS = ("checks", "staging_checks")


def with_defaults(root: Node) -> tuple[Node, dict[int, Path]]:
    """The tree with defaults written into each check, and where those values came from."""
    section = _mapping(root).get("defaults")
    services = _mapping(root).get("services")
    if section is None or services is None or not isinstance(section.node.value, dict):
        return root, {}
    filled = _each(services.node, lambda service: _fill_service(service, section.node))
    origins = dict(_origins(section.node, ("defaults",)))
    return _with(root, "services", filled), origins


def unknown_defaults(root: Node) -> Iterator[tuple[Path, str]]:
    """Paths of defaults that no kind of check knows, with advice."""
    section = _mapping(root).get("defaults")
    if section is None:
        return
    options = [options_of(kind) for kind in checks.kinds()]
    targets = {*checks.kinds(), "name"}
    known = {name for model in options for name in fields(model)} - targets
    for name, entry in _mapping(section.node).items():
        if name not in known:
            yield ("defaults", name), did_you_mean(name, known, "only options of checks stand here")
            continue
        nested = _nested_keys(options, name)
        for inner in _mapping(entry.node) if nested else ():
            if inner not in nested:
                yield ("defaults", name, inner), did_you_mean(inner, nested)


def _nested_keys(options: list[type[Any]], name: str) -> frozenset[str]:
    hints = [fields(model)[name] for model in options if name in fields(model)]
    return frozenset(key for hint in hints for key in known_keys((hint,), {}))


def _mapping(node: Node) -> Mapping[str, Entry]:
    return node.value if isinstance(node.value, dict) else {}


def _with(node: Node, key: str, value: Node) -> Node:
    entries = dict(_mapping(node))
    entries[key] = replace(entries[key], node=value)
    return replace(node, value=entries)


def _each(node: Node, change: Any) -> Node:
    if isinstance(node.value, dict):
        return replace(
            node, value={k: replace(e, node=change(e.node)) for k, e in node.value.items()}
        )
    if isinstance(node.value, list):
        return replace(node, value=[change(item) for item in node.value])
    return node


def _fill_service(service: Node, section: Node) -> Node:
    for name in _LISTS:
        if name in _mapping(service):
            listed = _mapping(service)[name].node
            service = _with(service, name, _each(listed, lambda one: _fill_check(one, section)))
    return service


def _fill_check(check: Node, section: Node) -> Node:
    entries = _mapping(check)
    kind = kind_in(entries)
    if kind is None:
        return check
    known = {name: hint for name, hint in fields(options_of(kind)).items() if name != kind}
    filled = dict(entries)
    for name, entry in _mapping(section).items():
        if name in known and name != "name":
            filled[name] = _merged(filled.get(name), entry, known[name])
    return replace(check, value=filled)


def _merged(own: Entry | None, default: Entry, hint: Any) -> Entry:
    """The check's own value wins; mappings such as `expect` are merged key by key."""
    inner = known_keys((hint,), {})
    if not inner or not isinstance(default.node.value, dict):
        return own or default
    if own is not None and not isinstance(own.node.value, dict):
        return own
    fitting = {k: e for k, e in default.node.value.items() if k in inner}
    kept = _mapping(own.node) if own else {}
    return replace(own or default, node=replace((own or default).node, value={**fitting, **kept}))


def _origins(node: Node, path: Path) -> Iterator[tuple[int, Path]]:
    if isinstance(node.value, dict):
        for name, entry in node.value.items():
            yield id(entry.node), (*path, name)
            yield from _origins(entry.node, (*path, name))
