"""The machine's own clock, as a probe is given it."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
