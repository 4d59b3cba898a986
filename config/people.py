"""People, teams and rotas, as the file writes them."""

from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Discriminator, Field, Tag

from config.hours import HoursText, WeekHours, first_gap
from config.types import (
    ChannelName,
    Email,
    GithubLogin,
    GitlabLogin,
    LocalTime,
    Phone,
    Positive,
    SlackUser,
    Slug,
    Strict,
    Text,
    WebhookUrl,
    Zone,
    at_least,
    kind_of,
    wrong,
)

EVERY_CHANNEL: tuple[ChannelName, ...] = ("sms", "call", "slack", "email", "webhook")
Items = TypeVar("Items", bound=tuple[Any, ...])


def different(items: Items) -> Items:
    """A list that names nothing twice."""
    if len(set(items)) < len(items):
        raise wrong("the same one stands here twice", "name each once")
    return items


def with_an_end(hours: HoursText) -> HoursText:
    """Quiet hours that leave some time to be told in."""
    if first_gap(hours.parts) is None:
        raise wrong("quiet hours that never end", "leave some out, such as 22:00-07:00")
    return hours


class Person(Strict):
    """Somebody who can be paged. `channels` are their own order of preference.

    `quiet_hours`, by their own clock: no text that only informs; pages come at any time. `name` and
    `timezone` are filled when a file is loaded: with the key, and with the zone of all.
    """

    name: Text = ""
    phone: Phone | None = Field(default=None, repr=False)
    slack: SlackUser | None = None
    github: GithubLogin | None = None
    gitlab: GitlabLogin | None = None
    email: Email | None = Field(default=None, repr=False)
    webhook: WebhookUrl | None = Field(default=None, repr=False)
    timezone: Zone = ""
    channels: Annotated[tuple[ChannelName, ...], Field(min_length=1), AfterValidator(different)] = (
        EVERY_CHANNEL
    )
    quiet_hours: Annotated[WeekHours, AfterValidator(with_an_end)] | None = None
    role: Literal["member", "admin"] = "member"


class Layer(Strict):
    """A rotation of people. `starts`, the first hand-over, is wall time (naive) of `timezone`."""

    name: Text = ""
    rota: Annotated[tuple[Slug, ...], Field(min_length=1)]
    every: Annotated[Positive, at_least(timedelta(minutes=1), "1m")] = timedelta(weeks=1)
    starts: LocalTime
    timezone: Zone = ""
    only: WeekHours | None = None


class Rota(Strict):
    """Layers, the first of which that has somebody wins; `next` is the one below."""

    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]


def _rota_key(value: Any) -> str:
    if isinstance(value, Rota) or (isinstance(value, dict) and "layers" in value):
        return "layers"
    return kind_of(value)


def _as_layers(value: Any) -> Any:
    return Rota.model_construct(layers=(value,)) if isinstance(value, Layer) else value


OnCall = Annotated[
    Annotated[Literal["everyone"], Tag("text")]
    | Annotated[Layer, Tag("mapping")]
    | Annotated[Rota, Tag("layers")],
    Discriminator(
        _rota_key,
        custom_error_type="wrong",
        custom_error_message="not a rota; write `everyone`, or a mapping with `rota` or `layers`",
    ),
    AfterValidator(_as_layers),
]


class Team(Strict):
    """A team; `on_call` is `everyone` or a Rota (a single rotation becomes its only layer)."""

    name: Text = ""
    members: Annotated[tuple[Slug, ...], Field(min_length=1), AfterValidator(different)]
    on_call: OnCall = "everyone"

    @property
    def rota(self) -> Rota | None:
        """The rota; None when everyone is on call."""
        return self.on_call if isinstance(self.on_call, Rota) else None
