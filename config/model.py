"""Config: what the rest of Midwatch gets to see, with every default in its place."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from config.environment import Settings
from config.escalation import Step, by_name
from config.maintenance import Maintenance
from config.missing import Missing
from config.people import Layer, Person, Rota, Team
from config.problems import Problem
from config.schema import File
from config.services import Service
from config.types import Acknowledge, phone

Part = TypeVar("Part", Person, Team, Service)


class Config(File):
    """A loaded configuration. Everybody and everything is called by its key in the file.

    `warnings` are allowed and yet likely to be regretted. Names and zones are filled in.
    `files` is the content of each file that was read, `origins` the file of the catalogue that
    something stands in (`services.checkout` to its path).
    """

    settings: Settings = Field(exclude=True, repr=False)
    source: Path
    warnings: tuple[Problem, ...] = ()
    files: Mapping[Path, bytes] = Field(default_factory=dict, exclude=True, repr=False)
    origins: Mapping[str, str] = Field(default_factory=dict)

    @property
    def described(self) -> str:
        """Where it stands: the main file, and how many files beside it."""
        beside = len(self.files) - 1
        counted = "1 file" if beside == 1 else f"{beside} files"
        return f"{self.source} with {counted} of its catalogue" if beside > 0 else str(self.source)

    @property
    def policies(self) -> Mapping[str, tuple[Step, ...]]:
        """Escalation policies by name."""
        return by_name(self.escalation)

    def missing(self) -> list[Missing]:
        """What is off because a variable is not set."""
        return self.settings.missing(self.senders)

    def person_by_phone(self, number: str) -> str | None:
        """Whose number this is, however it is written; None for a stranger."""
        try:
            wanted = phone(number)
        except ValueError:
            return None
        return next((key for key, person in self.people.items() if person.phone == wanted), None)

    def teams_of(self, service: str) -> tuple[str, ...]:
        """The teams that answer for a service. Raises KeyError for an unknown one."""
        return self.services[service].teams or tuple(self.teams)

    def policy_of(self, service: str) -> tuple[Step, ...]:
        """A service's escalation steps. Raises KeyError for an unknown one."""
        chosen = self.services[service].escalation
        if isinstance(chosen, tuple):
            return chosen
        return self.policies[chosen or "default"]

    def acknowledge_of(self, service: str) -> Acknowledge:
        """Whether each team, or any, acknowledges for a service. Raises KeyError."""
        return self.services[service].acknowledge or self.acknowledge

    def suspect_window_of(self, service: str) -> timedelta | None:
        """The fixed window of a service; None: the rule weighs. Raises KeyError."""
        return self.services[service].suspect_window or self.suspect_window

    def windows(
        self, since: datetime, until: datetime
    ) -> tuple[tuple[datetime, datetime, Maintenance], ...]:
        """Maintenance between two instants (aware): start, end (aware UTC, exclusive), window."""
        found = (
            (start, end, window)
            for window in self.maintenance
            for start, end in window.spans(since, until)
        )
        return tuple(sorted(found, key=lambda item: item[:2]))


def built(
    file: File,
    settings: Settings,
    source: Path,
    warnings: Iterable[Problem],
    files: Mapping[Path, bytes],
    origins: Mapping[str, str],
) -> Config:
    """A Config of a valid file: names and zones that were left out are filled in."""
    fields = {name: getattr(file, name) for name in File.model_fields}
    fields["people"] = {
        key: _named(key, person, {"timezone": person.timezone or file.timezone})
        for key, person in file.people.items()
    }
    fields["teams"] = {key: _team(key, team, file.timezone) for key, team in file.teams.items()}
    fields["services"] = {key: _named(key, one, {}) for key, one in file.services.items()}
    fields["maintenance"] = tuple(
        window.model_copy(update={"timezone": window.timezone or file.timezone})
        for window in file.maintenance
    )
    return Config.model_construct(
        **fields,
        settings=settings,
        source=source,
        warnings=tuple(warnings),
        files=files,
        origins=origins,
    )


def _named(key: str, one: Part, update: Mapping[str, object]) -> Part:
    return one.model_copy(update={"name": one.name or key, **update})


def _team(key: str, team: Team, zone: str) -> Team:
    if team.rota is None:
        return _named(key, team, {})
    return _named(
        key, team, {"on_call": Rota.model_construct(layers=tuple(_layers(team.rota, zone)))}
    )


def _layers(rota: Rota, zone: str) -> Iterator[Layer]:
    for index, layer in enumerate(rota.layers, start=1):
        name = layer.name or f"layer {index}"
        yield layer.model_copy(update={"name": name, "timezone": layer.timezone or zone})
