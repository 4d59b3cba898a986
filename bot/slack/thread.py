"""The team's chat on Slack: one thread an incident, its first message edited in place."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import aiohttp

from bot.core.effects import RefreshCard, RefreshThread
from bot.core.policy import Policy
from bot.core.release import Release
from bot.core.wording.release_card import card
from bot.core.wording.thread import Header, header
from bot.core.wording.words import escape
from bot.ports import IncidentView, MessageGone, Permanent, Picture, Posted, Transient
from bot.slack import pictures
from bot.slack.blocks import header_blocks, packed, section, shortened
from bot.slack.client import webhook
from bot.slack.messages import Messages
from bot.slack.refusals import GONE, retry_after, unreachable
from bot.slack.release_blocks import card_blocks

_INSTEAD = {"releases": "incidents", "digest": "incidents"}
"""What nobody gave a channel of its own is said in another one."""


class SlackChat:
    """Implements `bot.ports.Chat`.

    `channels` gives the Slack channel (`#incidents` or an id) for `incidents`, `support` and
    `releases`; both it and `policy` are asked at each call, so a reload is seen at once.
    """

    def __init__(
        self,
        messages: Messages,
        channels: Callable[[], Mapping[str, str]],
        policy: Callable[[], Policy],
    ) -> None:
        self._messages = messages
        self._channels = channels
        self._policy = policy

    async def open_thread(self, key: str, view: IncidentView, now: datetime) -> Posted:
        """Post the first message of an incident's thread. Raises Transient or Permanent."""
        words = self._header(view, now)
        return await self._messages.post(
            self._channel("incidents"), words.text, key=key, blocks=header_blocks(words)
        )

    async def edit_thread(self, where: Posted, view: IncidentView, now: datetime) -> None:
        """Edit it in place. Raises MessageGone when somebody deleted it (or its channel)."""
        words = self._header(view, now)
        key = RefreshThread(view.incident.number).key
        try:
            await self._messages.update(where, words.text, key=key, blocks=header_blocks(words))
        except Permanent as error:
            if error.code in GONE:
                raise MessageGone(str(error)) from None
            raise

    async def open_card(self, key: str, release: Release, now: datetime) -> Posted:
        """Post the card of a release. Raises Transient or Permanent."""
        words = card(release, self._policy(), now)
        return await self._messages.post(
            self._channel("releases"), words.text, key=key, blocks=card_blocks(words)
        )

    async def edit_card(self, where: Posted, release: Release, now: datetime) -> None:
        """Edit it in place. Raises MessageGone when somebody deleted it (or its channel)."""
        words, key = card(release, self._policy(), now), RefreshCard(release.id).key
        try:
            await self._messages.update(where, words.text, key=key, blocks=card_blocks(words))
        except Permanent as error:
            if error.code in GONE:
                raise MessageGone(str(error)) from None
            raise

    async def reply(self, key: str, where: Posted, text: str) -> Posted:
        """Reply in a thread with mrkdwn. Raises Transient or Permanent."""
        return await self._messages.post(where.channel, text, key=key, thread=where.ts)

    async def post(self, key: str, name: str, text: str) -> Posted:
        """Post mrkdwn in one of the configured channels. Raises Transient or Permanent."""
        return await self._messages.post(self._channel(name), text, key=key)

    async def publish(
        self, key: str, name: str, lines: Sequence[str], thread: Posted | None = None
    ) -> Posted:
        """Post lines as blocks, in a thread too. Raises Transient or Permanent."""
        channel = thread.channel if thread else self._channel(name)
        return await self._messages.post(
            channel,
            "\n".join(lines),
            key=key,
            blocks=[section(text) for text in packed(lines)],
            thread=thread.ts if thread else None,
        )

    async def revise(self, key: str, where: Posted, lines: Sequence[str]) -> None:
        """Edit such a message in place. Raises MessageGone when somebody deleted it."""
        blocks = [section(text) for text in packed(lines)]
        try:
            await self._messages.update(where, "\n".join(lines), key=key, blocks=blocks)
        except Permanent as error:
            if error.code in GONE:
                raise MessageGone(str(error)) from None
            raise

    async def answer(self, text: str, response_url: str | None, slack: str | None) -> None:
        """Tell one person plain words privately. Raises Transient or Permanent."""
        await self.tell(escape(text), response_url, slack)

    async def tell(self, mrkdwn: str, response_url: str | None, slack: str | None) -> None:
        """The same with mrkdwn: where they asked, as long as Slack lets us, else as a message."""
        if response_url and await self._responded(mrkdwn, response_url):
            return
        if slack is None:
            raise Permanent("nobody to answer: the click's address is used up", code="used_url")
        await self._messages.post(await self._messages.direct(slack), mrkdwn)

    async def share(self, picture: Picture, name: str, slack: str | None) -> str:
        """Upload a picture there; the file's id. Raises Transient or Permanent."""
        return await pictures.share(self._messages, await self._place(name, slack), picture)

    async def shared(
        self, file_name: str, name: str, slack: str | None, since: datetime
    ) -> str | None:
        """The id of the file of that name, if it is there. Raises Transient or Permanent."""
        where = await self._place(name, slack)
        return await pictures.shared(self._messages, where, file_name, since)

    async def find(self, key: str, name: str, since: datetime, thread: str | None) -> Posted | None:
        """The message that carries `key`, if it was posted since then. Raises Transient."""
        try:
            return await self._messages.find(key, self._channel(name), since, thread)
        except Permanent as error:
            if error.code in GONE:
                return None
            raise

    async def _responded(self, text: str, response_url: str) -> bool:
        """False: the address takes no more answers (five, within thirty minutes)."""
        try:
            answer = await webhook(response_url, self._messages.client).send(
                text=shortened(text),
                response_type="ephemeral",
                replace_original=False,
                unfurl_links=False,
                unfurl_media=False,
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise unreachable(error) from None
        if answer.status_code == 429:
            wait = retry_after(answer.headers)
            raise Transient("Slack asks for a pause (rate limit)", retry_after_seconds=wait)
        if answer.status_code >= 500:
            words = f"Slack is in trouble (HTTP {answer.status_code})"
            raise Transient(words, may_have_happened=True)
        return answer.status_code == 200

    def _header(self, view: IncidentView, now: datetime) -> Header:
        return header(
            view.incident,
            pages=view.pages,
            silences=view.silences,
            policy=self._policy(),
            now=now,
            timeline=view.timeline,
        )

    async def _place(self, name: str, slack: str | None) -> str:
        """The id of a person's direct messages, or of the channel. Uploads take no names."""
        if slack is not None:
            return await self._messages.direct(slack)
        return await self._messages.channel_id(self._channel(name))

    def _channel(self, name: str) -> str:
        channels = self._channels()
        channel = channels.get(name) or channels.get(_INSTEAD.get(name, ""))
        if not channel:
            raise Permanent(
                f"no Slack channel for {name}: set slack.{name} in the configuration",
                code="not_configured",
            )
        return channel
