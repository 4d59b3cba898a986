"""The workspace: who and what is there, and the rules that hold for every method."""

import uuid
from dataclasses import dataclass, field

from bot.sandbox.context import Context
from bot.sandbox.slack.records import Channel, Json, SlackMessage, User, View, new_id
from bot.sandbox.slack.refusals import RateLimited, SlackRefusal

TRIGGER_SECONDS = 3.0


@dataclass
class Trigger:
    """A trigger_id: good for three seconds, once."""

    user: str
    at: float
    used: bool = False


@dataclass
class Upload:
    """A file between its URL and its completion."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    content_type: str = "application/octet-stream"
    alt: str = ""


@dataclass
class Workspace:
    """Everything the local Slack remembers."""

    context: Context
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    homes: dict[str, View] = field(default_factory=dict)
    modals: dict[str, list[View]] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    _last_ts: int = 0
    _paced: dict[str, list[float]] = field(default_factory=dict)

    def populate(self) -> None:
        """Fill in people, the bot and the channels of the settings."""
        settings = self.context.settings
        bot = settings.slack_bot_user
        self.users[bot] = User(bot, settings.slack_bot_name, is_bot=True)
        for person in settings.people():
            if person.slack_id:
                self.users[person.slack_id] = User(
                    person.slack_id, person.name, person.team, person.email, person.timezone
                )
        for number, spec in enumerate(settings.channel_specs(), start=1):
            identifier = f"C{number:010d}"
            self.channels[identifier] = Channel(
                identifier, spec.name, spec.bot_is_member, spec.archived, spec.private
            )

    def at(self) -> float:
        """Now, in seconds since 1970, by the sandbox's clock."""
        return self.context.now().timestamp()

    def new_ts(self) -> str:
        """A timestamp that no message has yet: `1700000000.000100`."""
        self._last_ts = max(int(self.at() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def look_up(self, name: str) -> Channel:
        """A channel by id, `#name` or name; a user's id is their conversation with the bot.

        Raises SlackRefusal("channel_not_found").
        """
        if name in self.channels:
            return self.channels[name]
        if name in self.users:
            return self.direct(name)
        bare = name.lstrip("#")
        for channel in self.channels.values():
            if channel.user is None and channel.name == bare:
                return channel
        raise SlackRefusal("channel_not_found")

    def direct(self, user: str) -> Channel:
        """The bot's conversation with this user, opened if need be."""
        identifier = f"D{user[1:]}"
        if identifier not in self.channels:
            self.channels[identifier] = Channel(identifier, "", user=user)
            self.context.journal.note("channel", id=identifier, name="", user=user)
        return self.channels[identifier]

    def require(self, scope: str) -> None:
        """Raise SlackRefusal("missing_scope") if the app was not given it."""
        given = self.context.settings.slack_scopes
        if scope not in given:
            provided = ",".join(sorted(given))
            raise SlackRefusal("missing_scope", needed=scope, provided=provided)

    def writable(self, channel: Channel) -> None:
        """Raise SlackRefusal if the bot may not write here."""
        if channel.archived:
            raise SlackRefusal("is_archived")
        public = "chat:write.public" in self.context.settings.slack_scopes
        if not channel.bot_is_member and (channel.private or not public):
            raise SlackRefusal("channel_not_found" if channel.private else "not_in_channel")

    def pace(self, channel: Channel) -> None:
        """Raise RateLimited if messages come faster than the setting allows (0: no limit)."""
        settings = self.context.settings
        gap, burst = settings.slack_message_interval_seconds, settings.slack_message_burst
        if gap <= 0:
            return
        recent = [t for t in self._paced.get(channel.id, []) if self.at() - t < gap * burst]
        if len(recent) >= burst:
            wait = gap * burst - (self.at() - recent[0])
            raise RateLimited(-int(-wait // 1))
        self._paced[channel.id] = [*recent, self.at()]

    def new_trigger(self, user: str) -> str:
        """A trigger_id for something this user just did."""
        name = f"{len(self.triggers) + 1}.{len(self.users)}.{uuid.uuid4().hex}"
        self.triggers[name] = Trigger(user, self.at())
        return name

    def spend_trigger(self, name: str) -> str:
        """The user behind a trigger_id, or SlackRefusal (unknown, used, older than 3 s)."""
        trigger = self.triggers.get(name)
        if trigger is None:
            raise SlackRefusal("invalid_trigger_id")
        if self.at() - trigger.at > TRIGGER_SECONDS:
            raise SlackRefusal("expired_trigger_id")
        if trigger.used:
            raise SlackRefusal("exchanged_trigger_id")
        trigger.used = True
        return trigger.user

    def add(self, message: SlackMessage) -> SlackMessage:
        """Put a message where it belongs, name its blocks, and tell the journal."""
        channel = self.channels[message.channel]
        name_blocks(message.blocks)
        (channel.ephemerals if message.ephemeral_to else channel.messages).append(message)
        if message.is_reply and message.thread_ts:
            parent = channel.find(message.thread_ts)
            if parent is not None and parent.thread_ts is None:
                parent.thread_ts = parent.ts
                self.note(parent)
        self.note(message)
        return message

    def note(self, message: SlackMessage, *, deleted: bool = False) -> None:
        """Tell the journal how a message stands."""
        self.context.journal.note("message", **message_view(message), deleted=deleted)

    def note_views(self, user: str) -> None:
        """Tell the journal what modals and Home this user sees."""
        self.context.journal.note("views", user=user, **self.views(user))

    def views(self, user: str) -> Json:
        """The Home and the open modals of a user, the topmost last."""
        home = self.homes.get(user)
        return {
            "home": None if home is None else self.view_json(home),
            "modals": [self.view_json(view) for view in self.modals.get(user, [])],
        }

    def view_json(self, view: View, values: Json | None = None) -> Json:
        """The view object."""
        s = self.context.settings
        return view.to_json(s.slack_team_id, s.slack_app_id, s.slack_bot_id, values)


def name_blocks(blocks: list[Json]) -> None:
    """Give a `block_id` to the blocks that have none, as Slack does."""
    for block in blocks:
        block.setdefault("block_id", new_id("b")[:5])


def message_view(message: SlackMessage) -> Json:
    """A message for the page: with its channel, thread, and only reader."""
    return message.to_json() | {
        "channel": message.channel,
        "ephemeral_to": message.ephemeral_to,
        "pinned": message.pinned,
        "broadcast": message.broadcast,
    }
