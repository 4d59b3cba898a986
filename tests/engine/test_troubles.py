"""A provider that cannot be reached is said once, and once that it works again."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from bot.core.effects import CardReply, Effect, Post, RefreshCard, TriggerRelease
from bot.core.events import Event, TroubleChanged
from bot.core.page import PageState
from bot.core.wording import thread_replies as say
from bot.ports import Delivery, StoreUnavailable
from bot.store import SqlStore
from bot.troubles import Troubles, channel_of, part_of
from tests.core.world import policy
from tests.engine.world import World


class Away(SqlStore):
    """A database that takes no event while it is away."""

    away = True

    async def receive(
        self,
        events: Sequence[tuple[str, Event]],
        now: datetime,
        *,
        streak: tuple[str, str] | None = None,
    ) -> int:
        if self.away:
            raise StoreUnavailable("it is away")
        return await super().receive(events, now, streak=streak)


async def posts(world: World) -> list[str]:
    """What was posted, in its order."""
    await world.engine.work()
    await world.outbox.deliver_due()
    return [text for _key, text in world.chat.posted]


async def fails(troubles: Troubles, times: int, part: str = "twilio") -> None:
    for _ in range(times):
        await troubles.failed(part, "cannot be reached")


async def test_two_failures_in_a_row_begin_it_and_one_success_ends_it(world: World) -> None:
    troubles = Troubles(world.engine)
    await fails(troubles, 1)
    await troubles.worked("twilio")
    await fails(troubles, 1)
    assert await posts(world) == []
    assert troubles.failing == {}
    world.clock.forward(5)
    await fails(troubles, 9)
    assert list(troubles.failing) == ["twilio"]
    (began,) = await posts(world)
    assert "cannot be reached" in began
    world.clock.forward(60)
    await troubles.worked("twilio")
    await troubles.worked("twilio")
    assert troubles.failing == {}
    assert len(await posts(world)) == 2


async def test_a_refused_account_is_trouble_at_once(world: World) -> None:
    troubles = Troubles(world.engine)
    await troubles.failed("twilio", "the token is refused", surely=True)
    assert len(await posts(world)) == 1


async def test_one_provider_says_nothing_about_another(world: World) -> None:
    troubles = Troubles(world.engine)
    await fails(troubles, 1, "twilio")
    await fails(troubles, 1, "slack")
    await troubles.worked("slack")
    await fails(troubles, 1, "twilio")
    assert list(troubles.failing) == ["twilio"]


async def test_it_ends_although_the_process_that_saw_it_begin_is_gone(world: World) -> None:
    await fails(Troubles(world.engine), 2)
    assert len(await posts(world)) == 1
    world.clock.forward(60)
    successor = Troubles(world.engine)
    await successor.worked("twilio")
    assert len(await posts(world)) == 2
    world.clock.forward(60)
    await fails(successor, 2)
    assert len(await posts(world)) == 3, "and the next one is said again"


async def test_a_first_success_without_a_trouble_is_no_news(world: World) -> None:
    await Troubles(world.engine).worked("twilio")
    assert await posts(world) == []


async def test_what_the_database_did_not_take_is_told_with_the_next_try(world: World) -> None:
    store = Away(world.store.database, world.clock)
    world.engine.store = store
    troubles = Troubles(world.engine)
    await fails(troubles, 3)
    store.away = False
    await fails(troubles, 2)
    assert len(await posts(world)) == 1
    store.away = True
    await troubles.worked("twilio")
    store.away = False
    await troubles.worked("twilio")
    assert len(await posts(world)) == 2


def order(trigger: str) -> TriggerRelease:
    """A signed release is to go out."""
    return TriggerRelease(
        "b42", "checkout", trigger, 1, True, "production", "", "v1", "", "", "Mia"
    )


@pytest.mark.parametrize(
    ("effect", "part", "channel"),
    [
        (RefreshCard("b42"), "slack", "slack:releases"),
        (CardReply("k", "b42", "it is approved"), "slack", "slack:releases"),
        (Post("k", "releases", "not signed"), "slack", "slack:releases"),
        (order("workflow"), "github", None),
        (order("protection_rule"), "github", None),
        (order("manual_job"), "gitlab", None),
        (order("webhook"), "release_webhook", None),
    ],
)
def test_what_fails_of_a_release_is_called_by_its_provider(
    effect: Effect, part: str, channel: str | None
) -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    delivery = Delivery("k", effect, PageState.QUEUED, now, now, 0, 1)
    assert (part_of(delivery), channel_of(delivery)) == (part, channel)
    told = say.trouble(TroubleChanged(part, True, now, now), policy())
    assert "card" not in told
    assert part not in told, "people read a name, not a key"
