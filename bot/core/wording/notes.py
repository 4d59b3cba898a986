"""Release notes as people read them: plain text, Markdown, and Slack's own, within its limits."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.deployment import Deployment
from bot.core.wording.outside import one_line, said

MESSAGE_AT_MOST = 3500
"""Characters of one Slack message: below the 4000 of a text that may be edited, and two blocks.

Source: Slack docs, "Block Kit reference" and `chat.update`.
"""
MESSAGES_AT_MOST = 8
"""The first one and what goes on in its thread; what is beyond is counted."""
LINE_AT_MOST = 600
_IN_MARKDOWN = re.compile(r"([\\`*_\[\]<>~|]|^[-+#>=])")
_NUMBERED = re.compile(r"^(\d+)([.)])")
_AT = re.compile(r"@(?=\w)")
_EDGE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_STARS = str.maketrans({"*": "∗", "~": "∼", "`": "'"})


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its lines."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """The notes, not yet in any markup. `lead` and `closing` are sentences."""

    title: str
    lead: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    closing: tuple[str, ...] = ()


def as_text(paper: Paper) -> str:
    """Plain text."""
    parts = [_clean(paper.title)]
    if paper.lead:
        parts.append("\n".join(map(_clean, paper.lead)))
    for section in paper.sections:
        lines = (f"- {_clean(line)}" for line in section.lines)
        parts.append("\n".join((f"{section.heading}:", *lines)))
    if paper.closing:
        parts.append("\n".join(map(_clean, paper.closing)))
    return "\n\n".join(parts)


def as_markdown(paper: Paper) -> str:
    """Markdown in which nothing that others wrote is markup, a mention or HTML."""
    parts = [f"## {_markdown(paper.title)}", *map(_markdown, paper.lead)]
    for section in paper.sections:
        parts += [f"### {section.heading}", "\n".join(f"- {_markdown(it)}" for it in section.lines)]
    parts += map(_markdown, paper.closing)
    return "\n\n".join(parts)


def as_slack(paper: Paper) -> list[list[str]]:
    """Lines of mrkdwn, message by message: the first stands in the channel, the rest below it."""
    lines = [f"*{_mrkdwn(paper.title)}*", *map(_mrkdwn, paper.lead)]
    for section in paper.sections:
        lines += ["", f"*{section.heading}*", *(f"• {_mrkdwn(line)}" for line in section.lines)]
    closing = [_mrkdwn(line) for line in paper.closing]
    return _parted(lines, ["", *closing] if paper.sections and closing else closing)


def _parted(lines: Sequence[str], closing: Sequence[str]) -> list[list[str]]:
    """As few messages as Slack allows; the closing lines stand in the last of them."""
    messages, left = _filled([*lines, *closing])
    if left:
        # What says that the list is not whole must not be cut itself.
        kept = sum(len(line) + 1 for line in (*closing, _rest(len(lines))))
        messages, left = _filled(lines, kept_free=kept)
        messages[-1] += [_rest(left), *closing] if left else closing
    if len(messages) > 1:
        messages[0].append("_It goes on in the thread._")
    return messages


def _filled(lines: Sequence[str], kept_free: int = 0) -> tuple[list[list[str]], int]:
    """Messages, and how many lines found no room. `kept_free`: characters of the last message."""
    messages: list[list[str]] = [[]]
    size = 0
    for index, line in enumerate(lines):
        last = len(messages) == MESSAGES_AT_MOST
        room = MESSAGE_AT_MOST - size - (kept_free if last else 0)
        if len(line) + 1 > room and messages[-1]:
            if last:
                return messages, len(lines) - index
            messages.append([])
            size = 0
        if line or messages[-1]:  # no message begins with an empty line
            messages[-1].append(line)
            size += len(line) + 1
    return messages, 0


def _rest(count: int) -> str:
    return f"… and {count} more lines, on Midwatch's page of deployments"


def _clean(words: str) -> str:
    return one_line(words, LINE_AT_MOST)


def _markdown(words: str) -> str:
    safe = _NUMBERED.sub(r"\1\\\2", _IN_MARKDOWN.sub(r"\\\1", _clean(words)))
    return _AT.sub("@\u2060", safe)


def _mrkdwn(words: str) -> str:
    """Escaped, and without what Slack would set in bold, italics or code."""
    return _EDGE.sub("ˍ", said(words, LINE_AT_MOST).translate(_STARS))


def listed(names: Iterable[str], most: int = 12) -> str:
    """`Ana, Bo and Cy`; many are counted."""
    found = list(names)
    shown = found[:most] if len(found) > most + 1 else found
    if len(shown) < len(found):
        shown = [*shown, f"{len(found) - len(shown)} others"]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else "".join(shown)


def notes_corrected(gone: Deployment, back: Deployment | None) -> str:
    """In the thread of notes whose deployment is not live any more (Slack mrkdwn, escaped)."""
    again = f": {_mrkdwn(back.name)} is live again" if back else ""
    return f"Correction: {_mrkdwn(gone.name)} was taken back{again}. What stands above is gone."


def notes_posted(deployment: Deployment) -> str:
    """A line of the audit log."""
    return f"Support was told what is in {deployment.service} {deployment.name}"


def notes_edited(deployment: Deployment, who: str, *, removed: bool) -> str:
    """A line of the audit log."""
    what = "brought back the list of changes in" if removed else "edited"
    return f"{who} {what} the release notes of {deployment.service} {deployment.name}"
