"""A group of alerts as Alertmanager sends it, and Grafana after it. Pure.

Source: prometheus.io, "Alerting: configuration", webhook_config.
"""

from collections.abc import Callable, Mapping

from bot.core.signal import Level, Links
from bot.hook import BadRequest, Incoming, Known, Parsed
from bot.sources import reading
from bot.sources.alert_reading import (
    Alert,
    identity,
    level_of,
    name_of,
    span,
    taken,
    words_of,
)

Json = Mapping[str, object]
Reader = Callable[[Json, Json], tuple[str | None, Level | None, Links]]
"""From an alert and its annotations: its name and level where they are not the usual ones, and
its links."""


def parse(source: str, incoming: Incoming, known: Known, reader: Reader) -> Parsed:
    """Every alert of the group, firing or resolved, each for itself. Raises BadRequest."""
    payload = reading.json_object(incoming.body)
    alerts = payload.get("alerts")
    if not isinstance(alerts, list):
        raise BadRequest("alerts", "is missing" if alerts is None else "must be a list")
    if not alerts:
        raise BadRequest("alerts", "is empty")
    told = [_alert(number, item, payload, known, reader) for number, item in enumerate(alerts)]
    return taken(source, told, known, _left_out(payload))


def _alert(number: int, item: object, payload: Json, known: Known, reader: Reader) -> Alert:
    if not isinstance(item, dict):
        raise BadRequest(f"alerts.{number}", "must be an object")
    labels = _mapping(item, number, "labels")
    annotations = _mapping(item, number, "annotations")
    label = known.policy.alerts.label
    name, level, links = reader(item, annotations)
    status = reading.text(item.get("status") or payload.get("status")) or ""
    resolved = status.casefold() == "resolved"
    return Alert(
        service=reading.text(labels.get(label), 200),
        field=f"alerts.{number}.labels.{label}",
        name=name or name_of(labels.get("alertname")) or "alert",
        identity=identity(item.get("fingerprint"), labels),
        level=Level.UP if resolved else level or level_of(labels.get("severity")),
        words=words_of(
            annotations.get("summary"), annotations.get("description"), annotations.get("message")
        ),
        began_at=reading.moment(item.get("startsAt")),
        expires=span(annotations.get("expires")),
        links=links,
    )


def _mapping(item: Json, number: int, name: str) -> Json:
    found = item.get(name)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise BadRequest(f"alerts.{number}.{name}", "must be an object")
    return found


def _left_out(payload: Json) -> str:
    """What `max_alerts` of the sender has cut."""
    count = payload.get("truncatedAlerts")
    if not isinstance(count, int) or isinstance(count, bool) or count <= 0:
        return ""
    return f"{min(count, 10**9)} alerts of a group were left out by the sender (its max_alerts)"
