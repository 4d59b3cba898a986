"""What a service says of its own health in the body of an answer. Pure.

Understood are `application/health+json` (draft-inadarei-api-health-check: `pass`, `warn`, `fail`
and their synonyms), Spring Boot's actuator (`UP`, `DOWN`, `OUT_OF_SERVICE`) and Kubernetes' lists
(`[-]etcd failed`, `healthz check failed`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from checks import Outcome

_WORDS = {
    **dict.fromkeys(("pass", "ok", "up", "healthy"), Outcome.UP),
    **dict.fromkeys(("warn", "warning", "degraded"), Outcome.DEGRADED),
    **dict.fromkeys(("fail", "error", "down", "unhealthy", "out_of_service"), Outcome.DOWN),
}
_PARTS = ("checks", "components", "details")
_PARTS_AT_MOST = 200
_DEPTH_AT_MOST = 5
_KUBERNETES_END = re.compile(r"^(?:healthz|livez|readyz) check failed\s*\Z", re.MULTILINE)
_KUBERNETES_PART = re.compile(r"^\[-\](\S{1,60}) failed", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Health:
    """What the service says, and in which words."""

    outcome: Outcome
    detail: str


def of_json(document: object) -> Health | None:
    """The health that a JSON document tells; None when it is not about health."""
    if not isinstance(document, dict):
        return None
    word = document.get("status")
    outcome = _meaning(word)
    if outcome is None:
        return None
    detail = f"it reports {word}"
    culprits = list(_culprits(document, outcome, 0))[:3]
    said = document.get("output")
    if culprits:
        detail += f": {', '.join(culprits)}"
    elif isinstance(said, str) and said:
        detail += f": {said}"
    return Health(outcome, detail)


def of_text(text: str) -> Health | None:
    """The health that Kubernetes' plain answers tell; None when it is none of them."""
    if not _KUBERNETES_END.search(text):
        return None
    failed = _KUBERNETES_PART.findall(text)[:3]
    return Health(Outcome.DOWN, f"failed: {', '.join(failed)}" if failed else "it reports failed")


def _meaning(word: object) -> Outcome | None:
    return _WORDS.get(word.lower()) if isinstance(word, str) and len(word) < 20 else None


def _culprits(document: dict[str, Any], outcome: Outcome, depth: int) -> Iterator[str]:
    """The parts that are as bad as the whole, the innermost: `db`, `disk`."""
    for name, part in _parts(document):
        if _meaning(part.get("status")) is not outcome or outcome is Outcome.UP:
            continue
        inner = list(_culprits(part, outcome, depth + 1)) if depth < _DEPTH_AT_MOST else []
        yield from inner or [name[:60]]


def _parts(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for key in _PARTS:
        parts = document.get(key)
        if not isinstance(parts, dict):
            continue
        for name, value in list(parts.items())[:_PARTS_AT_MOST]:
            for one in value[:10] if isinstance(value, list) else [value]:
                if isinstance(one, dict):
                    yield str(name), one
