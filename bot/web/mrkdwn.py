"""What the timeline says: Slack's mrkdwn as safe HTML or plain text, and text from outside."""

import html
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from markupsafe import Markup

from bot.core.wording.outside import one_line
from bot.core.wording.words import day_and_clock

_DATE = re.compile(r"<!date\^(\d{1,11})\^[^|<>]*\|([^<>|]*)>")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]{1,200})\*(?![\w*])")
_CODE = re.compile(r"`([^`\n]{1,200})`")
LONGEST = 2000


def to_html(text: str, now: datetime, zone: str) -> Markup:
    """Bold, code and times (in the reader's zone); everything else is shown as it is, escaped."""

    def local(found: re.Match[str]) -> str:
        return day_and_clock(datetime.fromtimestamp(int(found[1]), UTC), now, zone)

    told = _unescaped(_DATE.sub(local, one_line(text, LONGEST)))
    safe = html.escape(told, quote=True)
    safe = _CODE.sub(r"<code>\1</code>", safe)
    return Markup(_BOLD.sub(r"<strong>\1</strong>", safe))  # noqa: S704 - escaped just above


def to_plain(text: str) -> str:
    """The same without markup, for programs; times stand in the configured zone."""
    told = _DATE.sub(r"\2", text)
    return _unescaped(_BOLD.sub(r"\1", _CODE.sub(r"\1", told)))


def _unescaped(text: str) -> str:
    """Slack's three entities, and no others. Source: Slack docs, "Escaping text"."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def web_url(url: str | None) -> str | None:
    """The address if a click on it can only open a web page, else None (`javascript:…`)."""
    if not url or len(url) > LONGEST or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None
