"""What a page is asked for in its address, so that a view can be shared.

A value that cannot be read never hides the page: it is left out, and said beside its field.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from urllib.parse import urlencode

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request

from bot.web.api import LARGEST, moment
from bot.web.pages import plain

LONGEST = 300
"""Characters of one value."""

NAMED_AT_MOST = 12


class Filters:
    """The query of a page, read field by field. `zone`: the one in which dates are meant."""

    def __init__(self, request: Request, zone: str) -> None:
        self.zone = zone
        self.problems: dict[str, str] = {}
        self.given: dict[str, str] = {}
        self._query = request.query_params

    def text(self, name: str) -> str | None:
        """A name of something that may no longer exist; None: not asked for."""
        value = self._query.get(name, "").replace("\x00", "").strip()
        if len(value) > LONGEST:
            self.problems[name] = f"is longer than {LONGEST} characters"
            value = ""
        self.given[name] = value
        return value or None

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """One of these words; None: not asked for."""
        value = self.text(name)
        if value is None or value in allowed:
            return value
        known = ", ".join([*list(allowed)[:NAMED_AT_MOST], *["…"] * (len(allowed) > NAMED_AT_MOST)])
        self.problems[name] = f"{_quoted(value)} is none of {known}"
        return None

    def number(self, name: str) -> int | None:
        """A whole number from 1 on."""
        value = self.text(name)
        if value is None:
            return None
        if value.isascii() and value.isdecimal() and len(value) < 18 and 0 < int(value) < LARGEST:
            return int(value)
        self.problems[name] = f"{_quoted(value)} is not a number"
        return None

    def moment(self, name: str) -> datetime | None:
        """The beginning of a day, or an ISO 8601 time."""
        value = self.text(name)
        try:
            return moment(value, self.zone, name)
        except RequestValidationError as error:
            self.problems[name] = error.errors()[0]["msg"]
            return None

    def span(self) -> tuple[datetime | None, datetime | None]:
        """`from` (inclusive) and `to` (exclusive)."""
        since, until = self.moment("from"), self.moment("to")
        if since is not None and until is not None and since >= until:
            self.problems["to"] = "has to be later than from"
            return since, None
        return since, until

    def kind(self, name: str) -> str:
        """The kind of input that shows the value: a calendar for dates, else plain text."""
        try:
            date.fromisoformat(self.given.get(name) or "2026-01-01")
        except ValueError:
            return "text"
        return "date" if len(self.given.get(name, "")) in (0, len("2026-01-01")) else "text"

    @property
    def asked(self) -> bool:
        """Whether anything was."""
        return any(self.given.values())

    def asked_beside(self, *names: str) -> bool:
        """Whether anything else was."""
        return any(value for name, value in self.given.items() if name not in names)

    def link(self, changes: Mapping[str, object]) -> str:
        """`?…`: the same view with these fields changed; an empty one is left out."""
        fields = {**self.given, **{name: str(value) for name, value in changes.items()}}
        return "?" + urlencode({name: value for name, value in fields.items() if value})


def _quoted(value: str) -> str:
    return f"“{plain(value, 40)}”"
