"""Lists of messages and calls: Twilio's filters and pages. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.datastructures import URL, QueryParams

from bot.sandbox.twilio.records import Call, Message
from bot.sandbox.twilio.refusals import Refusal

DEFAULT_PAGE, LARGEST_PAGE = 50, 1000


def message_page(messages: Sequence[Message], url: URL) -> dict[str, Any]:
    """GET Messages.json: newest first, by To, From and DateSent (`DateSent<`, `DateSent>`).

    A message that has not been sent yet counts by the time it was created.
    """
    query = QueryParams(url.query)
    found = [
        m
        for m in reversed(messages)
        if query.get("To", m.to) == m.to
        and query.get("From", m.from_) == m.from_
        and _within(m.sent_at or m.created_at, query, "DateSent")
    ]
    return _page("messages", (m.to_json() for m in found), len(found), url)


def call_page(calls: Sequence[Call], url: URL) -> dict[str, Any]:
    """GET Calls.json: newest first, by To, From, Status and StartTime."""
    query = QueryParams(url.query)
    found = [
        c
        for c in reversed(calls)
        if query.get("To", c.to) == c.to
        and query.get("From", c.from_) == c.from_
        and query.get("Status", c.status) == c.status
        and _within(c.answered_at or c.created_at, query, "StartTime")
    ]
    return _page("calls", (c.to_json() for c in found), len(found), url)


def _within(at: datetime, query: QueryParams, name: str) -> bool:
    """`name` is that day, `name<` that time or before, `name>` that time or after."""
    if name in query and not _span(query[name])[0] <= at <= _span(query[name])[1]:
        return False
    if name + "<" in query and at > _span(query[name + "<"])[1]:
        return False
    return name + ">" not in query or at >= _span(query[name + ">"])[0]


def _span(text: str) -> tuple[datetime, datetime]:
    """First and last instant that a date or a second names, in UTC."""
    try:
        if len(text) == len("2026-11-23"):
            first = datetime.combine(date.fromisoformat(text), time.min, UTC)
            return first, first + timedelta(days=1, microseconds=-1)
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(20001, f"{text} is not a date") from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at, at + timedelta(seconds=1, microseconds=-1)


def _page(key: str, rows: Iterable[dict[str, Any]], total: int, url: URL) -> dict[str, Any]:
    query = QueryParams(url.query)
    size = _number(query, "PageSize", DEFAULT_PAGE, 1, LARGEST_PAGE)
    page = _number(query, "Page", 0, 0, 1_000_000)
    start = page * size
    window = list(rows)[start : start + size]
    more = start + size < total

    def uri(number: int) -> str:
        target = url.include_query_params(PageSize=size, Page=number)
        return f"{target.path}?{target.query}"

    return {
        key: window,
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if more else None,
        "previous_page_uri": uri(page - 1) if page else None,
        "uri": uri(page),
        "page": page,
        "page_size": size,
        "start": start,
        "end": max(start + len(window) - 1, 0),
    }


def _number(query: QueryParams, name: str, default: int, low: int, high: int) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal():
        raise Refusal(20001, f"{name} {text} is not a number")
    return min(max(int(text), low), high)
