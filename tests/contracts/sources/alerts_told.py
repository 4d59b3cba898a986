"""Alerts in the shapes that Alertmanager and Grafana send."""

import json
from typing import Any

from bot.hook import Incoming

API_DOWN = {"alertname": "ApiDown", "service": "checkout", "severity": "critical"}
SUMMARY = "API <is> down & out"


def alert(
    fingerprint: str = "9d4e98026c20b077", status: str = "firing", **changes: Any
) -> dict[str, Any]:
    """One alert, as Alertmanager 0.25 sent it."""
    return {
        "status": status,
        "labels": API_DOWN,
        "annotations": {"summary": SUMMARY, "runbook": "https://example.com/rb"},
        "startsAt": "2026-11-23T08:43:56.502187656Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prom.example/graph?g0.expr=up%3D%3D0",
        "fingerprint": fingerprint,
    } | changes


def group(*alerts: Any, **changes: Any) -> dict[str, Any]:
    """A webhook's body."""
    return {
        "receiver": "midwatch",
        "status": "firing",
        "alerts": list(alerts),
        "groupLabels": {"alertname": "ApiDown"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://am.example:9093",
        "version": "4",
        "groupKey": '{}:{alertname="ApiDown"}',
        "truncatedAlerts": 0,
    } | changes


def posted(body: Any) -> Incoming:
    """As it arrives."""
    return Incoming({}, body if isinstance(body, bytes) else json.dumps(body).encode(), {})
