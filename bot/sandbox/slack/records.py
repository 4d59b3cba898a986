"""Slack's records: users, channels, messages and views, with the JSON that the Web API shows."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Json = dict[str, Any]


def new_id(prefix: str) -> str:
    """A Slack identifier: a letter or two and eleven characters."""
    return prefix + uuid.uuid4().hex[:11].upper()


@dataclass(frozen=True, slots=True)
class User:
    """A member of the workspace; the bot is one too."""

    id: str
    name: str
    team: str = ""
    email: str = ""
    timezone: str = "UTC"
    is_bot: bool = False

    @property
    def handle(self) -> str:
        """The short name."""
        return self.name.casefold().replace(" ", ".")

    def to_json(self, team_id: str, at: float, with_email: bool) -> Json:
        """The user object; the address only with its scope."""
        profile = {"real_name": self.name, "display_name": self.handle, "team": team_id}
        if with_email and self.email:
            profile["email"] = self.email
        return {
            "id": self.id,
            "team_id": team_id,
            "name": self.handle,
            "deleted": False,
            "real_name": self.name,
            "tz": self.timezone,
            "tz_label": self.timezone,
            "tz_offset": _offset_seconds(self.timezone, at),
            "profile": profile,
            "is_admin": False,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "updated": int(at),
        }


def _offset_seconds(timezone: str, at: float) -> int:
    try:
        offset = datetime.fromtimestamp(at, ZoneInfo(timezone)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError):
        return 0
    return int(offset.total_seconds()) if offset else 0


@dataclass
class SlackMessage:
    """A message; `thread_ts` is the parent's, `ephemeral_to` the only reader's id."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    bot_id: str | None = None
    metadata: Json | None = None
    edited_ts: str | None = None
    ephemeral_to: str | None = None
    broadcast: bool = False
    files: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    pinned: bool = False

    @property
    def is_reply(self) -> bool:
        """Stands in a thread below another message."""
        return self.thread_ts not in (None, self.ts)

    @property
    def words(self) -> str:
        """Everything a reader sees, text and blocks, in one string: for tests."""
        return "\n".join([self.text, *_texts(self.blocks)])

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons, in order."""
        return [b["text"]["text"] for b in elements(self.blocks) if b.get("type") == "button"]

    def to_json(self, *, with_metadata: bool = False) -> Json:
        """The message object."""
        body: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts}
        optional = {
            "bot_id": self.bot_id,
            "blocks": self.blocks,
            "attachments": self.attachments,
            "thread_ts": self.thread_ts,
            "files": self.files,
            "edited": {"user": self.user, "ts": self.edited_ts} if self.edited_ts else None,
            "metadata": self.metadata if with_metadata else None,
            "reactions": [
                {"name": name, "users": users, "count": len(users)}
                for name, users in self.reactions.items()
            ],
            "subtype": "thread_broadcast" if self.broadcast and self.is_reply else None,
        }
        return body | {name: value for name, value in optional.items() if value}


@dataclass
class Channel:
    """A channel, or a direct conversation of the bot with `user`."""

    id: str
    name: str
    bot_is_member: bool = True
    archived: bool = False
    private: bool = False
    user: str | None = None
    messages: list[SlackMessage] = field(default_factory=list)
    ephemerals: list[SlackMessage] = field(default_factory=list)

    def find(self, ts: str) -> SlackMessage | None:
        """The message with this timestamp, if everyone can see it."""
        return next((m for m in self.messages if m.ts == ts), None)

    def replies(self, ts: str) -> list[SlackMessage]:
        """What stands below this message, oldest first."""
        return [m for m in self.messages if m.thread_ts == ts and m.is_reply]

    def to_json(self) -> Json:
        """The conversation object."""
        if self.user is not None:
            return {"id": self.id, "is_im": True, "user": self.user, "is_archived": False}
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.private,
            "is_group": self.private,
            "is_im": False,
            "is_private": self.private,
            "is_archived": self.archived,
            "is_member": self.bot_is_member,
            "created": 1_700_000_000,
        }


@dataclass
class View:
    """A modal or a Home. `spec` is what the app sent."""

    spec: Json
    user: str
    id: str = field(default_factory=lambda: new_id("V"))
    hash: str = ""
    root_id: str = ""
    previous_id: str | None = None

    @property
    def title(self) -> str:
        """The words in the title bar."""
        return str(self.spec.get("title", {}).get("text", ""))

    @property
    def words(self) -> str:
        """Everything a reader sees, in one string: for tests."""
        return "\n".join([self.title, *_texts(self.spec.get("blocks", []))])

    def to_json(self, team_id: str, app_id: str, bot_id: str, values: Json | None = None) -> Json:
        """The view object of payloads and answers."""
        return {
            "id": self.id,
            "team_id": team_id,
            "type": self.spec["type"],
            "blocks": self.spec.get("blocks", []),
            "private_metadata": self.spec.get("private_metadata", ""),
            "callback_id": self.spec.get("callback_id", ""),
            "state": {"values": values or {}},
            "hash": self.hash,
            "title": self.spec.get("title"),
            "submit": self.spec.get("submit"),
            "close": self.spec.get("close"),
            "clear_on_close": bool(self.spec.get("clear_on_close")),
            "notify_on_close": bool(self.spec.get("notify_on_close")),
            "previous_view_id": self.previous_id,
            "root_view_id": self.root_id or self.id,
            "app_id": app_id,
            "external_id": self.spec.get("external_id", ""),
            "bot_id": bot_id,
        }


def elements(blocks: list[Json]) -> list[Json]:
    """Every interactive element of the blocks, each with its block's `block_id`."""
    found: list[Json] = []
    for block in blocks:
        inside = [*block.get("elements", []), block.get("accessory"), block.get("element")]
        found += [
            {**one, "block_id": block.get("block_id", "")}
            for one in inside
            if isinstance(one, dict) and "action_id" in one
        ]
    return found


def _texts(value: Any) -> list[str]:
    """The `text` strings anywhere in blocks, in reading order."""
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if isinstance(value.get("text"), str) else []
    return own + [text for item in value.values() for text in _texts(item)]
