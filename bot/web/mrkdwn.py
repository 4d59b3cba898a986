"""Slack's mrkdwn as safe HTML: the timeline says the same on the page as in the thread."""

import html
import re
from datetime import UTC, datetime

from markupsafe import Markup

from bot.core.wording.words import clock

_DATE = re.compile(r"&lt;!date\^(\d{1,11})\^[^|&]*\|[^&]*&gt;")
_BOLD = re.compile(r"(?<![\w*])\*([^*\n]{1,200})\*(?![\w*])")
_CODE = re.compile(r"`([^`\n]{1,200})`")


def to_html(text: str, zone: str) -> Markup:
    """Bold, code and times (in the reader's zone); everything else is shown as it is, escaped."""
    safe = html.escape(html.unescape(text), quote=True)

    def local(found: re.Match[str]) -> str:
        return clock(datetime.fromtimestamp(int(found[1]), UTC), zone)

    safe = _DATE.sub(local, safe)
    safe = _CODE.sub(r"<code>\1</code>", safe)
    return Markup(_BOLD.sub(r"<strong>\1</strong>", safe))  # noqa: S704 - escaped just above
