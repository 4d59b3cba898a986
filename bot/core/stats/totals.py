"""How many there ever were of what Prometheus asks for: counted where they are kept.

Labels are bounded: states, causes, channels, and the services and environments there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

ACKNOWLEDGED_WITHIN_SECONDS = (30, 60, 120, 180, 300, 600, 900, 1800, 3600)
"""Upper bounds of the histogram of acknowledgement times; more is `+Inf`."""


@dataclass(frozen=True, slots=True)
class Waits:
    """One team's acknowledgements: how many within each bound, all of them, seconds together."""

    within: tuple[int, ...] = (0,) * len(ACKNOWLEDGED_WITHIN_SECONDS)
    count: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Totals:
    """`deployments` by (service, environment, state), `incidents` by cause (`undecided` too),
    `pages` by (channel, state), `acknowledgements` by team.
    """

    deployments: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    incidents: Mapping[str, int] = field(default_factory=dict)
    pages: Mapping[tuple[str, str], int] = field(default_factory=dict)
    acknowledgements: Mapping[str, Waits] = field(default_factory=dict)
