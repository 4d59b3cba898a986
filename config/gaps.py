"""Hours of the week in which no layer of a rota has anybody."""

from collections.abc import Iterator

from config.document import Node, find, keys
from config.hours import Hours, first_gap, parse_hours
from config.problems import key
from config.references import Finding


def rota_gaps(root: Node) -> Iterator[Finding]:
    """Teams whose layers leave a hole, as far as that can be seen from the hours alone."""
    for team in keys(root, "teams"):
        on_call = next(find(root, "teams", team, "on_call"), None)
        hours = _hours(on_call[1]) if on_call else None
        gap = first_gap(hours) if hours else None
        if on_call and gap:
            what = f"nobody is on call for {key(team)} from {gap[0]} to {gap[1]}"
            yield on_call[0], what, "add a last layer without `only`"


def _hours(on_call: Node) -> list[Hours] | None:
    """Hours of every layer; None when one is always on, cannot be read, or the zones differ."""
    if not isinstance(on_call.value, dict):
        return None
    layers = [node for _, node in find(on_call, "layers", "*")] or [on_call]
    zones = {_text(layer, "timezone") for layer in layers}
    written = [_text(layer, "only") for layer in layers]
    if len(zones) > 1 or None in written:
        return None
    try:
        return [part for text in written for part in parse_hours(text).parts]
    except ValueError:
        return None


def _text(layer: Node, name: str) -> str | None:
    found = next(find(layer, name), None)
    return found[1].value if found and isinstance(found[1].value, str) else None
