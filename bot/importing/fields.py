"""The fields of a line, checked one by one. What they mean together is for `lines` to say."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.sources import generic

MOST_PAGES = 500
"""Of one incident."""


def _required(value: object) -> datetime:
    found = generic.moment(value)
    if found is None:
        raise ValueError("is empty: give a time with an offset, such as 2026-11-23T03:12:00Z")
    return found


def _acknowledged(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError('must be an object, such as {"it": "2026-11-23T03:14:00Z"}')  # noqa: TRY004
    return {
        team: said if isinstance(said, dict) else {"at": said}
        for team, said in value.items()
        if said is not None
    }


Moment = Annotated[datetime, BeforeValidator(_required)]


class _Acknowledged(BaseModel):
    model_config = ConfigDict(extra="forbid")

    at: Moment
    by: generic.Short = None


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person: Annotated[str, generic.short_text(200)]
    team: Annotated[str, generic.short_text(200)]
    channel: Annotated[str, generic.short_text(200)]
    at: Moment


class IncidentFields(BaseModel):
    """Another field is an error: one that is misspelt would be lost."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    id: Annotated[str, generic.short_text(200)]
    service: Annotated[str, generic.short_text(200)]
    began_at: Moment
    triggered_at: generic.Moment = None
    resolved_at: generic.Moment = None
    acknowledged: Annotated[dict[str, _Acknowledged], BeforeValidator(_acknowledged)] = Field(
        default_factory=dict
    )
    cause: generic.Short = None
    note: Annotated[str | None, generic.short_text(1000)] = None
    title: Annotated[str | None, generic.short_text(500, cut=True)] = None
    url: generic.Address = None
    source: Annotated[str | None, generic.short_text(40)] = None
    pages: list[_Page] = Field(default_factory=list, max_length=MOST_PAGES)


class DeploymentFields(generic.Payload):
    """Those of the hook; unknown ones are ignored as there."""

    kind: str
