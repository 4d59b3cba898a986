"""chat.*: posting, changing and deleting messages."""

from typing import Any

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.blocks import problems, too_long
from bot.sandbox.slack.method import Method
from bot.sandbox.slack.records import Channel, Json, SlackMessage
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Workspace, name_blocks

LONGEST_POST = 40_000
LONGEST_UPDATE = 4_000
MOST_ATTACHMENTS = 100


def methods(workspace: Workspace) -> dict[str, Method]:
    """The methods of this family."""
    chat = Chat(workspace)
    return {
        "chat.postMessage": Method(chat.post, "chat:write"),
        "chat.postEphemeral": Method(chat.post_ephemeral, "chat:write"),
        "chat.update": Method(chat.update, "chat:write"),
        "chat.delete": Method(chat.delete, "chat:write"),
        "chat.getPermalink": Method(chat.permalink),
    }


def content(arguments: Arguments, *, longest: int = LONGEST_POST) -> Json:
    """Text, blocks and attachments after Slack's checks; SlackRefusal otherwise."""
    text = arguments.string("text")
    blocks = arguments.get("blocks") or []
    attachments = arguments.get("attachments") or []
    if not isinstance(blocks, list) or not all(isinstance(b, dict) for b in blocks):
        raise SlackRefusal("invalid_blocks_format")
    if found := problems(blocks):
        raise SlackRefusal("invalid_blocks", messages=found)
    if too_long(blocks):
        raise SlackRefusal("msg_blocks_too_long")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackRefusal("too_many_attachments")
    if len(text) > longest:
        raise SlackRefusal("msg_too_long")
    return {"text": text, "blocks": blocks, "attachments": attachments}


class Chat:
    """The methods, over one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def post(self, arguments: Arguments) -> Json:
        """chat.postMessage."""
        channel = self._workspace.look_up(arguments.required("channel", "channel_not_found"))
        body = self._some(content(arguments))
        self._workspace.writable(channel)
        message = self._by_bot(channel, body)
        message.thread_ts = self._thread(channel, arguments)
        message.broadcast = arguments.flag("reply_broadcast")
        message.metadata = _metadata(arguments.get("metadata"))
        self._workspace.pace(channel)
        message.ts = self._workspace.new_ts()
        self._workspace.add(message)
        shown = message.to_json(with_metadata=True) | {
            "app_id": self._workspace.context.settings.slack_app_id,
            "team": self._workspace.context.settings.slack_team_id,
        }
        return {"channel": channel.id, "ts": message.ts, "message": shown}

    async def post_ephemeral(self, arguments: Arguments) -> Json:
        """chat.postEphemeral."""
        channel = self._workspace.look_up(arguments.required("channel", "channel_not_found"))
        user = arguments.required("user", "user_not_in_channel")
        if user not in self._workspace.users:
            raise SlackRefusal("user_not_in_channel")
        body = self._some(content(arguments))
        self._workspace.writable(channel)
        message = self._by_bot(channel, body)
        message.ephemeral_to = user
        message.thread_ts = arguments.string("thread_ts") or None
        message.ts = self._workspace.new_ts()
        self._workspace.add(message)
        return {"message_ts": message.ts}

    async def update(self, arguments: Arguments) -> Json:
        """chat.update: what is left out stays, an empty list takes it away."""
        channel, message = self._own(arguments, "cant_update_message")
        body = content(arguments, longest=LONGEST_UPDATE)
        change(message, arguments, body)
        if "metadata" in arguments:
            message.metadata = _metadata(arguments["metadata"])
        message.edited_ts = self._workspace.new_ts()
        self._workspace.note(message)
        shown = message.to_json(with_metadata=True)
        return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}

    async def delete(self, arguments: Arguments) -> Json:
        """chat.delete."""
        channel, message = self._own(arguments, "cant_delete_message")
        channel.messages.remove(message)
        self._workspace.note(message, deleted=True)
        return {"channel": channel.id, "ts": message.ts}

    async def permalink(self, arguments: Arguments) -> Json:
        """chat.getPermalink."""
        channel = self._workspace.look_up(arguments.required("channel", "channel_not_found"))
        message = channel.find(arguments.required("message_ts", "message_not_found"))
        if message is None:
            raise SlackRefusal("message_not_found")
        base = self._workspace.context.base_url
        link = f"{base}/archives/{channel.id}/p{message.ts.replace('.', '')}"
        if message.is_reply:
            link += f"?thread_ts={message.thread_ts}&cid={channel.id}"
        return {"channel": channel.id, "permalink": link}

    @staticmethod
    def _some(body: Json) -> Json:
        if not any(body.values()):
            raise SlackRefusal("no_text")
        return body

    def _by_bot(self, channel: Channel, body: Json) -> SlackMessage:
        settings = self._workspace.context.settings
        return SlackMessage(
            channel.id, "", settings.slack_bot_user, bot_id=settings.slack_bot_id, **body
        )

    @staticmethod
    def _thread(channel: Channel, arguments: Arguments) -> str | None:
        """The parent; an answer to a reply goes below the reply's parent."""
        ts = arguments.string("thread_ts")
        if not ts:
            return None
        parent = channel.find(ts)
        if parent is None:
            raise SlackRefusal("thread_not_found")
        return parent.thread_ts or parent.ts

    def _own(self, arguments: Arguments, error: str) -> tuple[Channel, SlackMessage]:
        """A message of the bot, by id of its channel (names are refused here) and time."""
        name = arguments.required("channel", "channel_not_found")
        if name not in self._workspace.channels:
            raise SlackRefusal("channel_not_found")
        channel = self._workspace.channels[name]
        message = channel.find(arguments.required("ts", "message_not_found"))
        if message is None:
            raise SlackRefusal("message_not_found")
        if message.bot_id is None:
            raise SlackRefusal(error)
        return channel, message


def change(message: SlackMessage, arguments: Arguments, body: Json) -> None:
    """Put new content into a message. Blocks that stay keep their ids."""
    if "text" in arguments:
        message.text = body["text"]
    if "blocks" in arguments:
        message.blocks = body["blocks"]
        name_blocks(message.blocks)
    if "attachments" in arguments:
        message.attachments = body["attachments"]
    if not (message.text or message.blocks or message.attachments):
        raise SlackRefusal("no_text")


def _metadata(value: Any) -> Json | None:
    """`{"event_type": …, "event_payload": {…}}`, else SlackRefusal."""
    if not value:
        return None
    good = (
        isinstance(value, dict)
        and isinstance(value.get("event_type"), str)
        and isinstance(value.get("event_payload"), dict)
    )
    if not good:
        raise SlackRefusal("invalid_metadata_format")
    return dict(value)
