"""Posting, editing and finding messages: what the thread and the direct messages share.

Every message carries its outbox key in its metadata, so that after a crash Slack can be asked
whether it is there. Source: Slack docs, "Message metadata".
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from slack_sdk.models.blocks import Block
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.ports import Permanent, Posted
from bot.slack.blocks import TEXT_AT_MOST, shortened
from bot.slack.refusals import NOT_OURS, TOO_BIG, asked

EVENT_TYPE = "midwatch"
PAGE_OF_CHANNELS = 999
PAGE_OF_MESSAGES = 200
PAGES_AT_MOST = 20


class Messages:
    """One workspace. Knows the ids of channels and direct conversations once it has met them."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.client = client
        self._ids: dict[str, str] = {}
        self._direct: dict[str, str] = {}

    async def check(self) -> None:
        """Ask who we are. Raises Transient or Permanent in words (`/readyz`)."""
        await asked(self.client.auth_test())

    async def post(
        self,
        channel: str,
        text: str,
        *,
        key: str | None = None,
        blocks: Sequence[Block] = (),
        thread: str | None = None,
    ) -> Posted:
        """Post mrkdwn to a channel (`#name`, name or id). Raises Transient or Permanent.

        What can be mended on the way is, once each: join a public channel, find an id, leave out
        blocks that Slack refuses (the text carries the facts), shorten a text.
        """
        body = _body(text, key, blocks) | ({"thread_ts": thread} if thread else {})
        where = self._ids.get(channel, channel)
        tried: set[str] = set()
        while True:
            try:
                data = await asked(
                    self.client.chat_postMessage(
                        channel=where, unfurl_links=False, unfurl_media=False, **body
                    )
                )
                break
            except Permanent as error:
                if error.code in tried:
                    raise
                tried.add(error.code)
                where, body = await self._mended(error, channel, where, body)
        posted = Posted(str(data.get("channel", where)), str(data.get("ts", "")))
        if not channel.startswith(("U", "W")):
            self._ids[channel] = posted.channel
        return posted

    async def update(
        self, where: Posted, text: str, *, key: str | None = None, blocks: Sequence[Block] = ()
    ) -> None:
        """Edit a message of ours. Raises Transient or Permanent (`refusals.GONE`: it is gone)."""
        body = _body(text, key, blocks)
        try:
            await asked(self.client.chat_update(channel=where.channel, ts=where.ts, **body))
        except Permanent as error:
            if error.code not in TOO_BIG:
                raise
            body = _body(shortened(text), key, ()) | {"blocks": []}
            await asked(self.client.chat_update(channel=where.channel, ts=where.ts, **body))

    async def find(
        self, key: str, channel: str, since: datetime, thread: str | None = None
    ) -> Posted | None:
        """The message with this key, posted since then. Raises Transient or Permanent."""
        where = await self.channel_id(channel)
        found = await self.first(where, since, lambda message: _key(message) == key, thread)
        return Posted(where, str(found["ts"])) if found is not None else None

    async def first(
        self,
        where: str,
        since: datetime,
        wanted: Callable[[Mapping[str, Any]], bool],
        thread: str | None = None,
    ) -> Mapping[str, Any] | None:
        """The first such message that a channel (its id) shows. Raises Transient or Permanent."""
        asking: dict[str, Any] = {
            "channel": where,
            "oldest": f"{since.timestamp():.6f}",
            "limit": PAGE_OF_MESSAGES,
            "include_all_metadata": True,
        }
        for _ in range(PAGES_AT_MOST):
            data = await self._read(asking, thread)
            for message in data.get("messages") or []:
                if wanted(message):
                    return cast(Mapping[str, Any], message)
            asking["cursor"] = _cursor(data)
            if not asking["cursor"]:
                break
        return None

    async def _read(self, asking: dict[str, Any], thread: str | None) -> Mapping[str, Any]:
        """A page of a channel or thread. A public channel may be written to, but not read, by
        those who are not in it: so it is joined.
        """

        def page() -> Awaitable[AsyncSlackResponse]:
            if thread is None:
                return self.client.conversations_history(**asking)
            return self.client.conversations_replies(**asking, ts=thread)

        try:
            return await asked(page())
        except Permanent as error:
            if error.code not in NOT_OURS:
                raise
            await self.join(asking["channel"], error)
        return await asked(page())

    async def direct(self, user: str) -> str:
        """The id of the bot's conversation with a person. Raises Transient or Permanent."""
        if user not in self._direct:
            data = await asked(self.client.conversations_open(users=[user]))
            self._direct[user] = str(data["channel"]["id"])
        return self._direct[user]

    async def channel_id(self, channel: str) -> str:
        """The id of `#name`, name or id. Raises Permanent when Slack shows no such channel."""
        found = self._ids.get(channel)
        if found is None:
            found = channel if _is_id(channel) else await self._looked_up(channel.lstrip("#"))
            self._ids[channel] = found
        return found

    async def _looked_up(self, name: str) -> str:
        kinds = "public_channel,private_channel"
        cursor = ""
        for _ in range(PAGES_AT_MOST):
            try:
                data = await asked(
                    self.client.conversations_list(
                        types=kinds, limit=PAGE_OF_CHANNELS, exclude_archived=True, cursor=cursor
                    )
                )
            except Permanent as error:
                if error.code != "missing_scope" or kinds == "public_channel":
                    raise
                kinds = "public_channel"  # without groups:read
                continue
            for channel in data.get("channels") or []:
                if channel.get("name") == name:
                    return str(channel["id"])
            cursor = _cursor(data)
            if not cursor:
                break
        raise Permanent(
            f"Slack shows no channel #{name}: create it, or invite the app if it is private",
            code="channel_not_found",
        )

    async def _mended(
        self, error: Permanent, channel: str, where: str, body: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Another way to say the same; raises the error if there is none."""
        if error.code in TOO_BIG:
            rest = {name: value for name, value in body.items() if name != "blocks"}
            return where, rest | {"text": shortened(body["text"])}
        if error.code == "channel_not_found" and not _is_id(where):
            return await self.channel_id(channel), body
        if error.code == "channel_not_found" and where != channel:
            del self._ids[channel]  # it was made anew under its name
            return channel, body
        if error.code in NOT_OURS:
            found = await self.channel_id(channel)
            await self.join(found, error)
            return found, body
        raise error

    async def join(self, channel: str, error: Permanent) -> None:
        """Join a public channel; raises the error that made it necessary if that cannot be."""
        try:
            await asked(self.client.conversations_join(channel=channel))
        except Permanent:
            raise error from None


def _body(text: str, key: str | None, blocks: Sequence[Block]) -> dict[str, Any]:
    body: dict[str, Any] = {"text": text if len(text) <= TEXT_AT_MOST else shortened(text)}
    if blocks:
        body["blocks"] = [block.to_dict() for block in blocks]
    if key is not None:
        body["metadata"] = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
    return body


def _key(message: Mapping[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != EVENT_TYPE:
        return None
    found = (metadata.get("event_payload") or {}).get("key")
    return str(found) if found is not None else None


def _cursor(data: Mapping[str, Any]) -> str:
    return str((data.get("response_metadata") or {}).get("next_cursor") or "")


def _is_id(channel: str) -> bool:
    """Slack's ids: a letter for the kind, then capitals and digits. Names are lower case."""
    return channel[:1] in ("C", "G", "D", "U", "W") and channel.isupper() and channel.isalnum()
