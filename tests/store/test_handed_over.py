"""Which pages count as having disturbed somebody."""

from typing import Any

from bot.core.effects import SendPage
from bot.core.fairness import SentPage
from bot.core.page import Page, PageState, Urgency
from bot.core.scene import Decision
from bot.store import SqlStore
from tests.store.world import NOW, incident, minutes, page, save


async def keep(store: SqlStore, *pages: Page) -> None:
    decision = Decision(
        incidents=(incident(1, "checkout"), incident(2, "search")),
        effects=tuple(SendPage(one) for one in pages),
    )
    await save(store, decision)


async def counted(store: SqlStore) -> list[SentPage]:
    return await store.handed_over(NOW, NOW + minutes(60))


async def test_only_what_was_handed_over_and_wakes_somebody_counts(store: SqlStore) -> None:
    sent: dict[str, Any] = {"sent_at": NOW, "state": PageState.SENT}
    await keep(
        store,
        page("text", **sent),
        page("call", **sent, channel="call"),
        page("in-vain", sent_at=NOW, state=PageState.UNDELIVERED),
        page("before", sent_at=NOW - minutes(1), state=PageState.DELIVERED),
        page("after", sent_at=NOW + minutes(60), state=PageState.DELIVERED),
        page("informs", **sent, urgency=Urgency.INFO),
        page("test", **sent, reason="test", number=0),
        page("waits"),
        page("cancelled", state=PageState.CANCELLED),
    )
    found = await counted(store)
    assert sorted(it.channel for it in found) == ["call", "sms", "sms"]
    assert {(it.person, it.team, it.at, it.incidents) for it in found} == {("ana", "it", NOW, (1,))}


async def test_one_text_about_several_incidents_is_one_and_names_them(store: SqlStore) -> None:
    sent: dict[str, Any] = {"sent_at": NOW, "state": PageState.DELIVERED}
    await keep(
        store,
        page("carrier", **sent, reason="bundle"),
        page("first", **sent, bundled_into="carrier"),
        page("second", 2, **sent, bundled_into="carrier"),
    )
    (one,) = await counted(store)
    assert one.incidents == (1, 2)
