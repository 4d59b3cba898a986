"""Canaries: hosts that are always up. When all of them are down, it is we who cannot see. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from checks import Outcome

PROVEN_FOR = timedelta(hours=1)
"""A canary counts only if it was up within this time: a wrong address must not blind us."""


class Sight(StrEnum):
    """Whether a failure without an answer can be believed."""

    SIGHTED = "sighted"
    BLIND = "blind"
    UNPROVEN = "unproven"  # no canary counts: failures are believed, `doctor` complains


def weigh(
    outcomes: Mapping[str, Outcome], last_up_at: Mapping[str, datetime], now: datetime
) -> Sight:
    """What the canaries say together. `outcomes`: what each said just now, where it was asked.

    One that is up shows that we see, whatever its past. Those down count only if they were up
    within the last hour; all of them down: blind. `unknown` is neither.
    """
    if any(said in (Outcome.UP, Outcome.DEGRADED) for said in outcomes.values()):
        return Sight.SIGHTED
    proven_down = [
        name
        for name, said in outcomes.items()
        if said is Outcome.DOWN and name in last_up_at and now - last_up_at[name] <= PROVEN_FOR
    ]
    return Sight.BLIND if proven_down else Sight.UNPROVEN


def parse(canary: str) -> tuple[str, str]:
    """`tcp://1.1.1.1:443` as the kind of check to use and its target.

    Raises ValueError that says how to write one.
    """
    scheme, found, rest = canary.partition("://")
    if not found or not rest:
        raise ValueError("not a canary: write it like tcp://1.1.1.1:443 or https://example.com/")
    if scheme in ("http", "https"):
        return "http", canary
    if not urlsplit(canary).netloc:
        raise ValueError(f"a canary without a host: {scheme}://")
    return scheme, rest.rstrip("/")
