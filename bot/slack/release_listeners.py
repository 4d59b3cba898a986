"""What people press on the card of a release: committed first, then Slack is answered."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.events import Event
from bot.core.wording import answers
from bot.ports import StoreUnavailable
from bot.slack import payloads, release_clicks
from bot.slack.background import Background
from bot.slack.engine_port import EnginePort
from bot.slack.promptly import in_time, show_form
from bot.slack.release_blocks import REASON, REJECTION, rejection_form
from bot.slack.thread import SlackChat

Json = dict[str, Any]


class ReleaseListeners:
    """One method a kind of request."""

    def __init__(
        self, engine: EnginePort, chat: SlackChat, client: AsyncWebClient, background: Background
    ) -> None:
        self._engine, self._chat, self._client = engine, chat, client
        self._background = background

    def listen(self, app: AsyncApp) -> None:
        """Take these buttons and this form."""
        app.action(release_clicks.REJECT)(self.pressed_reject)
        app.action(re.compile(r"release_\w+"))(self.pressed)
        app.view(REJECTION)(self.rejected)

    async def pressed(self, ack: AsyncAck, body: Json) -> None:
        """A button of a card."""
        click = payloads.click(body)
        if click is not None:
            await self._keep(lambda: self._event(click), click)
        await ack()

    async def pressed_reject(self, ack: AsyncAck, body: Json) -> None:
        """ "Reject" asks why."""
        click = payloads.click(body)
        if click is not None:
            self._background.start(self._open_form(click), "form")
        await ack()

    async def rejected(self, ack: AsyncAck, body: Json) -> None:
        """The form, filled in. It stays open, with a sentence, when it cannot be taken."""
        submission = payloads.submission(body)
        if submission is None:
            await ack()
            return
        policy, now = self._engine.policy, self._engine.clock.now()
        who = payloads.actor(submission.user, submission.name, None, policy)
        event = release_clicks.rejection(submission, who, now)
        if not event.reason:
            await ack(response_action="errors", errors={REASON: "Say why it is rejected."})
            return
        try:
            await in_time(self._engine.receive(submission.key, event))
        except StoreUnavailable:
            await ack(response_action="errors", errors={REASON: answers.NOT_RECORDED})
            return
        await ack()

    async def _event(self, click: payloads.Click) -> Event | None:
        policy, now = self._engine.policy, self._engine.clock.now()
        who = payloads.actor(click.user, click.name, click.response_url, policy)
        tick = release_clicks.ticked(click)
        if tick is None:
            return release_clicks.event_of(click, who, now)
        release = await self._engine.store.release(tick[0])
        return release_clicks.tick(release, tick[1], who, now) if release else None

    async def _keep(
        self, made: Callable[[], Awaitable[Event | None]], click: payloads.Click
    ) -> None:
        try:
            await in_time(self._received(made, click.key))
        except StoreUnavailable:
            tell = self._chat.tell(answers.NOT_RECORDED, click.response_url, click.user)
            self._background.start(tell, "answer")

    async def _received(self, made: Callable[[], Awaitable[Event | None]], key: str) -> None:
        event = await made()
        if event is not None:
            await self._engine.receive(key, event)

    async def _open_form(self, click: payloads.Click) -> None:
        async def form() -> View | None:
            release = await self._engine.store.release(click.value)
            return rejection_form(release.id, release.name) if release else None

        await show_form(self._chat, self._client, click, form)
