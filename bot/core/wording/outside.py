"""Text that others wrote, made fit to stand inside a Slack message."""

import unicodedata

from bot.core.wording.words import escape

_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Unicode categories that show nothing, or turn the direction of what follows."""


def one_line(text: str, limit: int) -> str:
    """On one line, without control and direction marks, at most `limit` characters long."""
    visible = (" " if unicodedata.category(char) in _UNSEEN else char for char in text)
    line = " ".join("".join(visible).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def several_lines(text: str, limit: int) -> str:
    """The same line by line; of empty lines between two others one is kept."""
    lines: list[str] = []
    for each in text.splitlines():
        line = one_line(each, limit)
        if line or (lines and lines[-1]):
            lines.append(line)
    whole = "\n".join(lines).strip()
    return whole if len(whole) <= limit else f"{whole[: limit - 1].rstrip()}…"


def said(text: str, limit: int = 300) -> str:
    """The same, escaped: `<!channel>` from a check's answer wakes nobody."""
    return escape(one_line(text, limit))


def code(text: str, limit: int = 40) -> str:
    """In Slack's code markup; nothing for nothing."""
    clean = said(text.replace("`", ""), limit)
    return f"`{clean}`" if clean else ""


def linked(url: str | None, label: str) -> str | None:
    """A Slack link, or None for what is not a web address. `label` is ours."""
    if not url or not url.startswith(("https://", "http://")) or len(url) > 1000:
        return None
    if any(char in url or char.isspace() for char in '<>|"`') or not url.isprintable():
        return None
    return f"<{escape(url)}|{label}>"
