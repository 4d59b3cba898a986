"""`POST /hooks/grafana`: a webhook contact point of Grafana's alerting.

Alertmanager's shape with links to panels and silences. A rule that gets no data, or an error,
fires an alert of its own (`DatasourceNoData`, `DatasourceError`): that is trouble of the
measuring, told in Slack; who wants to be paged for it chooses "Alerting" in the rule, and then
the rule's own alert fires. Source: grafana.com, "Configure webhook notifications", "No data and
error states".
"""

from bot.core.signal import Level, Links
from bot.hook import Hook, Incoming, Known, Parsed, Secrets
from bot.sources import alert_groups, reading
from bot.sources.alert_groups import Json
from bot.sources.alert_reading import links_of, name_of

NAME = "grafana"
_BLIND = {"DatasourceNoData": "no data", "DatasourceError": "error"}


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """A bearer token (the contact point's Authorization header)."""
    return secrets.require(incoming.bearer, NAME)


def parse(incoming: Incoming, known: Known) -> Parsed:
    """One group. Raises BadRequest if it is broken or none of its services is known.

    The contact point's Test button sends an alert of no service: it is answered, and means nothing.
    """
    if _is_test(reading.json_object(incoming.body), known.policy.alerts.label):
        words = (
            f"the token is right; the label {known.policy.alerts.label} names an alert's service"
        )
        return Parsed(answer={"alerts": 0, "note": words})
    return alert_groups.parse(NAME, incoming, known, _read)


def _is_test(payload: Json, label: str) -> bool:
    alerts = payload.get("alerts")
    if not isinstance(alerts, list) or len(alerts) != 1:
        return False
    named = [reading.dig(alerts[0], "labels", name) for name in ("alertname", "instance", label)]
    return named == ["TestAlert", "Grafana", None]


def _read(alert: Json, annotations: Json) -> tuple[str | None, Level | None, Links]:
    links = links_of(
        ("runbook", annotations.get("runbook_url") or annotations.get("runbook")),
        ("panel", alert.get("panelURL")),
        ("dashboard", alert.get("dashboardURL")),
        ("rule", alert.get("generatorURL")),
        ("silence", alert.get("silenceURL")),
    )
    why = _BLIND.get(reading.text(reading.dig(alert, "labels", "alertname")) or "")
    if why is None:
        return None, None, links
    rule = name_of(reading.dig(alert, "labels", "rulename")) or "a rule"
    return f"{rule} ({why})", Level.DEGRADED, links


HOOK = Hook(name=NAME, scope=NAME, authenticate=authenticate, parse=parse)
