"""Database changes in words: what may break first, with file and line (plain)."""

from collections.abc import Iterable

from bot.core.database_changes import DatabaseChange, Seen

BREAKS = "May break:"
"""How a line begins that tells of what may break."""


def database_lines(changes: Iterable[DatabaseChange]) -> tuple[str, ...]:
    """Each migration in words, with file and line of what may break."""
    lines: list[str] = []
    for change in changes:
        where = f"{change.path} ({change.framework})"
        lines += [f"{BREAKS} {it.what}, {change.path} line {it.line}" for it in change.breaking]
        if change.seen is Seen.UNREADABLE:
            lines.append(f"{where} could not be read, look at it: {change.trouble}")
        elif change.seen is Seen.NOT_INSPECTED:
            lines.append(f"{where}: present, not inspected")
        elif not change.breaking:
            lines.append(f"{where}: nothing that breaks was seen")
    return tuple(lines)
