"""`POST /hooks/alertmanager`: Prometheus' alerts, by the label that names their service.

Alertmanager sends a group whenever one of its alerts changes, and again every `repeat_interval`.
It tries again after 503 and not after 400. Source: prometheus.io, "webhook_config".
"""

from bot.core.signal import Level, Links
from bot.hook import Hook, Incoming, Known, Parsed, Secrets
from bot.sources import alert_groups
from bot.sources.alert_groups import Json
from bot.sources.alert_reading import links_of

NAME = "alertmanager"


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """A bearer token (`authorization` of Alertmanager's http_config)."""
    return secrets.require(incoming.bearer, NAME)


def parse(incoming: Incoming, known: Known) -> Parsed:
    """One group. Raises BadRequest if it is broken or none of its services is known."""
    return alert_groups.parse(NAME, incoming, known, _read)


def _read(alert: Json, annotations: Json) -> tuple[str | None, Level | None, Links]:
    links = links_of(
        ("runbook", annotations.get("runbook_url") or annotations.get("runbook")),
        ("dashboard", annotations.get("dashboard_url") or annotations.get("dashboard")),
        ("graph", alert.get("generatorURL")),
    )
    return None, None, links


HOOK = Hook(name=NAME, scope=NAME, authenticate=authenticate, parse=parse)
