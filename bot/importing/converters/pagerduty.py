"""PagerDuty's incidents, from any of three exports:

- The CSV of the reports (Analytics, *Download CSV*): `id incident_number description service_id
  service_name escalation_policy_id escalation_policy_name created_on resolved_on
  seconds_to_first_ack seconds_to_resolve auto_resolved … acknowledged_by_user_ids
  acknowledged_by_user_names … resolved_by_user_name urgency`. Names are parted by commas.
- `POST /analytics/raw/incidents`: `{"data": [{id, service_name, created_at, resolved_at,
  seconds_to_first_ack, …}]}`.
- `GET /incidents`: `{"incidents": [{id, title, status, created_at, resolved_at, html_url,
  service: {summary}, acknowledgements: [{at, acknowledger: {summary}}], resolve_reason, …}]}`.
  PagerDuty empties `acknowledgements` once an incident is resolved, so this one seldom tells them.

`created_at` is when PagerDuty heard of it: `began_at` here, too, for nothing earlier is told.
Sources: support.pagerduty.com, "Reports" and "Insights"; developer.pagerduty.com, "List incidents"
and "Get raw data - multiple incidents".
"""

from datetime import datetime, timedelta

from bot.importing.converters import Converted, Converter, Wanted, tabular
from bot.importing.converters.tabular import Reader, Row, column, first
from bot.sources.reading import dig, listed, web_address

NAME = "pagerduty"
SECOND = timedelta(seconds=1)


async def _convert(wanted: Wanted) -> Converted:
    return await tabular.convert(wanted, ("incidents", "data"), NAME, _row)


def _row(reader: Reader, row: Row, where: str) -> None:
    plain = {column(key): value for key, value in row.items()}
    id_ = first(row, ("id",))
    created = reader.time(plain.get("createdon") or plain.get("createdat"), f"{where} created")
    name = first(row, ("service", "summary")) or first(plain, ("servicename",), ("service",))
    if not id_ or created is None or not name:
        if id_ and name and (plain.get("createdon") or plain.get("createdat")):
            return  # its time is told already
        reader.wrong.append(f"{where}: has no id, service or creation time: is it PagerDuty's?")
        return
    ended = reader.time(plain.get("resolvedon") or plain.get("resolvedat"), f"{where} resolved")
    ended = ended or _ended(reader, plain, created, where)
    if dig(row, "resolve_reason", "type") == "merge_resolve_reason":
        reader.leave_out("merged into another one")
        return
    if ended is None:
        reader.leave_out("not resolved yet")
        return
    service = reader.service(name)
    if service is None:
        return
    at, people = _acknowledged(reader, row, plain, created, where)
    reader.add(
        {
            "id": f"{NAME}:{id_}",
            "service": service,
            "title": first(plain, ("title",), ("description",), ("summary",)) or None,
            "began_at": created.isoformat(),
            "triggered_at": created.isoformat(),
            "resolved_at": max(created, ended).isoformat(),
            "acknowledged": reader.acknowledged(service, people, at, ended),
            "cause": None,
            "url": web_address(plain.get("htmlurl")),
        }
    )


def _ended(
    reader: Reader, plain: dict[str, object], created: datetime, where: str
) -> datetime | None:
    """The API's list has the time of the last change, which for a resolved one is its end."""
    if plain.get("status") == "resolved":
        return reader.time(plain.get("laststatuschangeat"), f"{where} resolved")
    return tabular.seconds_after(created, plain.get("secondstoresolve"), SECOND)


def _acknowledged(
    reader: Reader, row: Row, plain: dict[str, object], created: datetime, where: str
) -> tuple[datetime | None, list[str]]:
    """When it was acknowledged first, and by whom (as far as they are named)."""
    told = listed(row.get("acknowledgements"))
    if told:
        place = f"{where} acknowledgements"
        said = [
            (reader.time(dig(it, "at"), place), dig(it, "acknowledger", "summary")) for it in told
        ]
        known = [(at, str(name or "")) for at, name in said if at is not None]
        return (min(known)[0], [min(known)[1]]) if known else (None, [])
    at = tabular.seconds_after(created, plain.get("secondstofirstack"), SECOND)
    names = first(plain, ("acknowledgedbyusernames",)).split(",")
    return at, [name.strip() for name in names if name.strip()]


CONVERTER = Converter(_convert)
