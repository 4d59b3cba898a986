"""One configured check: its kind is the key that names what is probed (`http: https://…`)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, PlainSerializer, PlainValidator

import checks
from checks.options import CheckOptions, called
from config.problems import did_you_mean
from config.types import Text, wrong


class CheckEntry(BaseModel):
    """Stands for a check of any kind in the JSON Schema; `config.json_schema` fills it in."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check as configured. `label` names it within its service, for people and for storage.

    The options may hold a password in a URL or a header, so they are not in its repr.
    """

    kind: str
    options: CheckOptions = field(repr=False)
    label: str


def kind_in(entry: Mapping[str, object]) -> str | None:
    """The kind that a check's keys name; None when they name none, or two."""
    named = [kind for kind in checks.kinds() if kind in entry]
    return named[0] if len(named) == 1 else None


def options_of(kind: str) -> type[CheckOptions]:
    """The options of a kind."""
    return checks.load(kind).options


def parse_check(value: object) -> Check:
    """A mapping as a Check. Raises ValidationError or PydanticCustomError."""
    if isinstance(value, Check):
        return value
    known = checks.kinds()
    if not isinstance(value, dict):
        raise wrong("not a check", "such as {http: https://shop.example.com/health}")
    named = [kind for kind in known if kind in value]
    if len(named) > 1:
        raise wrong("a check of two kinds", f"make it two checks: {' and '.join(named)}")
    if not named:
        near = (did_you_mean(str(word), known) for word in value)
        mend = next((text for text in near if text.startswith("did")), None)
        raise wrong("no kind of check is named", mend or "one of " + ", ".join(known))
    return _built(named[0], value)


def _built(kind: str, value: dict[str, Any]) -> Check:
    options = options_of(kind).model_validate_json(json.dumps(value), strict=True)
    return Check(kind, options, label_of(kind, value))


def label_of(kind: str, value: Mapping[str, object]) -> str:
    """The check's `name`, else its kind and what is probed, without anything secret."""
    name = value.get("name")
    if isinstance(name, str) and name:
        return name
    return f"{kind} {_public(called(value.get(kind, '')))}"[:200]


def _public(target: str) -> str:
    """A URL without its password and query: labels stand in Slack and in texts."""
    if "://" not in target:
        return target
    try:
        parts = urlsplit(target)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "URL"
    return f"{host}{parts.path}"


def parse_canary(value: object) -> Check:
    """`tcp://1.1.1.1:443` or `https://…` as a Check of that kind; a mapping is taken as it is."""
    if not isinstance(value, str):
        return parse_check(value)
    scheme, _, rest = value.partition("://")
    if not rest.strip("/"):
        raise wrong("not a canary", "such as tcp://1.1.1.1:443 or https://example.com/")
    if scheme in {"http", "https"}:
        return parse_check({"http": value})
    if scheme not in checks.kinds():
        raise wrong("not a canary", did_you_mean(scheme, checks.kinds(), "tcp://1.1.1.1:443"))
    return parse_check({scheme: rest.rstrip("/")})


_Shown = PlainSerializer(lambda check: check.label, return_type=str)

Checks = tuple[
    Annotated[Check, PlainValidator(parse_check, json_schema_input_type=CheckEntry), _Shown], ...
]
Canaries = tuple[
    Annotated[
        Check, PlainValidator(parse_canary, json_schema_input_type=Text | CheckEntry), _Shown
    ],
    ...,
]
