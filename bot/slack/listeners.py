"""What people do in Slack becomes events: parse, commit, acknowledge.

Slack waits three seconds. An event is committed before Slack is answered, so a click that was
acknowledged survives a crash; without a database the one who clicked is told so. Questions are
answered at once from what is stored. Whatever needs Slack's own API happens afterwards.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.core import moments, quiet
from bot.core.events import Actor, Event
from bot.core.incident import Incident
from bot.core.page import Page
from bot.core.wording import answers, overrides, quiets
from bot.core.wording.numbers import COUNTING
from bot.core.wording.texts import zone_of
from bot.ports import Counting, StoreUnavailable, Transient
from bot.slack import commands, forms, intents, numbers, payloads
from bot.slack.background import Background
from bot.slack.blocks import shortened
from bot.slack.bolt_log import bolt_logger
from bot.slack.engine_port import EnginePort
from bot.slack.follow_ups import FollowUps
from bot.slack.home import home
from bot.slack.on_call import on_call
from bot.slack.promptly import WITHIN_SECONDS, in_time, open_form
from bot.slack.refusals import asked
from bot.slack.release_listeners import ReleaseListeners
from bot.slack.thread import SlackChat

log = logging.getLogger(__name__)

SOON_SECONDS = 1.0
"""After a click on somebody's Home, what was clicked is decided; then it is shown anew."""
LONGEST_PAUSE_SECONDS = 60.0
REMEMBERED = 500
OPEN_AT_MOST = 100
ANY = re.compile(".*")
Json = dict[str, Any]
CalendarLink = Callable[[str], str]


class Listeners:
    """One method a kind of request. `background` holds what goes on after Slack was answered."""

    def __init__(
        self,
        engine: EnginePort,
        chat: SlackChat,
        client: AsyncWebClient,
        counting: Counting,
        calendar_link: CalendarLink | None = None,
    ) -> None:
        self._counting = counting
        self._calendar_link = calendar_link
        self._engine = engine
        self._chat = chat
        self._client = client
        self.background = Background()
        self.patience_seconds = WITHIN_SECONDS
        self._answered_keys: deque[str] = deque(maxlen=REMEMBERED)

    # -- buttons and forms

    async def pressed(self, ack: AsyncAck, body: Json) -> None:
        """A button of an incident."""
        click = payloads.click(body)
        event = None
        if click is not None:
            now = self._engine.clock.now()
            who = payloads.actor(click.user, click.name, click.response_url, self._engine.policy)
            event = intents.of_click(click, who, now)
        if click is not None and event is not None:
            try:
                await self._receive(click.key, event)
                if click.at_home:
                    self.background.start(self._publish_home(click.user, SOON_SECONDS), "home")
            except StoreUnavailable:
                self._tell(answers.NOT_RECORDED, click.response_url, click.user)
        await ack()

    async def pressed_another(self, ack: AsyncAck, body: Json) -> None:
        """ "Another one" opens a form."""
        click = payloads.click(body)
        if click is not None:
            self.background.start(self._open_form(click), "form")
        await ack()

    async def submitted(self, ack: AsyncAck, body: Json) -> None:
        """That form, filled in. It stays open, with a sentence, when it cannot be taken."""
        submission = payloads.submission(body)
        chosen = forms.choice(submission) if submission else None
        if submission is None or chosen is None:
            await ack()
            return
        if chosen.deployment is None:
            errors = {forms.DEPLOYMENT: "Choose a deployment."}
            await ack(response_action="errors", errors=errors)
            return
        now = self._engine.clock.now()
        who = payloads.actor(submission.user, submission.name, None, self._engine.policy)
        try:
            await self._receive(submission.key, forms.event_of(chosen, who, now))
        except StoreUnavailable:
            errors = {forms.DEPLOYMENT: answers.NOT_RECORDED}
            await ack(response_action="errors", errors=errors)
            return
        await ack()

    # -- words

    async def commanded(self, ack: AsyncAck, body: Json) -> None:
        """A slash command: done, or answered in the same breath."""
        said = payloads.command(body)
        answer = await self._obeyed(said) if said else None
        if answer is None:
            await ack()
        else:
            await ack(text=shortened(answer), response_type="ephemeral")

    async def written(self, body: Json, request: AsyncBoltRequest) -> BoltResponse | None:
        """A direct message or a mention. Slack sends it again unless it was committed."""
        said = payloads.message(body, request.headers)
        if said is None:
            return None
        try:
            answer = await self._obeyed(said, raises=True)
        except StoreUnavailable:
            if not said.retry:
                self._tell(answers.NOT_RECORDED, None, said.user)
            return BoltResponse(status=503, body="")
        if answer is not None and said.key not in self._answered_keys:
            # A retry may be the first that arrives: nobody listened when Slack sent it before.
            self._answered_keys.append(said.key)
            self._tell(answer, None, said.user)
        return None

    async def home_opened(self, body: Json) -> None:
        """Somebody looks at the app's Home."""
        event = body.get("event")
        user = event.get("user") if isinstance(event, dict) else None
        if isinstance(user, str) and isinstance(event, dict) and event.get("tab") == "home":
            self.background.start(self._publish_home(user), "home")

    async def ignored(self, ack: AsyncAck) -> None:
        """A button that only opens a page, or one of a version before."""
        await ack()

    # -- how

    async def _obeyed(self, said: payloads.Said, *, raises: bool = False) -> str | None:
        """Commit what was asked for, or answer it (mrkdwn). `raises`: the caller tells of trouble.

        None: committed, and the core answers.
        """
        policy, now = self._engine.policy, self._engine.clock.now()
        command = commands.parse(said.text)
        if isinstance(command, commands.Help):
            return answers.help_text(commands.USAGE, command.about, command.said)
        who = payloads.actor(said.user, said.name, said.response_url, policy)
        if isinstance(command, commands.Stats):
            return await self._counted(command, said.key, who, raises)
        unknown = intents.unknown_service(command, policy)
        if unknown is not None:
            return answers.no_such_service(unknown, policy)
        if command == commands.Question("calendar"):
            link = self._calendar_link
            return answers.calendar(link(who.person) if link and who.person else None)
        event = intents.of_command(command, who, now, policy)
        try:
            if event is not None:
                await self._receive(said.key, event)
                return None
            assert isinstance(command, commands.Question)
            return await in_time(self._answered(command, zone_of(who.person or "", policy)))
        except StoreUnavailable:
            if raises:
                raise
            return answers.NOT_RECORDED if event is not None else answers.NOT_ANSWERED

    async def _counted(self, asked: commands.Stats, key: str, who: Actor, raises: bool) -> str:
        counting = asyncio.ensure_future(
            numbers.answered(self._engine, self._counting, asked, key, who)
        )
        done, _ = await asyncio.wait({counting}, timeout=self.patience_seconds)
        if not done:
            self.background.start(self._told_late(counting, who), "numbers")
            return COUNTING
        try:
            return await counting
        except StoreUnavailable:
            if raises:
                raise
            return answers.NOT_ANSWERED

    async def _told_late(self, counting: Awaitable[str], who: Actor) -> None:
        """Many years of many deployments take longer than Slack waits."""
        try:
            text = await counting
        except StoreUnavailable:
            text = answers.NOT_ANSWERED
        await self._told(text, who.response_url, who.slack or "")

    async def _answered(self, question: commands.Question, zone: str) -> str:
        policy, store, now = self._engine.policy, self._engine.store, self._engine.clock.now()
        if question.what == "on_call":
            then = None if question.at is None else moments.at(question.at, zone, now)
            return await on_call(self._engine, then)
        if question.what == "overrides":
            return overrides.listed_in_slack(await store.overrides(now), policy)
        if question.what == "quiets":
            spans = quiet.spans_of(await store.silences(now), policy.windows)
            lasting = [span for span in spans if span.until > now]
            return quiets.listed_in_slack(lasting, policy, now)
        if question.what == "deployments":
            name = question.service
            service = intents.service_key(name, policy) if name else None
            found = await store.deployments(service=service, limit=answers.MOST_SHOWN)
            return answers.deployments(found, service, policy, now)
        return answers.status(await self._open_incidents(), await store.silences(now), policy, now)

    async def _receive(self, key: str, event: Event) -> None:
        await in_time(self._engine.receive(key, event))

    async def _open_incidents(self) -> list[Incident]:
        return await self._engine.store.incidents(state="open", limit=OPEN_AT_MOST)

    async def _open_form(self, click: payloads.Click) -> None:
        async def form(incident: Incident) -> View:
            store, policy = self._engine.store, self._engine.policy
            deployments = []
            for service in forms.linked_services(incident, policy):
                kept = policy.services.get(service)
                deployments += await store.deployments(
                    service=service,
                    environment=kept.environment if kept else None,
                    limit=forms.CHOICES_AT_MOST,
                )
            return forms.another_one(incident, deployments, self._engine.clock.now())

        await open_form(self._engine, self._chat, self._client, click, form)

    async def _publish_home(self, user: str, after_seconds: float = 0.0) -> None:
        if after_seconds:
            await self._engine.clock.sleep(after_seconds)
        policy, now = self._engine.policy, self._engine.clock.now()
        person = next((one for one in policy.people.values() if one.slack == user), None)
        pages = await self._pages_of_today()
        silences = await self._engine.store.silences(now)
        streak = await numbers.streak_now(self._engine, self._counting)
        view = home(person, await self._open_incidents(), silences, pages, policy, now, streak)
        await asked(self._client.views_publish(user_id=user, view=view))

    async def _pages_of_today(self) -> list[Page]:
        since = self._engine.clock.now() - timedelta(days=1)
        pages: list[Page] = []
        for incident in await self._engine.store.incidents(since=since, limit=20):
            view = await self._engine.store.incident(incident.number)
            pages += view.pages if view else ()
        return pages

    def _tell(self, text: str, response_url: str | None, user: str) -> None:
        self.background.start(self._told(text, response_url, user), "answer")

    async def _told(self, text: str, response_url: str | None, user: str) -> None:
        """Once more after the pause that Slack asks for, while somebody still waits for it."""
        try:
            await self._chat.tell(text, response_url, user)
        except Transient as error:
            wait = error.retry_after_seconds
            if wait is None or wait > LONGEST_PAUSE_SECONDS:
                raise
            await self._engine.clock.sleep(wait)
            await self._chat.tell(text, response_url, user)


def build_app(
    engine: EnginePort,
    chat: SlackChat,
    client: AsyncWebClient,
    signing_secret: str,
    counting: Counting,
    calendar_link: CalendarLink | None = None,
) -> tuple[AsyncApp, Listeners]:
    """Bolt's app with every listener. `signing_secret` may be any word in Socket Mode."""

    async def authorize(context: Mapping[str, Any]) -> AuthorizeResult:
        # One workspace, one token: asking Slack who we are would make a click depend on it.
        return AuthorizeResult(
            enterprise_id=None, team_id=context.get("team_id"), bot_token=client.token
        )

    app = AsyncApp(
        name="midwatch",
        logger=bolt_logger(),
        client=AsyncWebClient(base_url=client.base_url, retry_handlers=[]),
        signing_secret=signing_secret,
        authorize=authorize,
        # The listener runs first, then Slack is answered: that order is the promise above.
        process_before_response=True,
        ignoring_self_events_enabled=False,
    )
    listeners = Listeners(engine, chat, client, counting, calendar_link)
    app.error(_failed)
    ReleaseListeners(engine, chat, client, listeners.background).listen(app)
    app.action("cause_another")(listeners.pressed_another)
    app.action(re.compile(r"(ack(_\d+)?|escalate|resolve|cause_this|cause_other)"))(
        listeners.pressed
    )
    app.view(forms.CALLBACK)(listeners.submitted)
    FollowUps(engine, chat, client, listeners.background).listen(app)
    app.command(ANY)(listeners.commanded)
    for event in ("message", "app_mention"):
        app.event(event)(listeners.written)
    app.event("app_home_opened")(listeners.home_opened)
    for rest in (app.action(ANY), app.view(ANY), app.event(ANY)):
        rest(listeners.ignored)
    return app, listeners


async def _failed(error: Exception) -> BoltResponse:
    """Bolt trips over odd fields before a listener is asked; the rest is worth another delivery."""
    log.error("slack_request_failed", exc_info=error)
    odd = isinstance(error, KeyError | IndexError | TypeError | AttributeError)
    return BoltResponse(status=400 if odd else 503, body="")
