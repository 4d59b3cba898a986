"""What the configuration means to the rules: people, teams, escalation policies, services.

Built by `bot.from_config`; the rules never see YAML.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.duty_hours import Hours
from bot.core.rota import Override, Rota

GITHUB, GITLAB = "github", "gitlab"
"""Where a repository is."""
BY_DEPLOYMENT, BY_RELEASE, BY_WORKFLOW = "deployment", "release", "workflow:"
"""What at the host stands for a deployment; the last one is followed by the workflow's file."""
SHARED_EACH_TEAM = "each_team"
SHARED_ANY_TEAM = "any_team"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be paged. `channels` are the usable ones, in the person's own order.

    A channel is usable when the person has an address for it and Midwatch has it switched on.
    `quiet`: hours of their own clock in which no text may come that only informs. `phone_ends`: the
    last two digits, by which they know their own number.
    """

    key: str
    name: str
    channels: tuple[str, ...]
    timezone: str
    slack: str | None = None
    github: str | None = None
    email: str | None = None
    admin: bool = False
    gitlab: str | None = None
    quiet: tuple[Hours, ...] = ()
    phone_ends: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """A team; `rota` None means everyone is on call (the default).

    `overrides` are those that people asked for, as far as known here (`bot.core.overrides`).
    """

    key: str
    name: str
    members: tuple[str, ...]
    rota: Rota | None = None
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation policy. `after` counts from the previous step.

    `who` is `on_call`, `next`, `everyone` or a person's key; `by` are channels.
    """

    who: str
    by: tuple[str, ...]
    after: timedelta = timedelta()
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Window:
    """A planned maintenance window from the configuration, as one concrete span.

    `services` empty means all of them. `until` is exclusive.
    """

    since: datetime
    until: datetime
    services: frozenset[str] = frozenset()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """What users depend on, and how its outages are handled.

    `environment` is the one that users see, `staging` the one where its releases wait.
    `name` is what support calls it, empty where that is the key.
    """

    key: str
    teams: tuple[str, ...]
    steps: tuple[Step, ...]
    depends_on: tuple[str, ...] = ()
    environment: str = "production"
    staging: str = "staging"
    acknowledge: str = SHARED_EACH_TEAM
    suspect_window: timedelta | None = None
    repository: str | None = None
    host: str = GITHUB
    deployed_by: str = BY_DEPLOYMENT
    paths: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Alerts:
    """Of all alert sources: when one that is not repeated counts as over, and the label that
    names its service.
    """

    expires: timedelta = timedelta(hours=24)
    label: str = "service"


@dataclass(frozen=True, slots=True)
class SignOff:
    """Who signs releases, in the order of the file, and what a signature sets in motion.

    `services` empty means all. `trigger` is "" (only the record), `workflow`, `webhook`,
    `protection_rule`, `manual_job` or `deployment_approval`; `workflow` is its file.
    """

    approvers: tuple[str, ...]
    soak: timedelta = timedelta(minutes=5)
    expires: timedelta = timedelta(hours=24)
    services: frozenset[str] = frozenset()
    trigger: str = ""
    workflow: str = ""

    def covers(self, service: str) -> bool:
        """Whether releases of that service have to be signed."""
        return not self.services or service in self.services


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it. `timezone` is the zone of texts whose reader has none of their own.

    `github_url` and `gitlab_url` are where their pages are, for links to a comparison. `digest`:
    the week is told on Mondays.
    """

    timezone: str
    people: Mapping[str, Person]
    teams: Mapping[str, Team]
    services: Mapping[str, Service]
    public_url: str = ""
    github_url: str = "https://github.com"
    gitlab_url: str = "https://gitlab.com"
    windows: tuple[Window, ...] = ()
    storm: int = 5
    alerts: Alerts = Alerts()
    sign_off: SignOff | None = None
    digest: bool = False

    def teams_of(self, person: str) -> tuple[str, ...]:
        """Keys of the teams that `person` is a member of, or stands in for now or later.

        Who is paged for a team has to be able to say that they have it.
        """
        return tuple(
            team.key
            for team in self.teams.values()
            if person in team.members or any(it.person == person for it in team.overrides)
        )

    def name_of(self, person: str | None) -> str:
        """The person's name for a sentence; the key itself for somebody who left the file."""
        if person is None:
            return "nobody"
        known = self.people.get(person)
        return known.name if known else person

    def owner_of(self, by: str | None) -> str:
        """The same of who acknowledged; an import may not know who that was."""
        return self.name_of(by) if by else "somebody"

    def team_name(self, team: str) -> str:
        """The team's name for a sentence."""
        known = self.teams.get(team)
        return known.name if known else team
