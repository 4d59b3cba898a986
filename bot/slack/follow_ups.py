"""The button and the form of the joint follow-up: what will keep it from happening again?"""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.events import FollowUpAnswered
from bot.core.following_up import why_not
from bot.core.incident import Incident
from bot.core.wording import answers
from bot.ports import StoreUnavailable
from bot.slack import follow_up_form, payloads
from bot.slack.background import Background
from bot.slack.engine_port import EnginePort
from bot.slack.promptly import in_time, open_form
from bot.slack.thread import SlackChat

Json = dict[str, Any]


class FollowUps:
    """`background` holds what goes on after Slack was answered."""

    def __init__(
        self, engine: EnginePort, chat: SlackChat, client: AsyncWebClient, background: Background
    ) -> None:
        self._engine, self._chat, self._client = engine, chat, client
        self._background = background

    def listen(self, app: AsyncApp) -> None:
        """Take the button and the form."""
        app.action("follow_up")(self.pressed)
        app.view(follow_up_form.CALLBACK)(self.submitted)

    async def pressed(self, ack: AsyncAck, body: Json) -> None:
        """The button opens the form."""
        click = payloads.click(body)
        if click is not None:
            self._background.start(self._open(click), "form")
        await ack()

    async def submitted(self, ack: AsyncAck, body: Json) -> None:
        """The form, filled in. It stays open, with a sentence, when it cannot be taken."""
        submission = payloads.submission(body)
        if submission is None:
            await ack()
            return
        policy = self._engine.policy
        who = payloads.actor(submission.user, submission.name, None, policy)
        event = follow_up_form.event_of(submission, who, self._engine.clock.now())
        error = await self._taken(submission.key, event) if event else None
        if error is None:
            await ack()
        else:
            await ack(response_action="errors", errors={follow_up_form.TEXT: error})

    async def _taken(self, key: str, event: FollowUpAnswered) -> str | None:
        """Commit it; else why not, in words."""
        try:
            return await in_time(self._received(key, event))
        except StoreUnavailable:
            return answers.NOT_RECORDED

    async def _received(self, key: str, event: FollowUpAnswered) -> str | None:
        view = await self._engine.store.incident(event.number)
        refused = why_not(event, view.incident, self._engine.policy) if view else None
        if refused is None:
            await self._engine.receive(key, event)
        return refused

    async def _open(self, click: payloads.Click) -> None:
        async def form(incident: Incident) -> View:
            policy = self._engine.policy
            who = payloads.actor(click.user, click.name, None, policy)
            return follow_up_form.form(incident, who.person, policy)

        await open_form(self._engine, self._chat, self._client, click, form)
