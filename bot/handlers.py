"""How each kind of effect leaves the process: one small class a kind, over the ports."""

from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import TypeVar

from bot.core.effects import (
    AnswerSlack,
    AnswerText,
    FetchCommits,
    Post,
    RefreshThread,
    Reply,
    SendPage,
)
from bot.core.events import CommitsFound, ThreadPosted
from bot.core.page import Page, PageState
from bot.core.paging import still_wanted
from bot.core.policy import GITHUB, GITLAB
from bot.ports import (
    Channel,
    Chat,
    Clock,
    Delivery,
    Handler,
    IncidentView,
    MessageGone,
    NotYet,
    Outcome,
    Permanent,
    Posted,
    Source,
    Store,
    Trigger,
)
from bot.release_handlers import release_handlers
from bot.tries import tries_of

T = TypeVar("T")

IN_THE_SAME_MOMENT = timedelta(seconds=30)
_MERGED = "merged before its thread was opened"
SKEW = timedelta(minutes=2)
"""A provider's clock may differ from ours by this much when it is asked what it has."""
MENDABLE = ("401", "403", "404")
"""Refusals of a repository's host that may end without a change here."""
MENDED_WITHIN_SECONDS = 900.0
SignInLink = Callable[[str], str]
"""Makes a one-time sign-in link for a person."""
TeamsOf = Callable[[str], Collection[str]]
"""Keys of a person's teams."""


class Pages:
    """One page by its channel."""

    def __init__(self, channels: Mapping[str, Channel], store: Store, teams_of: TeamsOf) -> None:
        self.channels, self.store, self.teams_of = channels, store, teams_of

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Hand the text over; channels without receipts have delivered when they have sent."""
        effect = _as(delivery, SendPage)
        if delivery.attempts > 1 and not await self._wanted(effect.page):
            return Outcome(PageState.CANCELLED, error="no longer wanted")
        channel = self._channel(effect.page.channel)
        sent = await channel.send(delivery.key, effect.page.person, effect.page.text)
        return self._outcome(channel, sent.provider_id)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Ask the provider whether it has this text."""
        page = _as(delivery, SendPage).page
        channel = self._channel(page.channel)
        since = (delivery.claimed_at or delivery.created_at) - SKEW
        sent = await channel.find(delivery.key, page.person, page.text, since)
        return self._outcome(channel, sent.provider_id) if sent else None

    async def _wanted(self, page: Page) -> bool:
        """Somebody may have said "we have it" while the provider could not be reached."""
        view = await self.store.incident(page.incident) if page.incident else None
        return view is None or still_wanted(page, view.incident, self.teams_of(page.person))

    def _channel(self, name: str) -> Channel:
        channel = self.channels.get(name)
        if channel is None:
            raise Permanent(f"the {name} channel is not configured", code="not_configured")
        return channel

    def _outcome(self, channel: Channel, provider_id: str) -> Outcome:
        state = PageState.SENT if channel.gives_receipts else PageState.DELIVERED
        return Outcome(state, provider_id)


class Threads:
    """The first message of an incident's thread: opened once, then edited in place."""

    def __init__(self, store: Store, chat: Chat, clock: Clock) -> None:
        self.store, self.chat, self.clock = store, chat, clock

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Post it, or bring it up to date; worded from the state as it is now."""
        number = _as(delivery, RefreshThread).number
        view = await self.store.incident(number)
        if view is None:
            return Outcome(PageState.FAILED, error="the incident is gone")
        now, where = self.clock.now(), _first_message(delivery, view)
        if where is not None:
            try:
                await self.chat.edit_thread(where, view, now)
                return Outcome(PageState.SENT)
            except MessageGone:
                pass  # somebody deleted it: the thread begins anew
        if view.incident.merged_into is not None:
            return Outcome(PageState.CANCELLED, error=_MERGED)
        posted = await self.chat.open_thread(delivery.key, view, now)
        return self._opened(number, posted)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Whether the first message was posted although we never heard of it."""
        number = _as(delivery, RefreshThread).number
        view = await self.store.incident(number)
        if view is None or _first_message(delivery, view) is not None:
            return None  # an edit can be repeated
        since = view.incident.triggered_at - SKEW
        posted = await self.chat.find(delivery.key, "incidents", since, None)
        if posted is None:
            return None
        opened = self._opened(number, posted)
        # What it says may be old by now: it is edited as soon as the place is known.
        return Outcome(
            PageState.QUEUED,
            opened.provider_id,
            retry_in_seconds=1.0,
            free=True,
            events=opened.events,
        )

    def _opened(self, number: int, posted: Posted) -> Outcome:
        event = ThreadPosted(number, posted.channel, posted.ts, self.clock.now())
        place = f"{posted.channel}/{posted.ts}"
        return Outcome(PageState.SENT, place, events=((f"thread:{number}:{posted.ts}", event),))


class Replies:
    """A reply in a thread. It waits until the thread exists."""

    def __init__(self, store: Store, chat: Chat, clock: Clock) -> None:
        self.store, self.chat, self.clock = store, chat, clock

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Reply. A thread that was never opened (Slack is down) is waited for.

        That of a merged one may have been opened in the same moment, else it never will be.
        """
        effect = _as(delivery, Reply)
        view = await self._view(effect.number)
        where = _thread(view)
        waited = self.clock.now() - delivery.created_at > IN_THE_SAME_MOMENT
        if where is None and view.incident.merged_into is not None and waited:
            return Outcome(PageState.CANCELLED, error=_MERGED)
        if where is None:
            raise NotYet(2.0)
        posted = await self.chat.reply(delivery.key, where, effect.text)
        return Outcome(PageState.SENT, posted.ts)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """By the key in the message's metadata."""
        where = _thread(await self._view(_as(delivery, Reply).number))
        if where is None:
            return None
        since = (delivery.claimed_at or delivery.created_at) - SKEW
        posted = await self.chat.find(delivery.key, "incidents", since, where.ts)
        return Outcome(PageState.SENT, posted.ts) if posted else None

    async def _view(self, number: int) -> IncidentView:
        view = await self.store.incident(number)
        if view is None:
            raise Permanent("the incident is gone")
        return view


class Posts:
    """A message in one of the configured channels."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Post it."""
        effect = _as(delivery, Post)
        posted = await self.chat.post(delivery.key, effect.channel, effect.text)
        return Outcome(PageState.SENT, posted.ts)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """By the key in the message's metadata."""
        since = (delivery.claimed_at or delivery.created_at) - SKEW
        name = _as(delivery, Post).channel
        posted = await self.chat.find(delivery.key, name, since, None)
        return Outcome(PageState.SENT, posted.ts) if posted else None


class TextAnswers:
    """A text that answers a text. A sign-in link is made here and never stored."""

    def __init__(self, sms: Channel, sign_in_link: SignInLink) -> None:
        self.sms, self.sign_in_link = sms, sign_in_link

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Send it."""
        effect = _as(delivery, AnswerText)
        text = effect.text
        if effect.sign_in:
            text = f"{text} {self.sign_in_link(effect.person)}"
        sent = await self.sms.send(delivery.key, effect.person, text)
        return Outcome(PageState.SENT, sent.provider_id)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """The provider's list; a link's text differs each time, so that is sent again."""
        effect = _as(delivery, AnswerText)
        if effect.sign_in:
            return None
        since = (delivery.claimed_at or delivery.created_at) - SKEW
        sent = await self.sms.find(delivery.key, effect.person, effect.text, since)
        return Outcome(PageState.SENT, sent.provider_id) if sent else None


class SlackAnswers:
    """A private answer in Slack."""

    def __init__(self, chat: Chat, sign_in_link: SignInLink) -> None:
        self.chat, self.sign_in_link = chat, sign_in_link

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Tell the one person."""
        effect = _as(delivery, AnswerSlack)
        text = effect.text
        if effect.sign_in and effect.person:
            text = f"{text} {self.sign_in_link(effect.person)}"
        await self.chat.answer(text, effect.response_url, effect.slack)
        return Outcome(PageState.SENT)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Nobody can tell; a private answer twice does no harm."""
        return None


class Commits:
    """The commits of a deployment's range, asked of its source."""

    def __init__(self, sources: Mapping[str, Source], clock: Clock) -> None:
        self.sources, self.clock = sources, clock

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Ask, and tell the core what was found."""
        effect = _as(delivery, FetchCommits)
        # One that a version before this one queued names its reporter, and meant GitHub.
        host = effect.source if effect.source in (GITHUB, GITLAB) else GITHUB
        source = self.sources.get(host)
        if source is None:
            raise Permanent(f"{host} has no token, so its commits cannot be asked for")
        try:
            found = await source.commits(effect.repository, effect.base, effect.head)
        except Permanent as refused:
            if refused.code not in MENDABLE or delivery.attempts >= tries_of(delivery):
                raise
            # Somebody may mend the token, and a commit may show there later than its deployment.
            wait = MENDED_WITHIN_SECONDS
            return Outcome(
                PageState.QUEUED, error=str(refused), retry_in_seconds=wait, code=refused.code
            )
        event = CommitsFound(
            deployment=effect.deployment,
            service=effect.service,
            commits=found.commits,
            complete=found.complete and found.files_complete,
            at=self.clock.now(),
            files_only=found.complete and not found.files_complete,
            behind=found.behind,
            release=effect.release,
        )
        return Outcome(PageState.SENT, events=((f"{effect.key}:found", event),))

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Asking again changes nothing outside."""
        return None


def handlers(
    *,
    store: Store,
    clock: Clock,
    channels: Mapping[str, Channel],
    chat: Chat | None,
    sources: Mapping[str, Source],
    sign_in_link: SignInLink,
    teams_of: TeamsOf = lambda _person: (),
    triggers: Mapping[str, Trigger] | None = None,
) -> dict[str, Handler]:
    """The handlers of every kind that can be delivered with what is configured."""
    found: dict[str, Handler] = {
        **release_handlers(store=store, clock=clock, chat=chat, triggers=triggers or {}),
        "page": Pages(channels, store, teams_of),
        "fetch_commits": Commits(sources, clock),
    }
    if "sms" in channels:
        found["answer_text"] = TextAnswers(channels["sms"], sign_in_link)
    if chat is not None:
        found["thread"] = Threads(store, chat, clock)
        found["reply"] = Replies(store, chat, clock)
        found["post"] = Posts(chat)
        found["answer_slack"] = SlackAnswers(chat, sign_in_link)
    return found


def _first_message(delivery: Delivery, view: IncidentView) -> Posted | None:
    """Where it is. The row says so before the event that tells the incident has been decided."""
    if delivery.provider_id:
        channel, _, ts = delivery.provider_id.rpartition("/")
        return Posted(channel, ts)
    return _thread(view)


def _thread(view: IncidentView) -> Posted | None:
    incident = view.incident
    if not incident.thread_channel or not incident.thread_ts:
        return None
    return Posted(incident.thread_channel, incident.thread_ts)


def _as(delivery: Delivery, kind: type[T]) -> T:
    assert isinstance(delivery.effect, kind), f"{delivery.key} is not a {kind.__name__}"
    return delivery.effect
