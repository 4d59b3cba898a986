"""The words that values of the configuration are made of: slugs, zones, phones, URLs, times."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from checks.durations import Duration
from config.problems import did_you_mean

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
_EMAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9.-]{1,253}\Z")
_SLACK_USER = re.compile(r"[UW][A-Z0-9]{2,30}\Z")
_SLACK_CHANNEL = re.compile(r"(?:#[^\s#,A-Z]{1,80}|[CG][A-Z0-9]{2,30})\Z")
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}\Z")
_LOGIN_AT_GITLAB = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}\Z")
_REPOSITORY = re.compile(r"[\w.-]+(?:/[\w.-]+)+\Z")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}\Z")
_LOCAL_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?\Z")

ChannelName = Literal["sms", "call", "slack", "email", "webhook"]
"""Ways to page a person, as written in `channels` and `by`."""
Acknowledge = Literal["each_team", "any_team"]


class Strict(BaseModel):
    """A frozen part of the configuration: no unknown key, no value bent into another type."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", hide_input_in_errors=True)


def wrong(what: str, mend: str = "") -> PydanticCustomError:
    """An error that says what is wrong and how to mend it; neither may quote the value."""
    return PydanticCustomError("wrong", "{what}", {"what": what, "mend": mend})


def slug(text: str) -> str:
    """A key of people, teams, services: small letters, digits, `-` and `_`."""
    if not _SLUG.match(text):
        raise wrong("not a key", "small letters, digits, - and _, at most 63 of them")
    return text


def zone(text: str) -> str:
    """The name of a zone of the IANA database."""
    try:
        ZoneInfo(text)
    except (KeyError, OSError, ValueError):  # KeyError: no such zone; the others: no name at all
        near = did_you_mean(text, available_timezones(), "a name such as Europe/London")
        raise wrong("unknown timezone", near) from None
    return text


def phone(text: str) -> str:
    """A phone number in E.164 (`+15005550101`); blanks and dashes in it are dropped."""
    mend = 'write it with its country, in quotes: "+15005550101"'
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise wrong("not a phone number", mend) from None
    if not text.startswith("+") or number.extension or not phonenumbers.is_possible_number(number):
        raise wrong("not a phone number", mend)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def web_url(text: str) -> str:
    """An absolute http or https URL without a blank in it."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or re.search(r"[\s\x00-\x1f]", text):
        raise wrong("not a URL", "write it whole, such as https://hc.example/ping/abc")
    return text


def webhook_url(text: str) -> str:
    """Where pages are posted: https, or http to this machine itself."""
    parts = urlsplit(web_url(text))
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise wrong("is not encrypted", "https://…; plain http only to this machine itself")
    if parts.username or parts.password or parts.fragment:
        raise wrong("holds a password or a #fragment", "leave it out: pages are signed")
    return text


def local_time(value: object) -> datetime:
    """`2026-11-23 09:00` as a naive datetime: local time of the zone named beside it."""
    if isinstance(value, str) and _LOCAL_TIME.match(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise wrong("not a time", 'write it as "2026-11-23 09:00", the zone under `timezone`')


def _matching(pattern: re.Pattern[str], what: str, mend: str) -> AfterValidator:
    def check(text: str) -> str:
        if not pattern.match(text):
            raise wrong(what, mend)
        return text

    return AfterValidator(check)


def at_least(shortest: timedelta, words: str) -> AfterValidator:
    """A duration that is at least this long; `words` writes it as in the file."""

    def check(value: timedelta) -> timedelta:
        if value < shortest:
            raise wrong("too short", f"at least {words}")
        return value

    return AfterValidator(check)


Text = Annotated[str, Field(min_length=1, max_length=200)]
Slug = Annotated[str, AfterValidator(slug)]
Zone = Annotated[str, AfterValidator(zone)]
Phone = Annotated[str, AfterValidator(phone)]
WebUrl = Annotated[str, AfterValidator(web_url)]
WebhookUrl = Annotated[str, Field(max_length=2000), AfterValidator(webhook_url)]
Email = Annotated[str, _matching(_EMAIL, "not an e-mail address", "such as ana@example.com")]
SlackUser = Annotated[
    str,
    _matching(_SLACK_USER, "not a Slack member ID", "in Slack: profile, ⋮, Copy member ID (U0ANA)"),
]
SlackChannel = Annotated[
    str,
    _matching(
        _SLACK_CHANNEL,
        "not a Slack channel",
        'its name with #, in quotes ("#incidents"), or its ID (C0123)',
    ),
]
GithubLogin = Annotated[str, _matching(_LOGIN, "not a GitHub login", "the name without @")]
GitlabLogin = Annotated[
    str, _matching(_LOGIN_AT_GITLAB, "not a GitLab user name", "the name without @")
]
Repository = Annotated[
    str, _matching(_REPOSITORY, "not a repository", "owner/name, without https:// and .git")
]
LocalTime = Annotated[datetime, PlainValidator(local_time, json_schema_input_type=str)]
LabelName = Annotated[
    str, _matching(_LABEL, "not the name of a label", "letters, digits and _, such as service")
]
Expiry = Annotated[Duration, at_least(timedelta(minutes=1), "1m")]
Positive = Annotated[Duration, at_least(timedelta(seconds=1), "1s")]


def kind_of(value: Any) -> str:
    """`text`, `list` or `mapping`, for keys that may be written in more than one way."""
    if isinstance(value, list | tuple):
        return "list"
    return "text" if isinstance(value, str) else "mapping"
