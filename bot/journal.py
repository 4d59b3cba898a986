"""The local journal of pages from memory: JSON lines, each forced to disk.

Each send has a line before it (`trying`) and one after it (`sent` or `failed`), so that a process
which ends in between leaves behind what may have gone. No phone numbers.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import structlog

from bot.core.events import PagedFromMemory, Unrecorded

log = structlog.get_logger(__name__)

Outcome = Literal["trying", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class Line:
    """One step of one send. `key` is the outage's, `sent_at` when its paging began."""

    key: str
    service: str
    why: Unrecorded
    sent_at: str
    person: str
    channel: str
    outcome: Outcome = "trying"


class Journal:
    """A file that need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, *lines: Line) -> None:
        """Append them; a full disk must not stop the paging."""
        try:
            with self.path.open("a", encoding="utf-8") as file:
                for line in lines:
                    # On a line of its own, even after one that a crash cut short.
                    file.write(f"\n{json.dumps(asdict(line))}\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            log.exception("journal_not_written")

    def read(self, now: datetime) -> list[tuple[str, PagedFromMemory]]:
        """One event for each outage that was paged, with its key. Raises OSError."""
        found: dict[tuple[str, str], list[Line]] = {}
        for text in self.path.read_text(encoding="utf-8").splitlines():
            line = _read(text)
            if line is not None:
                found.setdefault((line.key, line.sent_at), []).append(line)
        return [
            (f"memory:{key}:{sent_at}", _event(lines, now))
            for (key, sent_at), lines in found.items()
        ]


def _event(lines: list[Line], now: datetime) -> PagedFromMemory:
    """What became of each (person, channel) is what its last line says."""
    last = {(line.person, line.channel): line.outcome for line in lines}
    sent = tuple(pair for pair, outcome in last.items() if outcome == "sent")
    doubtful = tuple(pair for pair, outcome in last.items() if outcome == "trying")
    reached = {person for person, _ in (*sent, *doubtful)}
    failed = tuple(dict.fromkeys(person for person, _ in last if person not in reached))
    first = lines[0]
    at = datetime.fromisoformat(first.sent_at)
    return PagedFromMemory(first.service, sent, now, at, failed, doubtful, first.why)


def _read(text: str) -> Line | None:
    """None for a line that a crash cut short."""
    try:
        line = Line(**json.loads(text))
        datetime.fromisoformat(line.sent_at)
    except (ValueError, TypeError):
        return None
    return line
