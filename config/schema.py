"""The configuration file as one strict model."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from config.check import Canaries
from config.escalation import Policies
from config.maintenance import Maintenance
from config.people import Person, Team, different
from config.services import Service
from config.sign_off import SignOff
from config.types import (
    Acknowledge,
    Expiry,
    LabelName,
    Positive,
    SlackChannel,
    Slug,
    Strict,
    Text,
    WebUrl,
    Zone,
    kind_of,
)

Right = Literal["deployments", "releases", "alertmanager", "grafana", "alerts", "heartbeats"]
"""What a sender's token is good for: the hook of that name."""
Sender = Annotated[tuple[Right, ...], Field(min_length=1), AfterValidator(different)]


Catalogue = Annotated[
    Annotated[Text, Tag("text")]
    | Annotated[
        Annotated[tuple[Text, ...], Field(min_length=1), AfterValidator(different)], Tag("list")
    ],
    Discriminator(
        kind_of,
        custom_error_type="wrong",
        custom_error_message="not a folder; such as services.d, or a list of folders",
    ),
    AfterValidator(lambda named: (named,) if isinstance(named, str) else named),
]
"""Folders of files that hold more services, people and teams, seen from the main file."""


class SlackChannels(Strict):
    """Channels by name (`#incidents`) or ID. Without one, that kind of message is not posted.

    `digest`: the week in numbers, on Monday mornings.
    """

    incidents: SlackChannel
    support: SlackChannel | None = None
    releases: SlackChannel | None = None
    digest: SlackChannel | None = None


class Alerts(Strict):
    """Alert sources. `expires`: when an alert that is not repeated counts as over; its sender must
    repeat it more often. `label`: the one that names the service of an alert.
    """

    expires: Expiry = timedelta(hours=24)
    label: LabelName = "service"


class Watchdog(Strict):
    """Somebody else's dead man's switch, pinged only while Midwatch is able to page."""

    ping: WebUrl = Field(repr=False)
    every: Positive = timedelta(minutes=1)


class File(Strict):
    """Everything that `midwatch.yaml` may hold; see `config/example.yaml` for what it means."""

    timezone: Zone = "UTC"
    slack: SlackChannels | None = None
    people: Annotated[dict[Slug, Person], Field(min_length=1)]
    teams: Annotated[dict[Slug, Team], Field(min_length=1)]
    escalation: Policies | None = None
    services: dict[Slug, Service] = Field(default_factory=dict)
    catalogue: Catalogue = ()
    sign_off: SignOff | None = None
    senders: dict[Slug, Sender] = Field(default_factory=dict)
    alerts: Alerts = Field(default_factory=Alerts)
    watchdog: Watchdog | None = None
    canaries: Canaries = ()
    defaults: dict[str, Any] = Field(default_factory=dict)
    acknowledge: Acknowledge = "each_team"
    storm: Annotated[int, Field(ge=2, le=1000)] = 5
    suspect_window: Positive | None = None
    maintenance: tuple[Maintenance, ...] = ()
