"""Opsgenie's incidents and alerts (Jira Service Management keeps the same shapes):

- `GET /v1/incidents`: `{"data": [{id, tinyId, message, status: open|resolved|closed, createdAt,
  updatedAt, impactedServices: [..], impactStartDate, impactEndDate, responders, …}]}`. The list
  names services by id; map the ids. Without `impactEndDate` a resolved one ended at `updatedAt`.
- `GET /v2/alerts`: `{"data": [{id, tinyId, message, status: open|closed, acknowledged, createdAt,
  updatedAt, source, owner, entity, report: {ackTime, closeTime, acknowledgedBy, closedBy}, …}]}`;
  both times are milliseconds since `createdAt`.
- The same as CSV, as scripts write them: one column a field, `report.ackTime` for one inside.

An alert names no service of its own: it is looked for in `service`, `details.service`,
`extraProperties.service`, `entity`, `source`, in this order; what is found there is mapped.
Sources: docs.opsgenie.com, "Incident API" and "Alert API".
"""

from datetime import datetime, timedelta

from bot.importing.converters import Converted, Converter, Wanted, tabular
from bot.importing.converters.tabular import Reader, Row, column, first
from bot.sources.reading import listed

NAME = "opsgenie"
MILLISECOND = timedelta(milliseconds=1)
OVER = ("resolved", "closed")


async def _convert(wanted: Wanted) -> Converted:
    return await tabular.convert(wanted, ("data",), NAME, _row)


def _row(reader: Reader, row: Row, where: str) -> None:
    plain = _flat(row)
    id_, name = first(plain, ("id",), ("alertid",), ("incidentid",)), _service(row, plain)
    created = reader.time(plain.get("createdat"), f"{where} createdAt")
    if not id_ or created is None:
        if not (id_ and plain.get("createdat")):
            reader.wrong.append(f"{where}: has no id or createdAt: is it Opsgenie's?")
        return
    if str(plain.get("status", "")).casefold() not in OVER:
        reader.leave_out("not resolved yet")
        return
    service = reader.service(name or "(no service)")
    began = reader.time(plain.get("impactstartdate"), f"{where} impactStartDate") or created
    ended = _ended(reader, plain, created, where)
    if service is None:
        return
    if ended is None:
        reader.leave_out("without a time of their end")
        return
    began, ended = min(began, created), max(created, ended)
    at = tabular.seconds_after(created, plain.get("reportacktime"), MILLISECOND)
    people = [first(plain, ("reportacknowledgedby",), ("acknowledgedby",))]
    reader.add(
        {
            "id": f"{NAME}:{id_}",
            "service": service,
            "title": first(plain, ("message",)) or None,
            "began_at": began.isoformat(),
            "triggered_at": created.isoformat(),
            "resolved_at": ended.isoformat(),
            "acknowledged": reader.acknowledged(service, people, at, ended),
            "cause": None,
        }
    )


def _flat(row: Row) -> dict[str, object]:
    """Fields by their column's name, those of `report` beside the others."""
    inside = row.get("report")
    report = inside if isinstance(inside, dict) else {}
    nested = {f"report.{key}": value for key, value in report.items()}
    return {column(key): value for key, value in {**row, **nested}.items()}


def _service(row: Row, plain: dict[str, object]) -> str:
    impacted = [it for it in listed(row.get("impactedServices")) if isinstance(it, str)]
    if impacted:
        return impacted[0]
    inside = first(row, ("details", "service"), ("extraProperties", "service"))
    named = first(plain, ("impactedservices",), ("service",)) or first(row, ("service", "name"))
    return named or inside or first(plain, ("entity",), ("source",))


def _ended(
    reader: Reader, plain: dict[str, object], created: datetime, where: str
) -> datetime | None:
    closed = tabular.seconds_after(created, plain.get("reportclosetime"), MILLISECOND)
    if closed is not None:
        return closed
    for name in ("impactenddate", "resolvedat", "closedat", "updatedat"):
        if plain.get(name):
            return reader.time(plain[name], f"{where} {name}")
    return None


CONVERTER = Converter(_convert)
