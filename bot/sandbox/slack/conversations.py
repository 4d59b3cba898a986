"""conversations.*: channels, their history and their threads."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.method import Method
from bot.sandbox.slack.records import Channel, Json, SlackMessage
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Workspace

FAMILY = {"public_channel": "channels", "private_channel": "groups", "im": "im", "mpim": "mpim"}
"""Which scopes each kind of conversation has."""


def methods(workspace: Workspace) -> dict[str, Method]:
    """The methods of this family."""
    here = Conversations(workspace)
    return {
        "conversations.list": Method(here.listing),
        "conversations.info": Method(here.info),
        "conversations.members": Method(here.members),
        "conversations.join": Method(here.join, "channels:join"),
        "conversations.open": Method(here.open, "im:write"),
        "conversations.history": Method(here.history),
        "conversations.replies": Method(here.replies),
    }


class Conversations:
    """The methods, over one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def listing(self, arguments: Arguments) -> Json:
        """conversations.list: by default public channels; of private ones those it is in."""
        kinds = [kind.strip() for kind in arguments.string("types", "public_channel").split(",")]
        for kind in kinds:
            if kind not in FAMILY:
                raise SlackRefusal("invalid_types")
            self._workspace.require(f"{FAMILY[kind]}:read")
        shown = [c for c in self._workspace.channels.values() if not _hidden(c)]
        wanted = [c for c in shown if _kind(c) in kinds]
        if arguments.flag("exclude_archived"):
            wanted = [c for c in wanted if not c.archived]
        rows, cursor = page(wanted, arguments)
        channels = [c.to_json() for c in rows]
        return {"channels": channels, "response_metadata": {"next_cursor": cursor}}

    async def info(self, arguments: Arguments) -> Json:
        """conversations.info, by id only."""
        return {"channel": self._by_id(arguments, "read").to_json()}

    async def members(self, arguments: Arguments) -> Json:
        """conversations.members: everybody, and the bot if it is in."""
        channel = self._by_id(arguments, "read")
        bot = self._workspace.context.settings.slack_bot_user
        users = [u for u in self._workspace.users if u != bot or channel.bot_is_member]
        return {"members": users, "response_metadata": {"next_cursor": ""}}

    async def join(self, arguments: Arguments) -> Json:
        """conversations.join."""
        channel = self._by_id(arguments)
        if channel.private or channel.user is not None:
            raise SlackRefusal("method_not_supported_for_channel_type")
        if channel.archived:
            raise SlackRefusal("is_archived")
        warned = {"warning": "already_in_channel"} if channel.bot_is_member else {}
        channel.bot_is_member = True
        return {"channel": channel.to_json(), **warned}

    async def open(self, arguments: Arguments) -> Json:
        """conversations.open with one user: the bot's conversation with them."""
        users = [u for u in arguments.string("users").split(",") if u]
        if len(users) != 1:
            raise SlackRefusal("users_list_not_supplied" if not users else "not_enough_users")
        if users[0] not in self._workspace.users:
            raise SlackRefusal("user_not_found")
        return {"channel": self._workspace.direct(users[0]).to_json()}

    async def history(self, arguments: Arguments) -> Json:
        """conversations.history: newest first, without the replies of threads."""
        channel = self._readable(arguments)
        shown = [m for m in reversed(channel.messages) if not m.is_reply or m.broadcast]
        rows, cursor = page(_between(shown, arguments), arguments)
        return {
            "messages": [self._json(channel, m, arguments) for m in rows],
            "has_more": bool(cursor),
            "pin_count": sum(m.pinned for m in channel.messages),
            "response_metadata": {"next_cursor": cursor},
        }

    async def replies(self, arguments: Arguments) -> Json:
        """conversations.replies: the parent, then its replies, oldest first."""
        channel = self._readable(arguments)
        parent = channel.find(arguments.required("ts", "thread_not_found"))
        if parent is None:
            raise SlackRefusal("thread_not_found")
        thread = [parent, *_between(channel.replies(parent.ts), arguments)]
        rows, cursor = page(thread, arguments)
        return {
            "messages": [self._json(channel, m, arguments) for m in rows],
            "has_more": bool(cursor),
            "response_metadata": {"next_cursor": cursor},
        }

    def _by_id(self, arguments: Arguments, right: str = "") -> Channel:
        """The channel; `right` (`read`, `history`) needs the scope of its kind."""
        name = arguments.required("channel", "channel_not_found")
        channel = self._workspace.channels.get(name)
        if channel is None or _hidden(channel):
            raise SlackRefusal("channel_not_found")
        if right:
            self._workspace.require(f"{FAMILY[_kind(channel)]}:{right}")
        return channel

    def _readable(self, arguments: Arguments) -> Channel:
        channel = self._by_id(arguments, "history")
        if not channel.bot_is_member:
            raise SlackRefusal("not_in_channel")
        return channel

    @staticmethod
    def _json(channel: Channel, message: SlackMessage, arguments: Arguments) -> Json:
        body = message.to_json(with_metadata=arguments.flag("include_all_metadata"))
        replies = channel.replies(message.ts)
        if replies:
            body |= {
                "reply_count": len(replies),
                "reply_users": sorted({r.user for r in replies}),
                "latest_reply": replies[-1].ts,
            }
        return body


def _kind(channel: Channel) -> str:
    if channel.user is not None:
        return "im"
    return "private_channel" if channel.private else "public_channel"


def _hidden(channel: Channel) -> bool:
    """A private channel that the bot is not in does not exist for it."""
    return channel.private and not channel.bot_is_member


def _between(messages: Sequence[SlackMessage], arguments: Arguments) -> list[SlackMessage]:
    """Those after `oldest` and before `latest`, with the ends only if `inclusive`."""
    oldest, latest = arguments.string("oldest", "0"), arguments.string("latest", "9" * 12)
    ends = arguments.flag("inclusive")
    try:
        low, high = float(oldest), float(latest)
    except ValueError:
        raise SlackRefusal("invalid_ts_latest") from None
    return [m for m in messages if low < float(m.ts) < high or (ends and m.ts in (oldest, latest))]


def page(rows: Sequence[Any], arguments: Arguments) -> tuple[list[Any], str]:
    """One page (`limit`, at most 1000) and the cursor of the next, "" at the end."""
    limit = arguments.number("limit", 100, 1000)
    start = _start(arguments.string("cursor"))
    end = start + limit
    cursor = base64.b64encode(f"next:{end}".encode()).decode() if end < len(rows) else ""
    return list(rows[start:end]), cursor


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise SlackRefusal("invalid_cursor") from None
