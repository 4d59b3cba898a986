"""How what concerns releases leaves the process: their cards, and what a signature sets in motion.

A trigger that may have run is never sent again by itself: it is looked up by its correlation id,
and if that does not tell, a person is asked.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from bot.core.effects import CardReply, RefreshCard, TriggerRelease
from bot.core.page import PageState
from bot.core.release import Release, ReleaseState, TriggerState
from bot.core.release_events import CardPosted, ReleaseTriggered
from bot.core.signers import frozen_by
from bot.core.wording import releases as say
from bot.ports import (
    Chat,
    Clock,
    Delivery,
    DeliveryError,
    Handler,
    MessageGone,
    Motion,
    NotYet,
    Outcome,
    Permanent,
    Posted,
    Store,
    Transient,
    Trigger,
)

SKEW = timedelta(minutes=2)
TRIES = 6
"""Of a trigger that surely did not run; then people are told."""
SEEN_WITHIN = timedelta(seconds=90)
"""After which a run that is not listed is no longer waited for: a person is asked."""
LOOK_EVERY_SECONDS = 10.0
OPEN_AT_MOST = 500
"""Open incidents that are looked through for one that freezes a release."""


class Cards:
    """The card of a release: posted once, then edited in place."""

    def __init__(self, store: Store, chat: Chat, clock: Clock) -> None:
        self.store, self.chat, self.clock = store, chat, clock

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Post it, or bring it up to date; worded from the state as it is now."""
        release = await self._release(delivery)
        now, where = self.clock.now(), _place(delivery, release)
        if where is not None:
            try:
                await self.chat.edit_card(where, release, now)
                return Outcome(PageState.SENT)
            except MessageGone:
                pass  # somebody deleted it: it is posted anew
        return self._posted(release, await self.chat.open_card(delivery.key, release, now))

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Whether it was posted although we never heard of it."""
        release = await self._release(delivery)
        if _place(delivery, release) is not None:
            return None  # an edit can be repeated
        since = release.announced_at - SKEW
        posted = await self.chat.find(delivery.key, "releases", since, None)
        if posted is None:
            return None
        told = self._posted(release, posted)
        return Outcome(
            PageState.QUEUED, told.provider_id, retry_in_seconds=1.0, free=True, events=told.events
        )

    async def _release(self, delivery: Delivery) -> Release:
        assert isinstance(delivery.effect, RefreshCard)
        release = await self.store.release(delivery.effect.release)
        if release is None:
            raise Permanent("the release is gone")
        return release

    def _posted(self, release: Release, posted: Posted) -> Outcome:
        event = CardPosted(release.id, posted.channel, posted.ts, self.clock.now())
        key = f"card:{release.id}:{posted.ts}"
        return Outcome(PageState.SENT, f"{posted.channel}/{posted.ts}", events=((key, event),))


class CardReplies:
    """A reply under a card. It waits until the card exists."""

    def __init__(self, store: Store, chat: Chat) -> None:
        self.store, self.chat = store, chat

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Reply."""
        where = await self._where(delivery)
        assert isinstance(delivery.effect, CardReply)
        posted = await self.chat.reply(delivery.key, where, delivery.effect.text)
        return Outcome(PageState.SENT, posted.ts)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """By the key in the message's metadata."""
        where = await self._where(delivery)
        since = (delivery.claimed_at or delivery.created_at) - SKEW
        posted = await self.chat.find(delivery.key, "releases", since, where.ts)
        return Outcome(PageState.SENT, posted.ts) if posted else None

    async def _where(self, delivery: Delivery) -> Posted:
        assert isinstance(delivery.effect, CardReply)
        release = await self.store.release(delivery.effect.release)
        if release is None:
            raise Permanent("the release is gone")
        if not release.card_channel or not release.card_ts:
            raise NotYet(2.0)
        return Posted(release.card_channel, release.card_ts)


class Triggers:
    """Sets signed deployments in motion."""

    def __init__(self, store: Store, triggers: Mapping[str, Trigger], clock: Clock) -> None:
        self.store, self.triggers, self.clock = store, triggers, clock

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Start it. Only what surely did not run is tried again."""
        effect = _effect(delivery)
        trigger = self.triggers.get(effect.trigger)
        if trigger is None:
            return self._failed(delivery, f"{effect.trigger} is not configured")
        if delivery.doubtful and not trigger.repeatable:
            return self._unknown(delivery, delivery.error or "it may have run already")
        if effect.approved and (why := await self._why_not_any_more(effect)):
            return self._failed(delivery, f"{why}: nothing was ordered")
        try:
            motion = await trigger.start(effect, correlation(effect))
        except Transient as error:
            if error.may_have_happened and not trigger.repeatable:
                raise
            if delivery.attempts >= TRIES:
                return self._failed(delivery, str(error))
            raise
        except Permanent as error:
            return self._failed(delivery, str(error))
        return self._started(delivery, motion)

    async def _why_not_any_more(self, effect: TriggerRelease) -> str | None:
        """An order that waited (Midwatch was off, its host too) may have outlived its signature."""
        release = await self.store.release(effect.release)
        expires = release.expires_at if release is not None else None
        expired = expires is not None and expires <= self.clock.now()
        if release is None or expired or release.state is not ReleaseState.APPROVED:
            return "the signature is used or expired"
        incidents = await self.store.incidents(state="open", limit=OPEN_AT_MOST)
        freeze = frozen_by(release.service, incidents)
        if freeze is None or release.emergency or release.mends == freeze.number:
            return None
        return say.frozen_since(release, freeze.number)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Look it up. Not seen, or nobody to ask: a person decides."""
        effect = _effect(delivery)
        trigger = self.triggers.get(effect.trigger)
        if trigger is None:
            return self._failed(delivery, f"{effect.trigger} is not configured")
        if trigger.repeatable:
            return None
        since = delivery.claimed_at or delivery.created_at
        why = delivery.error or "the answer got lost"
        try:
            found = await trigger.find(effect, correlation(effect), since - SKEW)
        except DeliveryError as error:
            found, why = None, f"{why}; {error}"
        if found is not None:
            return self._started(delivery, found)
        if self.clock.now() - since < SEEN_WITHIN:
            return Outcome(
                PageState.SENDING, error=why, retry_in_seconds=LOOK_EVERY_SECONDS, free=True
            )
        return self._unknown(delivery, why)

    def _started(self, delivery: Delivery, motion: Motion) -> Outcome:
        return self._told(delivery, PageState.SENT, TriggerState.STARTED, "", motion.url)

    def _failed(self, delivery: Delivery, why: str) -> Outcome:
        return self._told(delivery, PageState.FAILED, TriggerState.FAILED, why)

    def _unknown(self, delivery: Delivery, why: str) -> Outcome:
        return self._told(delivery, PageState.FAILED, TriggerState.UNKNOWN, why)

    def _told(
        self,
        delivery: Delivery,
        outcome: PageState,
        state: TriggerState,
        why: str,
        url: str | None = None,
    ) -> Outcome:
        effect = _effect(delivery)
        event = ReleaseTriggered(
            effect.release, state, self.clock.now(), url, why, refusal=not effect.approved
        )
        key = f"{effect.key}:{state.value}"
        return Outcome(outcome, url, error=why or None, events=((key, event),))


def correlation(effect: TriggerRelease) -> str:
    """Names one attempt to the other side: short, and fit for the name of a run."""
    return f"midwatch-{hashlib.sha256(effect.key.encode()).hexdigest()[:20]}"


def release_handlers(
    *, store: Store, clock: Clock, chat: Chat | None, triggers: Mapping[str, Trigger]
) -> dict[str, Handler]:
    """The handlers of every kind of effect that concerns releases."""
    found: dict[str, Handler] = {"trigger": Triggers(store, triggers, clock)}
    if chat is not None:
        found["card"] = Cards(store, chat, clock)
        found["card_reply"] = CardReplies(store, chat)
    return found


def _place(delivery: Delivery, release: Release) -> Posted | None:
    """Where it is. The row says so before the event that tells the release has been decided."""
    if delivery.provider_id:
        channel, _, ts = delivery.provider_id.rpartition("/")
        return Posted(channel, ts)
    if not release.card_channel or not release.card_ts:
        return None
    return Posted(release.card_channel, release.card_ts)


def _effect(delivery: Delivery) -> TriggerRelease:
    assert isinstance(delivery.effect, TriggerRelease)
    return delivery.effect
