"""A world in which builds wait on staging. Mia and Kai sign; Bo writes code, Ana is on call."""

from dataclasses import replace
from datetime import timedelta

from bot.core.deployment import Commit, DeploymentState, Report
from bot.core.effects import CardReply, Post, TriggerRelease
from bot.core.events import Actor, CauseDecided, DeploymentReported
from bot.core.policy import Policy, SignOff
from bot.core.release import Release, ReleaseState, StagingCheck, TriggerState
from bot.core.release_events import (
    Announcement,
    PartDone,
    ReleaseAnnounced,
    ReleaseCancelled,
    ReleaseDecided,
    ReleaseTimePassed,
    ReleaseTriggered,
    StagingSeen,
    TriggerSettled,
)
from tests.core.world import World, person, policy

SIGN_OFF = SignOff(("mia", "kai", "bo"), services=frozenset({"checkout"}), trigger="workflow")
SHA, OLD, NEW = "a1" * 20, "b2" * 20, "c3" * 20


def sign_off_policy(**changes: object) -> Policy:
    """Mia, Kai and Bo may sign; checkout has a database that is changed by hand."""
    base = policy()
    people = {**base.people, "mia": person("mia"), "kai": person("kai", "sms", "call")}
    checkout = replace(base.services["checkout"], by_hand=("database",), repository="acme/checkout")
    services = {**base.services, "checkout": checkout}
    whole = replace(base, people=people, services=services, sign_off=SIGN_OFF)
    return replace(whole, **changes)  # type: ignore[arg-type]


class ReleaseWorld(World):
    """What pipelines and approvers do."""

    def __init__(self, **changes: object) -> None:
        super().__init__(sign_off_policy(**changes))

    def announces(self, id_: str = "b42", sha: str = SHA, **said: object) -> Release:
        """A pipeline says that a build waits on staging."""
        given = Announcement(
            id=id_,
            service="checkout",
            version=f"v1.{id_.removeprefix('b')}",
            sha=sha,
            artifact=f"sha256:{sha[:8]}",
            by="Dee",
            commits=(Commit("d" * 40, "feat: vouchers", "Dee"),),
            source="releases",
        )
        self.happens(ReleaseAnnounced(replace(given, **said), self.now))  # type: ignore[arg-type]
        return self.release(id_)

    def looks_at_staging(self, outcome: str = "up", detail: str = "") -> None:
        """Somebody looks at staging now."""
        check = StagingCheck("health", outcome, self.now, detail)
        self.happens(StagingSeen("checkout", (check,), self.now))

    def stays_good(self, **time: float) -> None:
        """Staging is looked at every half minute, and good each time; timers run."""
        until = self.now + timedelta(**time)
        while self.now < until:
            self.now = min(self.now + timedelta(seconds=30), until)
            self.looks_at_staging()
            self.clock_ticks()

    def clock_ticks(self) -> None:
        """What is due of the releases is done."""
        for release in self.scene.releases:
            if release.next_due_at is not None and release.next_due_at <= self.now:
                self.happens(ReleaseTimePassed(release.id, self.now))

    def waits(self, **time: float) -> None:
        """Time passes, and nobody looks at staging."""
        until = self.now + timedelta(**time)
        while self.now < until:
            due = [it.next_due_at for it in self.scene.releases if it.next_due_at is not None]
            soon = self.now + timedelta(seconds=1)
            self.now = min([until, *(max(at, soon) for at in due)])
            self.clock_ticks()

    def ready(self, id_: str = "b42", **said: object) -> Release:
        """A build that can be signed."""
        self.announces(id_, **said)  # type: ignore[arg-type]
        self.looks_at_staging()
        self.stays_good(minutes=5, seconds=30)
        release = self.release(id_)
        assert release.state is ReleaseState.READY
        return release

    def decides(self, who: str | None, choice: str, id_: str = "b42", reason: str = "") -> str:
        """Somebody presses a button; returns what they are told."""
        before = len(self.private())
        actor = Actor(who, "slack", name="Stranger", slack="U1", response_url="https://slack/x")
        self.happens(ReleaseDecided(id_, choice, actor, self.now, reason))  # type: ignore[arg-type]
        return " ".join(self.private()[before:])

    def approves(self, who: str | None = "mia", id_: str = "b42") -> str:
        """The one button."""
        return self.decides(who, "approve", id_)

    def ticks(self, who: str, part: str = "database", id_: str = "b42") -> str:
        """Somebody says that a part by hand is done."""
        before = len(self.private())
        actor = Actor(who, "slack", slack="U1", response_url="https://slack/x")
        self.happens(PartDone(id_, part, actor, self.now))
        return " ".join(self.private()[before:])

    def trigger_ends(self, state: TriggerState, detail: str = "", id_: str = "b42") -> None:
        """The host of the pipeline answered, or did not."""
        self.happens(ReleaseTriggered(id_, state, self.now, "https://ci/1", detail))

    def settles(self, who: str, choice: str, id_: str = "b42") -> None:
        """Somebody looked at the pipeline."""
        actor = Actor(who, "slack", slack="U1", response_url="https://slack/x")
        self.happens(TriggerSettled(id_, choice, actor, self.now))  # type: ignore[arg-type]

    def cancels(self, id_: str = "b42") -> None:
        """Its own pipeline takes it back."""
        self.happens(ReleaseCancelled(id_, "ci", self.now))

    def deploys(
        self,
        id_: str = "d1",
        sha: str | None = SHA,
        status: DeploymentState = DeploymentState.STARTED,
        **said: object,
    ) -> None:
        """A deployment is reported, to production unless said otherwise; or `listed`."""
        listed = bool(said.pop("listed", False))
        report = Report(
            id=id_,
            service="checkout",
            environment="production",
            status=status,
            version="v1.42",
            sha=sha,
            started_at=self.now if status is DeploymentState.STARTED else None,
            source="github",
        )
        report = replace(report, **said)  # type: ignore[arg-type]
        self.happens(DeploymentReported(report, self.now, listed))

    def blames(self, id_: str = "d1") -> None:
        """People say that this deployment took it down."""
        number = self.incident.number
        self.happens(CauseDecided(number, "another", Actor("ana", "slack"), self.now, id_))

    # -- what can be seen

    def release(self, id_: str = "b42") -> Release:
        """A release as it stands."""
        return next(it for it in self.scene.releases if it.id == id_)

    def said_under_card(self) -> list[str]:
        """Replies under cards."""
        return [it.text for it in self.effects if isinstance(it, CardReply)]

    def triggers(self) -> list[TriggerRelease]:
        """What was set in motion, in order."""
        return [it for it in self.effects if isinstance(it, TriggerRelease)]

    def flags(self) -> list[str]:
        """What the channel of releases was told."""
        return [it.text for it in self.effects if isinstance(it, Post) and "Not signed" in it.text]
