"""What the sandbox is told when it is built: accounts, people, channels and speeds."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "metadata.message:read",
        "users:read",
    }
)
"""What config/slack-manifest.yaml asks for."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a phone and a Slack account; either may be missing."""

    name: str
    team: str
    number: str | None
    slack_id: str | None
    email: str = ""
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A Slack channel as it stands when the sandbox starts."""

    name: str
    bot_is_member: bool = True
    archived: bool = False
    private: bool = False


@dataclass
class SandboxSettings:
    """Accounts, people and speeds. No secret has a default: whoever starts a sandbox makes them up.

    `bot_url` is where Midwatch listens (its PUBLIC_URL) and may be set later, before the first
    request to the bot. `webhook_secret` empty: no webhook's signature is right.
    `phones` takes `Person` or plain `(name, team, number, slack_id)`.
    `word_seconds`: how long a call speaks a word before it begins to wait for a key.
    Delays are real seconds, whatever clock the sandbox was given; 0 means "as soon as possible".
    """

    account_sid: str
    auth_token: str
    from_number: str
    slack_bot_token: str
    slack_signing_secret: str
    slack_app_token: str
    bot_url: str
    webhook_secret: str = ""
    phones: Sequence[Person | tuple[str, str, str, str]] = ()
    channels: Sequence[ChannelSpec | str] = ("incidents", "support", "releases")
    messaging_service_sid: str = "MG" + "5" * 32
    trial: bool = False
    blocked_prefixes: tuple[str, ...] = ()
    receipt_delay_seconds: float = 0.0
    ring_seconds: float = 60.0
    word_seconds: float = 0.4
    webhook_timeout_seconds: float = 15.0
    slack_timeout_seconds: float = 3.0
    slack_retry_delays_seconds: tuple[float, ...] = (0.0, 60.0, 300.0)
    slack_message_interval_seconds: float = 0.0
    slack_message_burst: int = 1
    commands: frozenset[str] = frozenset({"/midwatch"})
    slack_scopes: frozenset[str] = DEFAULT_SCOPES
    slack_team_id: str = "T0SANDBOX"
    slack_app_id: str = "A0MIDWATCH"
    slack_bot_user: str = "U0MIDWATCH"
    slack_bot_id: str = "B0MIDWATCH"
    slack_bot_name: str = "Midwatch"
    slack_team_name: str = "Sandbox"
    wall_clock: Callable[[], float] = field(default=time.time)

    def people(self) -> list[Person]:
        """Everyone, plain tuples turned into `Person`."""
        return [p if isinstance(p, Person) else Person(*p) for p in self.phones]

    def channel_specs(self) -> list[ChannelSpec]:
        """Every channel, without the leading `#`."""
        specs = [c if isinstance(c, ChannelSpec) else ChannelSpec(c) for c in self.channels]
        return [
            ChannelSpec(c.name.lstrip("#"), c.bot_is_member, c.archived, c.private) for c in specs
        ]
