"""A world in memory for stories about the rules: each decision is folded into the next scene."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core import events
from bot.core.decide import decide
from bot.core.deployment import Deployment, DeploymentState
from bot.core.effects import AnswerSlack, AnswerText, Effect, Post, Reply, SendPage
from bot.core.events import (
    Actor,
    Event,
    PartingDue,
    SignalReported,
    Silenced,
    TextReceived,
    TimePassed,
)
from bot.core.incident import Incident
from bot.core.page import Page, PageState
from bot.core.policy import Person, Policy, Service, Step, Team
from bot.core.scene import Decision, Scene
from bot.core.signal import Level

START = datetime(2026, 11, 24, 3, 12, 0, tzinfo=UTC)
STEPS = (
    Step("on_call", ("sms",)),
    Step("on_call", ("call",), timedelta(minutes=3)),
    Step("everyone", ("sms", "call"), timedelta(minutes=5), repeat=3),
)


def person(key: str, *channels: str) -> Person:
    """Somebody with these channels, in London."""
    return Person(key, key.title(), channels or ("sms", "slack"), "Europe/London", f"U0{key}")


def policy(**changes: object) -> Policy:
    """Two teams, IT (Ana, Ida) and Development (Bo, Dee), and three services."""
    people = {key: person(key) for key in ("ana", "ida", "bo", "dee", "eve")}
    teams = {
        "it": Team("it", "IT", ("ana", "ida")),
        "development": Team("development", "Development", ("bo", "dee")),
        "payments_team": Team("payments_team", "Payments", ("eve",)),
    }
    both = ("it", "development")
    services = {
        "checkout": Service("checkout", both, STEPS, depends_on=("payments",)),
        "search": Service("search", both, STEPS),
        "payments": Service("payments", ("payments_team",), STEPS),
    }
    base = Policy("Europe/London", people, teams, services)
    return replace(base, **changes)  # type: ignore[arg-type]


class World:
    """What happened so far. Everything is asked in words that a user would use."""

    def __init__(self, rules: Policy | None = None, scene: Scene | None = None) -> None:
        self.policy, self.now = rules or policy(), START
        self.scene = scene or Scene()
        self.effects: list[Effect] = []
        self.serial = 0

    # -- what happens

    def happens(self, event: Event) -> Decision:
        """Decide an event and fold what came of it into the scene."""
        self.serial += 1
        self.scene = as_loaded(self.scene, self.now)
        decision = decide(self.scene, event, self.policy, self.now, f"e{self.serial}")
        self._fold(decision)
        return decision

    def passes(self, **time: float) -> None:
        """Time passes, second by second where something is due."""
        until = self.now + timedelta(**time)
        while True:
            due = [i.next_due_at for i in self.scene.incidents if i.next_due_at is not None]
            due += [i.split_at for i in self.scene.incidents if i.split_at is not None]
            next_due = min((at for at in due if at <= until), default=None)
            if next_due is None:
                break
            self.now = max(self.now, next_due)
            for incident in self.scene.incidents:
                if incident.next_due_at is not None and incident.next_due_at <= self.now:
                    self.happens(TimePassed(incident.number, self.now))
                if incident.split_at is not None and incident.split_at <= self.now:
                    names = tuple(part.service for part in incident.services)
                    self.happens(PartingDue(incident.number, names, self.now))
        self.now = until

    def looks(self, **after: float) -> list[Page]:
        """So much later it is looked who has each duty; returns what people are told."""
        self.now += timedelta(**after)
        known = {page.key for page in self.scene.pages}
        self.happens(events.DutyLooked(self.now))
        return [page for page in self.pages() if page.key not in known]

    def goes_down(self, service: str = "checkout", signal: str = "health") -> None:
        """A check of the service was confirmed down; its first bad probe was 6 s before."""
        began = self.now - timedelta(seconds=6)
        self.happens(
            SignalReported(
                service,
                signal,
                "check",
                Level.DOWN,
                began,
                self.now,
                detail="HTTP 503",
                reason="http_status",
                tries=3,
                needed=3,
            )
        )

    def comes_up(self, service: str = "checkout", signal: str = "health") -> None:
        """The same check recovered."""
        self.happens(SignalReported(service, signal, "check", Level.UP, self.now, self.now))

    def silence(self, service: str, **lasts: float) -> None:
        """Somebody silences a service."""
        self.happens(Silenced(Actor("ana", "slack"), self.now, timedelta(**lasts), service=service))

    def texts(self, who: str, body: str) -> list[str]:
        """Somebody texts Midwatch; returns the answers to them."""
        before = len(self.effects)
        self.happens(TextReceived(Actor(who, "sms"), body, self.now))
        return [
            effect.text
            for effect in self.effects[before:]
            if isinstance(effect, AnswerText) and effect.person == who
        ]

    def becomes(self, page: Page, state: PageState, error: str | None = None) -> None:
        """A receipt for a page arrives."""
        self.happens(events.ReceiptReceived(page.key, state, self.now, "SM1", error))

    def sends(self, *pages: Page) -> None:
        """The outbox handed these over."""
        keys = {page.key for page in pages}
        changed = tuple(
            replace(page, state=PageState.SENT, sent_at=self.now) if page.key in keys else page
            for page in self.scene.pages
        )
        self.scene = replace(self.scene, pages=changed)

    # -- what can be seen

    @property
    def incident(self) -> Incident:
        """The newest incident."""
        return max(self.scene.incidents, key=lambda incident: incident.number)

    def pages(self, who: str | None = None, reason: str | None = None) -> list[Page]:
        """Pages in their order, of one person or all."""
        return [
            page
            for page in sorted(self.scene.pages, key=lambda page: (page.created_at, page.key))
            if (who is None or page.person == who) and (reason is None or page.reason == reason)
        ]

    def replies(self) -> list[str]:
        """What was said in threads."""
        return [effect.text for effect in self.effects if isinstance(effect, Reply)]

    def posts(self) -> list[str]:
        """What was said in channels, but to support."""
        posts = [effect for effect in self.effects if isinstance(effect, Post)]
        return [post.text for post in posts if post.channel != "support"]

    def support(self) -> list[str]:
        """What support was told."""
        posts = [effect for effect in self.effects if isinstance(effect, Post)]
        return [post.text for post in posts if post.channel == "support"]

    def private(self) -> list[str]:
        """What single people were told."""
        return [e.text for e in self.effects if isinstance(e, AnswerText | AnswerSlack)]

    def light(self, team: str) -> str:
        """`paging`, `acknowledged by ana`, …"""
        return self.light_of(self.incident.number, team)

    def light_of(self, number: int, team: str) -> str:
        """The same of another incident."""
        incident = next(it for it in self.scene.incidents if it.number == number)
        track = incident.track(team)
        assert track is not None, f"{team} has no track"
        return f"{track.state.value} by {track.by}" if track.by else track.state.value

    # -- inside

    def _fold(self, decision: Decision) -> None:
        scene = self.scene
        pages = {page.key: page for page in scene.pages}
        pages |= {page.key: page for page in decision.pages}
        sent = [effect.page for effect in decision.effects if isinstance(effect, SendPage)]
        pages |= {page.key: page for page in sent if page.key not in pages}
        incidents = _merged(scene.incidents, decision.incidents, lambda item: item.number)
        numbers = [incident.number for incident in incidents]
        unusable = dict(scene.unusable)
        for mark in decision.marks:
            unusable.pop((mark.person, mark.channel), None)
            if mark.mark:
                unusable[(mark.person, mark.channel)] = mark.mark
        troubles = {
            part: since for part, since in {**scene.troubles, **decision.troubles}.items() if since
        }
        self.scene = replace(
            scene,
            incidents=incidents,
            signals=_merged(scene.signals, decision.signals, lambda s: (s.service, s.name)),
            silences=_merged(scene.silences, decision.silences, lambda item: item.id),
            overrides=_merged(scene.overrides, decision.overrides, lambda item: item.id),
            deployments=_merged(scene.deployments, decision.deployments, lambda item: item.id),
            releases=_merged(scene.releases, decision.releases, lambda item: item.id),
            pages=tuple(pages.values()),
            notes=_merged(scene.notes, decision.notes, lambda item: item.deployment),
            unusable=unusable,
            troubles=troubles,
            next_number=max(numbers, default=0) + 1,
            duties=_merged(scene.duties, decision.duties, lambda item: item.team),
            duty_seen=decision.duty_seen or scene.duty_seen,
            told_ahead={
                digest: at
                for digest, at in {**scene.told_ahead, **decision.told_ahead}.items()
                if at is not None
            },
            blind_since=decision.blind_since if decision.sight_changed else scene.blind_since,
        )
        self.effects += decision.effects


def as_loaded(scene: Scene, now: datetime) -> Scene:
    """Overrides that have ended are none of a decision any more, as in the database."""
    known = [*scene.past_overrides, *scene.overrides]
    return replace(
        scene,
        overrides=tuple(it for it in known if it.end > now),
        past_overrides=tuple(it for it in known if now - timedelta(days=7) < it.end <= now),
        next_override=max([scene.next_override - 1, *(it.id for it in known)]) + 1,
    )


def _merged(old: Sequence, new: Sequence, key) -> tuple:  # type: ignore[no-untyped-def, type-arg]
    return tuple(({key(item): item for item in old} | {key(item): item for item in new}).values())


def deployment(
    id_: str, service: str = "checkout", *, ended: timedelta, took: timedelta = timedelta(minutes=2)
) -> Deployment:
    """A deployment that ended so long before START."""
    end = START - ended
    return Deployment(
        id=id_,
        service=service,
        environment="production",
        version=id_,
        sha="a1b2c3d4e5",
        previous_sha=None,
        state=DeploymentState.SUCCEEDED,
        started_at=end - took,
        ended_at=end,
        reported_at=end - took,
        by="Bo",
    )
