"""One tool's export a file: each makes the lines of `docs/import.md` of it.

A converter is a module here with a `CONVERTER`; it is found by itself, under its module's name.
What it cannot know it leaves out and says so; names of services that nobody mapped are told all
at once.
"""

import importlib
import pkgutil
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from bot.core.policy import Policy
from bot.sources.github_api import GitHubSource

Record = dict[str, object]
"""A line, before it is written as JSON."""


class Unconvertible(Exception):
    """The export cannot be converted: what is wrong with it, one mistake a line."""


@dataclass(slots=True)
class Converted:
    """The lines, and in words what was left out."""

    records: list[Record] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user said. `services`: their names (in lower case) to keys of ours.

    `team`: whose acknowledgements all are, for those of people who are not known here. `zone`: of
    times that have none. `source`: the file's name, or what is asked for. `github` makes the source
    that is asked, with the policy it should have; None: there is no token.
    """

    policy: Policy
    now: datetime
    source: str
    content: bytes = b""
    services: Mapping[str, str] = field(default_factory=dict)
    team: str | None = None
    zone: tzinfo | None = None
    service: str | None = None
    environment: str | None = None
    since: datetime | None = None
    github: Callable[[Callable[[], Policy]], GitHubSource] | None = None

    def service_of(self, name: str) -> str | None:
        """Our key for their name: as it was mapped, else the key that reads the same."""
        folded = name.strip().casefold()
        mapped = self.services.get(folded)
        if mapped is not None:
            return mapped
        return next((key for key in self.policy.services if key.casefold() == folded), None)

    def person_of(self, name: str) -> str | None:
        """The person of ours whose key, name or address it is."""
        folded = name.strip().casefold()
        for key, it in self.policy.people.items():
            if folded and folded in {
                key.casefold(),
                it.name.casefold(),
                (it.email or "").casefold(),
            }:
                return key
        return None

    def team_of(self, person: str | None, service: str) -> str | None:
        """For which of the service's teams that person spoke: theirs, else `team`."""
        theirs = self.policy.teams_of(person) if person else ()
        own = [team for team in self.policy.services[service].teams if team in theirs]
        return own[0] if own else self.team


@dataclass(frozen=True, slots=True)
class Converter:
    """`convert` raises Unconvertible, Transient or Permanent. `reads_file`: else it asks an API."""

    convert: Callable[[Wanted], Awaitable[Converted]]
    reads_file: bool = True


def converters() -> dict[str, Converter]:
    """Every converter by its name."""
    found: dict[str, Converter] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        converter = getattr(module, "CONVERTER", None)
        if isinstance(converter, Converter):
            found[info.name] = converter
    return found


def unmapped(names: Counter[str], policy: Policy, what: str = "services") -> Unconvertible:
    """All of them at once, the most frequent first, with how to map one."""
    listed = [f"  {name!r} ({count})" for name, count in names.most_common(200)]
    example = next(iter(names)).replace('"', '\\"')
    known = ", ".join(list(policy.services)[:20])
    return Unconvertible(
        "\n".join(
            [
                f"These {what} have no counterpart here:",
                *listed,
                f'Map each, or leave it out: --map "{example}=KEY" or --map "{example}=-".',
                f"Known: {known}.",
            ]
        )
    )
