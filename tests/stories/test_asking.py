"""Questions that people ask in Slack."""

from bot.core.scene import Decision
from bot.store import SqlStore
from tests.store.world import incident, resolved, save
from tests.stories.world import World


async def test_what_has_been_down_for_long_is_told_however_many_came_and_went_since(
    story: World,
) -> None:
    await story.goes_down()
    store = story.midwatch.store
    assert isinstance(store, SqlStore)
    later = tuple(resolved(incident(number, f"service-{number}")) for number in range(2, 62))
    await save(store, Decision(incidents=later), story.clock.now())
    assert "*#1 checkout*" in (await story.types("ana", "status"))[0]
