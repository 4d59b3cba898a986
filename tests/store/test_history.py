"""History from elsewhere, on both databases."""

from dataclasses import replace

from bot.core.history import PastIncident, PastPage, incident_of
from bot.core.link import Label, Link
from bot.ports.history import PastRecord
from bot.store import SqlStore
from tests.importing.world import POLICY
from tests.store.world import NOW, deployment, link_to, minutes

PAST = PastIncident(
    id="OPS-1",
    service="checkout",
    began_at=NOW - minutes(60),
    triggered_at=NOW - minutes(59),
    resolved_at=NOW - minutes(30),
    acknowledged=(("it", NOW - minutes(50), None),),
    pages=(PastPage("ana", "it", "sms", NOW - minutes(59)),),
)
FOUND = Link(Label.NONE, reason="nothing known")


def record(past: PastIncident = PAST, digest: str = "one", number: int = 0) -> PastRecord:
    return PastRecord(past, incident_of(past, POLICY, number, FOUND), digest)


async def test_incidents_are_numbered_once_and_change_in_place(store: SqlStore) -> None:
    history = store.history
    other = replace(PAST, id="OPS-2", began_at=NOW - minutes(90))
    assert await history.add_incidents([record(), record(other)]) == 2
    changed = replace(PAST, title="HTTP 500", pages=())
    assert await history.add_incidents([record(changed, "two", 1)]) == 1
    # Two imports at once: the second one learns the number when it writes.
    assert await history.add_incidents([record(changed, "three")]) == 1
    known = await history.known_incidents(["OPS-1", "OPS-2", "OPS-3"])
    assert {id_: (it.number, it.digest) for id_, it in known.items()} == {
        "OPS-1": (1, "three"),
        "OPS-2": (2, "one"),
    }
    assert [it.number for it in await store.incidents()] == [2, 1]
    assert [len((await store.incident(n)).pages) for n in (1, 2)] == [0, 1]  # type: ignore[union-attr]


async def test_a_deployment_that_was_reported_live_is_left_alone(store: SqlStore) -> None:
    history = store.history
    assert await history.add_deployments([(deployment("a"), "one"), (deployment("b"), "one")]) == 2
    async with store.database.transaction() as connection:
        await connection.exec_driver_sql("UPDATE deployments SET imported_digest = NULL")
    later = [(deployment("a", version="other"), "two"), (deployment("c"), "one")]
    assert await history.add_deployments(later) == 1
    known = await history.known_deployments(["a", "b", "c", "d"])
    assert {id_: it.digest for id_, it in known.items()} == {"a": None, "b": None, "c": "one"}
    assert {it.version for it in await store.deployments()} == {"v1.42"}


async def test_deployments_around_an_incident_are_found_with_the_one_before(
    store: SqlStore,
) -> None:
    made = [
        (deployment(f"d{ago}", started_at=NOW - minutes(ago), commits=()), "one")
        for ago in (50, 40, 10, 0)
    ]
    await store.history.add_deployments(made)
    found = await store.history.deployments(["checkout"], NOW - minutes(30), NOW)
    assert sorted(it.id for it in found) == ["d10", "d40"]


async def test_only_what_nobody_has_decided_is_linked_again(store: SqlStore) -> None:
    history = store.history
    decided = replace(PAST, id="OPS-2", cause="other")
    await history.add_incidents([record(), record(decided)])
    assert [it[0] for it in await history.undecided(["checkout"], NOW - minutes(90))] == [1]
    link = link_to(deployment())
    await history.relink({1: link, 2: link})
    labels = {it.number: it.link.label for it in await store.incidents()}
    assert labels == {1: Label.SUSPECTED, 2: Label.NONE}
    assert [it.guilty for it in await history.decided()] == [False]
    assert await history.decided(leave_out=[2]) == []
