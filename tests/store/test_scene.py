"""What a decision may look at, and what it leaves behind."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.effects import SendPage
from bot.core.events import ReceiptReceived
from bot.core.follow_up import FollowUp
from bot.core.incident import Affected, Cause, IncidentState, Track, TrackState
from bot.core.overrides import TeamOverride
from bot.core.page import PageState
from bot.core.scene import Decision, Mark, Need
from bot.core.signal import Level, Silence
from bot.ports import Conflict, StoredResult
from bot.store import SqlStore
from tests.store.world import (
    NOW,
    claim_due,
    deployment,
    entry,
    incident,
    link_to,
    minutes,
    page,
    resolved,
    save,
    scene,
    send_page,
    signal,
)

Open = Callable[[], SqlStore]
DAY = timedelta(days=1)


async def test_an_incident_comes_back_as_it_was(store: SqlStore) -> None:
    one = incident(
        3,
        "checkout",
        "search",
        state=IncidentState.ACKNOWLEDGED,
        services=(
            Affected("search", NOW, "dns", NOW - minutes(1), 3, 3, NOW + minutes(2)),
            Affected("checkout", NOW - minutes(1), "HTTP 503"),
        ),
        tracks=(
            Track("it", TrackState.ACKNOWLEDGED, NOW, 1, 2, None, 1, True, "ana", "sms", NOW),
            Track("development", TrackState.PAGING, NOW, next_at=NOW + minutes(2)),
        ),
        link=link_to(deployment()),
        acknowledged_at=NOW,
        resolved_by="bo",
        cause=Cause("deployment", "d1", "it was", "ana", NOW),
        reopened=2,
        reminders=1,
        remind_at=NOW + minutes(30),
        last_resort_at=NOW,
        opened_by="ana",
        thread_channel="C1",
        thread_ts="1.23",
        follow_ups=(
            FollowUp("it", NOW, NOW + DAY, 1),
            FollowUp("development", NOW, None, 0, None, "bo", NOW, "a canary\nfirst", "503s"),
        ),
    )
    await save(store, Decision(incidents=(one,), deployments=(deployment(),)))
    assert (await scene(store)).incidents == (one,)
    assert await store.waiting_for_follow_ups() == [one]
    changed = replace(one, services=one.services[:1], tracks=one.tracks[1:])
    changed = replace(changed, follow_ups=(replace(one.follow_ups[0], withdrawn_at=NOW),))
    changed = replace(changed, follow_ups=(*changed.follow_ups, one.follow_ups[1]))
    await save(store, Decision(incidents=(changed,)))
    assert (await scene(store)).incidents == (changed,)
    assert await store.waiting_for_follow_ups() == []


async def test_a_follow_up_falls_due_after_the_end(store: SqlStore) -> None:
    cause = Cause("deployment", "d1", "", "ana", NOW)
    asked = FollowUp("it", NOW, NOW + DAY)
    over = resolved(incident(1), cause=cause, follow_ups=(asked,))
    await save(store, Decision(incidents=(over, resolved(incident(2)))))
    assert await store.due_incidents(NOW) == []
    assert await store.due_incidents(NOW + DAY) == [1]


async def test_everything_else_comes_back_as_it_was(store: SqlStore) -> None:
    silence = Silence("s1", None, NOW, NOW + minutes(30), "quiet", "ana", "maintenance")
    ended = replace(silence, id="s2", ended=True)
    past = replace(silence, id="s3", until=NOW)
    decision = Decision(
        signals=(signal(), signal("search", Level.UP, last_good_at=NOW, tries=3, needed=3)),
        silences=(silence, ended, past),
        marks=(Mark("ana", "sms", "opted_out", NOW), Mark("bo", "sms", "landline", NOW)),
        blind_since=NOW,
        sight_changed=True,
        troubles={"twilio": NOW, "slack": None},
    )
    await save(store, decision)
    found = await scene(store)
    assert sorted(found.signals, key=lambda it: it.service) == list(decision.signals)
    assert found.silences == (silence,)
    assert found.unusable == {("ana", "sms"): "opted_out", ("bo", "sms"): "landline"}
    assert (found.blind_since, found.troubles) == (NOW, {"twilio": NOW})
    mended = Decision(
        marks=(Mark("ana", "sms", None, NOW),), sight_changed=True, troubles={"twilio": None}
    )
    await save(store, mended)
    found = await scene(store)
    assert found.unusable == {("bo", "sms"): "landline"}
    assert (found.blind_since, found.troubles) == (None, {})


async def test_overrides_come_back_until_they_end_and_their_numbers_go_on(store: SqlStore) -> None:
    one = TeamOverride(1, "it", "ida", NOW, NOW + minutes(9), "ana", NOW - minutes(1), "ana")
    over = replace(one, id=2, end=NOW, replaces=None)
    await save(store, Decision(overrides=(one, over)))
    found = await scene(store)
    assert (found.overrides, found.next_override) == ((one,), 3)
    assert await store.overrides(NOW - minutes(1)) == [one, over]
    await save(store, Decision(overrides=(replace(one, end=NOW),)))
    assert (await scene(store)).overrides == ()


async def test_a_scene_holds_what_was_asked_for(store: SqlStore) -> None:
    lately, before = NOW - minutes(10), NOW - minutes(16)
    await save(
        store,
        Decision(
            incidents=(
                resolved(incident(1, "checkout"), before),
                resolved(incident(2, "checkout"), lately),
                resolved(incident(3, "search"), lately),
                incident(4, "mail"),
                resolved(incident(5, "queue"), before, merged_into=6),
                resolved(incident(6, "queue"), before, merged_into=4),
            )
        ),
    )

    async def numbers(need: Need) -> list[int]:
        return [it.number for it in (await scene(store, need)).incidents]

    assert await numbers(Need()) == []
    assert await numbers(Need(every_open=True)) == [4]
    assert await numbers(Need(services=("checkout",))) == [2]
    assert await numbers(Need(services=("mail",))) == [4]
    assert await numbers(Need(linked=("mail",))) == [4]
    assert await numbers(Need(numbers=(1,))) == [1]
    assert await numbers(Need(numbers=(5, 999, 10**30, 0, -1))) == [4, 5, 6]


async def test_an_outage_loads_nothing_of_the_hundreds_that_it_does_not_concern(
    store: SqlStore,
) -> None:
    """Else each one of a bad night costs more than the one before."""
    many = [f"s{number}" for number in range(40)]
    decision = Decision(
        incidents=tuple(incident(number, name) for number, name in enumerate(many, start=1)),
        signals=tuple(signal(name) for name in many),
        effects=tuple(SendPage(page(f"p{number}", number)) for number in range(1, 41)),
    )
    await save(store, decision)
    found = await scene(store, Need(services=("s7",), linked=("s7", "s9")))
    assert [it.number for it in found.incidents] == [8, 10]
    assert [it.service for it in found.signals] == ["s7"]
    assert sorted(it.key for it in found.pages) == ["p10", "p8"]


async def test_what_shares_a_waiting_text_is_there_too(store: SqlStore) -> None:
    """Whether the text is still wanted depends on every incident that it names."""
    carrier = page("bundle-1", 1, reason="bundle")
    carried = [
        page(f"p{number}", number, state=PageState.BUNDLED, bundled_into="bundle-1")
        for number in (1, 2)
    ]
    incidents = (incident(1, "checkout"), incident(2, "search"), incident(3, "mail"))
    effects = tuple(SendPage(it) for it in (carrier, *carried))
    await save(store, Decision(incidents=incidents, effects=effects))
    for number in (1, 2):
        found = await scene(store, Need(numbers=(number,)))
        assert [it.number for it in found.incidents] == [1, 2]
        assert sorted(it.key for it in found.pages) == ["bundle-1", "p1", "p2"]
    await claim_due(store)
    assert [it.number for it in (await scene(store, Need(numbers=(2,)))).incidents] == [2]


async def test_a_deployment_brings_the_incidents_it_may_concern(store: SqlStore) -> None:
    old, recent = NOW - 4 * DAY, NOW - 2 * DAY
    await save(
        store,
        Decision(
            incidents=(
                resolved(incident(1, "checkout", triggered_at=old), old),
                resolved(incident(2, "checkout", triggered_at=recent), recent),
                resolved(incident(3, "mail", triggered_at=recent), recent),
            )
        ),
    )
    found = await scene(store, Need(linked=("checkout", "search"), deployments=("d9",)))
    assert [it.number for it in found.incidents] == [2]


async def test_deployments_of_a_scene_reach_back_35_days_and_to_the_last_before(
    store: SqlStore,
) -> None:
    def at(id_: str, days: float, **changes: str) -> None:
        start = NOW - timedelta(days=days)
        made.append(deployment(id_, started_at=start, ended_at=start, **changes))

    made: list[object] = []
    at("now", 0)
    at("in", 34)
    at("last", 36)
    at("older", 37)
    at("last-staging", 50, environment="staging")
    at("other", 1, service="mail")
    at("named", 100, service="mail")
    at("asked", 100, service="mail")
    linked = incident(1, link=link_to(deployment("named", service="mail")))
    await save(store, Decision(incidents=(linked,), deployments=tuple(made)))  # type: ignore[arg-type]
    found = await scene(store, Need(linked=("checkout",), deployments=("asked",)))
    ids = {it.id for it in found.deployments}
    assert ids == {"now", "in", "last", "last-staging", "named", "asked"}
    assert {it.id for it in (await scene(store)).deployments} == {"named"}


async def test_a_link_finds_its_commits_again(store: SqlStore) -> None:
    one = deployment()
    await save(store, Decision(incidents=(incident(1, link=link_to(one)),), deployments=(one,)))
    (found,) = (await scene(store)).incidents
    assert found.link == link_to(one)
    view = await store.incident(1)
    assert view is not None
    assert view.incident.link == link_to(one)


async def test_numbers_go_on_where_they_stopped(store: SqlStore) -> None:
    assert (await scene(store)).next_number == 1
    await save(store, Decision(incidents=(incident(41),)))
    assert (await scene(store)).next_number == 42
    await save(store, Decision(incidents=(resolved(incident(7)),)))
    assert (await scene(store)).next_number == 42


async def test_decisions_of_two_replicas_see_each_other(store: SqlStore, opened: Open) -> None:
    """Each takes the next number; the second one already sees what the first one opened."""

    async def decide(own: SqlStore, service: str) -> tuple[int, int]:
        async with own.transaction() as tx:
            found = await tx.scene(Need(every_open=True), NOW)
            await asyncio.sleep(0)
            await tx.save(Decision(incidents=(incident(found.next_number, service),)), NOW)
            return found.next_number, len(found.incidents)

    services = [f"s{number}" for number in range(8)]
    taken = await asyncio.gather(*(decide(opened(), service) for service in services))
    assert sorted(taken) == [(number, number - 1) for number in range(1, 9)]


async def test_a_service_is_in_one_open_incident_only(store: SqlStore) -> None:
    await save(store, Decision(incidents=(incident(1, "checkout"),)))
    with pytest.raises(Conflict):
        await save(store, Decision(incidents=(incident(2, "search", "checkout"),)))
    assert [it.number for it in (await scene(store)).incidents] == [1]
    over = resolved(incident(1, "checkout"), merged_into=2)
    await save(store, Decision(incidents=(incident(2, "search", "checkout"), over)))
    assert [it.number for it in (await scene(store)).incidents] == [2]


async def test_a_service_moves_between_open_incidents_in_one_decision(store: SqlStore) -> None:
    await save(store, Decision(incidents=(incident(1, "a", "b"), incident(2, "c"))))
    await save(store, Decision(incidents=(incident(1, "a"), incident(2, "c", "b"))))
    found = (await scene(store)).incidents
    assert [[part.service for part in it.services] for it in found] == [["a"], ["c", "b"]]


async def test_a_page_brings_its_incident_whatever_its_state(store: SqlStore) -> None:
    await save(store, Decision(incidents=(resolved(incident(1), NOW - DAY),)))
    await send_page(store, key="p")
    await send_page(store, key="other")
    await send_page(store, key="test", number=0)
    found = await scene(store, Need(page="p"))
    assert ([it.number for it in found.incidents], len(found.pages)) == ([1], 2)
    found = await scene(store, Need(page="test"))
    assert ([it.key for it in found.pages], found.incidents) == (["test"], ())
    assert (await scene(store, Need(page="unknown"))).pages == ()


async def test_first_seen_is_when_a_service_was_first_asked_for_or_deployed(
    store: SqlStore,
) -> None:
    await store.note_services(["checkout"], NOW)
    await store.note_services(["checkout"], NOW + DAY)
    later = NOW + 2 * DAY
    found = await scene(store, Need(linked=("checkout", "search")), later)
    assert found.first_seen == {"checkout": NOW, "search": later}
    early = deployment("d0", started_at=NOW - 9 * DAY)
    await save(store, Decision(deployments=(early, deployment("d1", "mail"))))
    found = await scene(store, Need(linked=("checkout", "search", "mail")), later)
    assert found.first_seen["checkout"] == NOW - 9 * DAY
    assert found.first_seen["mail"] == deployment().started_at


async def test_decided_and_guilty_incidents_are_counted(store: SqlStore) -> None:
    by_deployment = Cause("deployment", "d1", "", "ana", NOW)
    other = Cause("other", None, "a cable", "ana", NOW)
    await save(
        store,
        Decision(
            incidents=(
                resolved(incident(1), cause=by_deployment),
                resolved(incident(2), cause=other),
                resolved(incident(3), cause=by_deployment, merged_into=1),
                incident(4),
            )
        ),
    )
    found = await scene(store, Need(linked=("checkout",)))
    assert (found.decided, found.guilty) == (2, 1)


async def test_an_address_that_never_answers_is_known_after_its_first_silence(
    store: SqlStore,
) -> None:
    """The first message to a new number may be lost: until the provider would have said so,
    silence is not taken for a habit."""
    await send_page(store)
    (mine,) = await claim_due(store)
    await store.settle(mine, PageState.SENT, NOW, provider_id="SM1", receipt_due_at=NOW)
    pair = ("ana", "sms")
    assert await store.silent_pages(NOW + minutes(1), 9) != []
    assert await store.silent_pages(NOW + minutes(2), 9) != []
    assert (await scene(store, at=NOW + minutes(3))).receiptless == frozenset()
    assert (await scene(store, at=NOW + minutes(10))).receiptless == {pair}
    (answered,) = (await scene(store, Need(page=mine.key))).pages
    told = ReceiptReceived(mine.key, PageState.DELIVERED, NOW + minutes(11))
    delivered = replace(answered, state=told.state, state_at=told.at)
    await save(store, Decision(pages=(delivered,)))
    assert (await scene(store, at=NOW + DAY)).receiptless == frozenset()


async def test_what_is_known_of_a_number_is_forgotten_with_the_number(store: SqlStore) -> None:
    bo, ana = ("bo", "sms"), ("ana", "sms")
    await store.note_addresses({bo: "one", ana: "two"})
    marks = (Mark("bo", "sms", "landline", NOW), Mark("ana", "sms", "opted_out", NOW))
    await save(store, Decision(marks=marks))
    await store.note_addresses({bo: "one", ana: "two"})
    assert await store.unusable(NOW) == {bo: "landline", ana: "opted_out"}
    await store.note_addresses({bo: "another", ana: "two"})
    assert await store.unusable(NOW) == {ana: "opted_out"}
    await send_page(store, state=PageState.SENT, sent_at=NOW, receipt_due_at=NOW, person="bo")
    await store.silent_pages(NOW + minutes(2), 9)
    assert (await scene(store, at=NOW + DAY)).receiptless == {bo}
    await store.note_addresses({bo: "a third", ana: "two"})
    assert (await scene(store, at=NOW + DAY)).receiptless == frozenset()


async def test_what_could_not_be_handed_over_is_no_receipt(store: SqlStore) -> None:
    one = await send_page(store, state=PageState.SENT, sent_at=NOW, receipt_due_at=NOW)
    await store.silent_pages(NOW + minutes(2), 9)
    refused = page("other", state=PageState.FAILED, error="refused")
    await save(store, Decision(effects=(SendPage(refused),)))
    await save(store, Decision(pages=(refused,)))
    found = await scene(store, at=NOW + DAY)
    assert found.receiptless == {(one.person, one.channel)}


async def test_what_is_down_without_an_incident_is_unattended(store: SqlStore) -> None:
    up = signal("mail", Level.UP)
    await save(store, Decision(signals=(signal("a"), signal("b"), signal("b", name="2"), up)))
    await save(store, Decision(incidents=(incident(1, "a"),)))
    assert await store.unattended(NOW) == ["b"]
    await save(store, Decision(incidents=(resolved(incident(1, "a")),)))
    assert await store.unattended(NOW) == ["a", "b"]


async def test_checks_that_left_the_configuration_are_forgotten_alerts_are_not(
    store: SqlStore,
) -> None:
    alert = signal("checkout", name="alert", source="alertmanager")
    await save(store, Decision(signals=(signal("checkout"), signal("search"), alert)))
    await store.save_streak("search/http", "{}", NOW)
    await store.save_streak("checkout/http", "{}", NOW)
    assert await store.forget_checks({"search/http": ("search", "http")}) == 1
    assert list(await store.streaks()) == ["search/http"]
    assert {(it.service, it.name) for it in await store.signals()} == {
        ("search", "http"),
        ("checkout", "alert"),
    }
    assert await store.forget_checks({}) == 1


async def test_incidents_are_due_when_their_next_step_is(store: SqlStore) -> None:
    await save(store, Decision(incidents=(incident(1, "a"), incident(2, "b", tracks=()))))
    assert await store.due_incidents(NOW + minutes(4)) == []
    assert await store.due_incidents(NOW + minutes(5)) == [1]
    await save(store, Decision(incidents=(resolved(incident(1, "a")),)))
    assert await store.due_incidents(NOW + minutes(5)) == []


async def test_a_view_shows_pages_timeline_and_the_silences_of_its_services(
    store: SqlStore,
) -> None:
    silences = [
        Silence(id_, service, NOW, NOW + minutes(5), "", None)
        for id_, service in (("a", "checkout"), ("b", None), ("c", "search"))
    ]
    await save(
        store,
        Decision(
            incidents=(incident(1),),
            silences=tuple(silences),
            effects=(SendPage(page("b")), SendPage(page("a"))),
            entries=(entry("down"), entry("other", incident=2), entry("acknowledged")),
        ),
    )
    view = await store.incident(1)
    assert view is not None
    assert [it.key for it in view.pages] == ["a", "b"]
    assert view.timeline == (entry("down"), entry("acknowledged"))
    assert [it.id for it in view.silences] == ["a", "b"]
    assert await store.incident(2) is None
    assert await store.incident(10**40) is None


async def test_incidents_are_listed_newest_first_and_narrowed(store: SqlStore) -> None:
    await save(
        store,
        Decision(
            incidents=(
                resolved(incident(1, "a", triggered_at=NOW - DAY)),
                incident(2, "a", state=IncidentState.ACKNOWLEDGED),
                incident(3, "b"),
            )
        ),
    )

    async def numbers(**narrowed: object) -> list[int]:
        return [it.number for it in await store.incidents(**narrowed)]  # type: ignore[arg-type]

    assert await numbers() == [3, 2, 1]
    assert await numbers(state="open") == [3, 2]
    assert await numbers(state="acknowledged") == [2]
    assert await numbers(service="a", before=2) == [1]
    assert await numbers(since=NOW, limit=1) == [3]
    assert await numbers(until=NOW) == [1]
    assert await numbers(before=10**30, state="nonsense") == []


async def test_nothing_is_half_done_when_a_transaction_fails(store: SqlStore) -> None:
    decision = Decision(incidents=(incident(1),), entries=(entry(),), signals=(signal(),))

    async def fails() -> None:
        async with store.transaction() as tx:
            await tx.scene(Need(), NOW)
            await tx.save(decision, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert (await scene(store)).signals == ()
    assert await store.incident(1) is None


async def test_names_too_long_for_an_index_are_told_apart(store: SqlStore) -> None:
    one, other = "x" * 5000 + "1", "x" * 5000 + "2"
    await save(store, Decision(deployments=(deployment(one), deployment(other))))
    found = await store.deployments()
    assert len({it.id for it in found}) == 2
    assert await store.deployment(one) is not None
    await store.add_results([StoredResult(one, "c", "http", "up", "", "", NOW)])
    assert len(await store.last_results()) == 1
