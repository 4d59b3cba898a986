"""What the database knows that the looks at sources, senders and checks compare with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.overrides import TeamOverride
from bot.ports import Call, SourceStatus, StoredResult

PROBED_LATELY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Known:
    """`deployed`: (service, environment in small letters) of every deployment ever reported.

    `unusable`: marked phones by (person, channel). `overrides`: those that have not ended.
    `runs`: a Midwatch holds the database. On PostgreSQL nothing tells that, and it is False.
    """

    sources: Mapping[str, SourceStatus] = field(default_factory=dict)
    results: Mapping[tuple[str, str], StoredResult] = field(default_factory=dict)
    calls: Mapping[str, Call] = field(default_factory=dict)
    deployed: frozenset[tuple[str, str]] = frozenset()
    runs: bool = False
    unusable: Mapping[tuple[str, str], str] = field(default_factory=dict)
    overrides: tuple[TeamOverride, ...] = ()

    def probes_at(self, now: datetime) -> bool:
        """Whether a Midwatch probes at the moment, as far as its results tell."""
        newest = max((result.at for result in self.results.values()), default=None)
        return newest is not None and now - newest < PROBED_LATELY
