"""`POST /hooks/alerts`: any monitoring tells of an alert, or of several in a list.

    {"service": "checkout", "alert": "QueueFull", "status": "firing", "summary": "9000 orders wait"}

`status` is `firing`, `warning` or `resolved`. Without a `fingerprint` an alert is known by its
service and name. `expires` (`2h`), or an `ends_at` to come, is its own time-out.
"""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.core.signal import Level
from bot.hook import BadRequest, Hook, Incoming, Known, Parsed, Secrets
from bot.sources import reading
from bot.sources.alert_reading import Alert, level_of, links_of, name_of, span, taken, words_of
from bot.sources.generic import Address, Moment, Short, refusal

NAME = "alerts"
STATUSES = {
    "firing": None,
    "down": Level.DOWN,
    "warning": Level.DEGRADED,
    "degraded": Level.DEGRADED,
    "resolved": Level.UP,
    "ok": Level.UP,
    "up": Level.UP,
}


def _status(value: object) -> str:
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in STATUSES:
        raise ValueError("must be one of firing, warning, resolved")
    return word


def _span(value: object) -> timedelta | None:
    if value is None:
        return None
    found = span(value)
    if found is None:
        raise ValueError("is not a time between 1m and 30d, such as 2h")
    return found


class Payload(BaseModel):
    """The fields of one alert. Unknown ones are ignored."""

    model_config = ConfigDict(extra="ignore")

    service: Short = None
    alert: Annotated[Short, Field(validation_alias=AliasChoices("alert", "name"))] = None
    status: Annotated[str, BeforeValidator(_status)]
    fingerprint: Short = None
    summary: object = None
    description: object = None
    severity: Short = None
    starts_at: Moment = None
    ends_at: Moment = None
    expires: Annotated[timedelta | None, BeforeValidator(_span)] = None
    url: Address = None


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """A bearer token: HOOK_TOKEN, or HOOK_TOKEN_<SENDER> of a sender with `alerts`."""
    return secrets.require(incoming.bearer, NAME)


def parse(incoming: Incoming, known: Known) -> Parsed:
    """One alert or several. Raises BadRequest with the first field that is wrong."""
    value = reading.json_value(incoming.body)
    if not isinstance(value, list):
        return taken(NAME, [_alert(value, "", known.now)], known)
    if not value:
        raise BadRequest("", "the list is empty")
    told = [_alert(item, f"{number}.", known.now) for number, item in enumerate(value)]
    return taken(NAME, told, known)


def _alert(value: object, place: str, now: datetime) -> Alert:
    given = _payload(value, place)
    level = STATUSES[given.status] or level_of(given.severity)
    name = name_of(given.alert) or given.fingerprint
    if name is None:
        raise BadRequest(f"{place}alert", "is missing")
    ends = given.ends_at if given.ends_at is not None and given.ends_at > now else None
    return Alert(
        service=given.service,
        field=f"{place}service",
        name=name,
        identity=given.fingerprint or name,
        level=level,
        words=words_of(given.summary, given.description),
        began_at=given.starts_at,
        expires=given.expires,
        expires_at=ends if given.expires is None else None,
        links=links_of(("alert", given.url)),
    )


def _payload(value: object, place: str) -> Payload:
    if not isinstance(value, dict):
        raise BadRequest(place.rstrip("."), "must be an object")
    try:
        return Payload.model_validate(value)
    except ValidationError as errors:
        wrong = refusal(errors)
    raise BadRequest(f"{place}{wrong.field}", wrong.message)


HOOK = Hook(name=NAME, scope=NAME, authenticate=authenticate, parse=parse)
