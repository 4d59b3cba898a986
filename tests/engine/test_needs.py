"""An event is decided from what concerns it; from all that is open the answer is the same."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.decide import decide
from bot.core.deployment import DeploymentState, Report
from bot.core.events import (
    Actor,
    DeploymentReported,
    Event,
    OpenedByHand,
    ReceiptReceived,
    Silenced,
    SilenceEnded,
    TextReceived,
)
from bot.core.needs import need
from bot.core.page import PageState
from bot.core.scene import Decision
from bot.core.signal import Level
from bot.engine import Engine
from bot.ports import InboxRow, Transaction
from tests.engine.world import World, down

ANA, BO = Actor("ana", "sms"), Actor("bo", "sms")


class Comparing(Engine):
    """Decides from both scenes."""

    compared = 0

    async def _decide(self, tx: Transaction, row: InboxRow, now: datetime) -> Decision:
        whole = await tx.scene(replace(need(row.event, self.policy), every_open=True), now)
        from_all = decide(whole, row.event, self.policy, now, row.key)
        decision = await super()._decide(tx, row, now)
        assert decision == from_all, row.event
        self.compared += 1
        return decision


def a_night(world: World) -> Iterator[Event]:
    """Three services go down and up, people answer, deployments and receipts come in between."""
    clock = world.clock

    def up(service: str) -> Event:
        return replace(down(service, clock), level=Level.UP, detail="")

    def deployed(key: str, service: str) -> Event:
        began = clock.now() - timedelta(hours=1)
        report = Report(
            key, service, "production", DeploymentState.SUCCEEDED, "v1", started_at=began
        )
        return DeploymentReported(report, clock.now())

    yield deployed("d1", "payments")
    for service in ("checkout", "search", "payments"):
        yield down(service, clock)
    yield deployed("d2", "payments")
    yield TextReceived(ANA, "1", clock.now())
    yield TextReceived(BO, "all", clock.now())
    yield TextReceived(BO, "?", clock.now())
    yield ReceiptReceived("2-it-0-0.0-ida-sms", PageState.UNDELIVERED, clock.now(), "SM1", "30003")
    yield Silenced(ANA, clock.now(), timedelta(minutes=5), number=2)
    yield TextReceived(ANA, "2 esc", clock.now())
    yield up("checkout")
    yield down("checkout", clock)
    yield Silenced(ANA, clock.now(), timedelta(minutes=5))
    yield SilenceEnded(ANA, clock.now(), number=2)
    yield SilenceEnded(ANA, clock.now(), service="checkout")
    yield SilenceEnded(ANA, clock.now())
    yield OpenedByHand("search", "still slow", ANA, clock.now())
    for service in ("payments", "search", "checkout"):
        yield up(service)


async def test_what_is_left_out_of_a_scene_changes_no_decision(either: World) -> None:
    engine = either.engine = Comparing(either.store, either.clock, either.rules)
    for number, event in enumerate(a_night(either)):
        await engine.receive(f"e{number}", event)
        await engine.work()
        await either.outbox.deliver_due()
        either.clock.forward(15)
        await engine.tick()
        while await engine.work():
            pass
    assert engine.failed_events == 0
    assert await either.store.undecided([f"e{number}" for number in range(18)]) == []
    assert engine.compared > 20
