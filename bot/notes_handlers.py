"""How release notes leave the process, and how the migrations they speak of are looked into."""

import asyncio
import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from bot.core.database_changes import DatabaseChange, Seen, framework_of
from bot.core.deployment import Deployment, DeploymentState, RangeKnown
from bot.core.effects import PostNotes, ReadMigrations, ReplyToNotes
from bot.core.events import MigrationsRead, NotesPosted
from bot.core.notes_record import NotesRecord
from bot.core.page import PageState
from bot.core.policy import Policy
from bot.core.release_notes import Situation, Told, paper_of, situation, told_of
from bot.core.wording.notes import as_slack, as_text
from bot.ports import (
    Chat,
    Clock,
    Delivery,
    MessageGone,
    NotYet,
    Outcome,
    Permanent,
    Posted,
    Source,
    Store,
)

WAIT_FOR_COMMITS = timedelta(minutes=2)
"""Notes wait so long for the commits; then they say that the changes are not known yet."""
WAIT_FOR_PATHS = timedelta(minutes=30)
"""As long as it is not known whether a service of a repository of several was touched at all."""
EXPECTED_FOR = timedelta(days=1)
"""The commits are asked for this long at most."""
LOOK_AGAIN_SECONDS = 5.0
LOOK_BACK = 30
"""Deployments that are looked at to tell what going back took away."""
SKEW = timedelta(minutes=2)
CHANNEL = "support"
Inspect = Callable[[str, str, str], DatabaseChange]
"""Path, framework and SQL of a migration -> what it does. Blocks; bounded in time."""


class Notes:
    """A message of a deployment's notes: posted once, then edited in place."""

    def __init__(
        self,
        store: Store,
        chat: Chat,
        clock: Clock,
        policy: Callable[[], Policy],
        hosts: Collection[str],
    ) -> None:
        self.store, self.chat, self.clock, self.policy = store, chat, clock, policy
        self.hosts = hosts

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Post or edit it, worded from what is known now. Raises NotYet while commits are due."""
        effect = _notes(delivery)
        deployment = await self.store.deployment(effect.deployment)
        if deployment is None:
            return Outcome(PageState.FAILED, error="the deployment is gone")
        record = (await self.store.notes([deployment.id])).get(deployment.id)
        if not _is_said(record) and deployment.state is not DeploymentState.SUCCEEDED:
            return Outcome(PageState.CANCELLED, error="it is not live")
        told = await self._told(deployment)
        if not _is_said(record):
            if situation(told) is Situation.UNTOUCHED:
                return Outcome(PageState.CANCELLED, error="nothing of the service changed")
            self._wait_for_commits(deployment, situation(told))
        # Thousands of commits take a while, which no page is to wait for.
        paper = await asyncio.to_thread(paper_of, told, self.policy(), record)
        messages = as_slack(paper)
        lines = messages[effect.part - 1] if effect.part <= len(messages) else ["…"]
        posted = await self._sent(delivery, effect, record, lines)
        return self._outcome(effect, deployment, posted, len(messages), as_text(paper))

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Whether it was posted although we never heard of it: then it is edited at once."""
        effect = _notes(delivery)
        deployment = await self.store.deployment(effect.deployment)
        record = (await self.store.notes([effect.deployment])).get(effect.deployment)
        if deployment is None or _place(record, effect.part) or delivery.provider_id:
            return None  # an edit can be repeated
        since = (delivery.claimed_at or delivery.created_at) - SKEW
        thread = record.places[0] if record and effect.part > 1 else None
        posted = await self.chat.find(delivery.key, CHANNEL, since, thread)
        if posted is None:
            return None
        outcome = self._outcome(effect, deployment, posted, effect.part, "")
        return Outcome(
            PageState.QUEUED,
            outcome.provider_id,
            retry_in_seconds=1.0,
            free=True,
            events=outcome.events,
        )

    async def _told(self, deployment: Deployment) -> Told:
        """Going back is told with the commits of what is gone; else what ran before is enough."""
        service, environment = deployment.service, deployment.environment
        if deployment.rollback:
            found = await self.store.deployments(
                service=service, environment=environment, limit=LOOK_BACK
            )
        else:
            found = await self.store.latest_deployments([(service, environment)], LOOK_BACK)
        signed = (await self.store.releases_of([deployment.id])).get(deployment.id)
        expected = self._is_expected(deployment)
        return told_of(deployment, found, expected=expected, release=signed)

    def _is_expected(self, deployment: Deployment) -> bool:
        service = self.policy().services.get(deployment.service)
        ended = deployment.ended_at or deployment.reported_at
        asked = bool(deployment.sha and deployment.previous_sha and deployment.source)
        return (
            service is not None
            and bool(service.repository)
            and service.host in self.hosts
            and asked
            and deployment.range_known is RangeKnown.UNKNOWN
            and self.clock.now() < ended + EXPECTED_FOR
        )

    def _wait_for_commits(self, deployment: Deployment, what: Situation) -> None:
        """Raises NotYet while they may still come in time. Going back waits for nothing."""
        if what is not Situation.EXPECTED:
            return
        service = self.policy().services.get(deployment.service)
        unclear = deployment.shared and service is not None and bool(service.paths)
        ended = deployment.ended_at or deployment.reported_at
        if self.clock.now() < ended + (WAIT_FOR_PATHS if unclear else WAIT_FOR_COMMITS):
            raise NotYet(LOOK_AGAIN_SECONDS)

    async def _sent(
        self, delivery: Delivery, effect: PostNotes, record: NotesRecord | None, lines: list[str]
    ) -> Posted:
        where = _place(record, effect.part) or _told_by(delivery)
        if where is not None:
            try:
                await self.chat.revise(delivery.key, where, lines)
                return where
            except MessageGone:
                pass  # somebody deleted it: it is posted anew
        thread = _place(record, 1) if effect.part > 1 else None
        if effect.part > 1 and thread is None:
            raise Permanent("its first message is gone")
        return await self.chat.publish(delivery.key, CHANNEL, lines, thread)

    def _outcome(
        self, effect: PostNotes, deployment: Deployment, posted: Posted, parts: int, text: str
    ) -> Outcome:
        event = NotesPosted(
            deployment=deployment.id,
            service=deployment.service,
            part=effect.part,
            parts=parts,
            channel=posted.channel,
            ts=posted.ts,
            text=text,
            at=self.clock.now(),
        )
        stamp = hashlib.sha256(f"{posted.ts}:{parts}:{text}".encode()).hexdigest()[:16]
        key = f"{effect.key}:{stamp}"
        return Outcome(PageState.SENT, f"{posted.channel}/{posted.ts}", events=((key, event),))


class NotesReplies:
    """A reply below a deployment's notes."""

    def __init__(self, store: Store, chat: Chat) -> None:
        self.store, self.chat = store, chat

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Reply. Raises Permanent where there are no notes."""
        effect = _reply(delivery)
        where = await self._where(effect)
        posted = await self.chat.publish(delivery.key, CHANNEL, [effect.text], where)
        return Outcome(PageState.SENT, posted.ts)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """By the key in the message's metadata."""
        where = await self._where(_reply(delivery))
        since = (delivery.claimed_at or delivery.created_at) - SKEW
        posted = await self.chat.find(delivery.key, CHANNEL, since, where.ts)
        return Outcome(PageState.SENT, posted.ts) if posted else None

    async def _where(self, effect: ReplyToNotes) -> Posted:
        record = (await self.store.notes([effect.deployment])).get(effect.deployment)
        where = _place(record, 1)
        if where is None:
            raise Permanent("the notes were never posted")
        return where


class Migrations:
    """SQL migrations, read at the revision that went out."""

    def __init__(self, sources: Mapping[str, Source], clock: Clock, inspect: Inspect) -> None:
        self.sources, self.clock, self.inspect = sources, clock, inspect

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Ask for each file and look into it. What cannot be read is told as such."""
        effect = delivery.effect
        assert isinstance(effect, ReadMigrations), f"{delivery.key} reads no migrations"
        source = self.sources.get(effect.source)
        if source is None:
            raise Permanent(f"{effect.source} has no token, so its files cannot be read")
        changes = [await self._change(source, effect, path) for path in effect.paths]
        now = self.clock.now()
        event = MigrationsRead(
            effect.deployment, effect.service, tuple(changes), now, effect.release
        )
        return Outcome(PageState.SENT, events=((f"{effect.key}:read", event),))

    async def find(self, delivery: Delivery) -> Outcome | None:
        """Asking again changes nothing outside."""
        return None

    async def _change(self, source: Source, effect: ReadMigrations, path: str) -> DatabaseChange:
        framework = framework_of(path) or "SQL"
        try:
            text = await source.file(effect.repository, path, effect.revision)
        except Permanent as refused:
            trouble = str(refused)
            if refused.code == "404":
                trouble = "it was removed, or may not be read"
            return DatabaseChange(path, framework, Seen.UNREADABLE, trouble=trouble)
        return await asyncio.to_thread(self.inspect, path, framework, text)


def _is_said(record: NotesRecord | None) -> bool:
    return record is not None and record.posted_at is not None


def _place(record: NotesRecord | None, part: int) -> Posted | None:
    if record is None or record.channel is None or len(record.places) < part:
        return None
    return Posted(record.channel, record.places[part - 1])


def _told_by(delivery: Delivery) -> Posted | None:
    """Where it is, as the row says before its event was decided."""
    channel, _, ts = (delivery.provider_id or "").rpartition("/")
    return Posted(channel, ts) if channel else None


def _notes(delivery: Delivery) -> PostNotes:
    assert isinstance(delivery.effect, PostNotes), f"{delivery.key} is no release notes"
    return delivery.effect


def _reply(delivery: Delivery) -> ReplyToNotes:
    assert isinstance(delivery.effect, ReplyToNotes), f"{delivery.key} replies to no notes"
    return delivery.effect
