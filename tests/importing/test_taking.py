"""What becomes of imported history, in a real database."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from bot.core.deployment import DeploymentState
from bot.core.incident import Cause, Incident, IncidentState, TrackState
from bot.core.link import Label
from bot.core.scene import Decision, Need
from bot.store import SqlStore
from bot.store.tables import EntryRow, OutboxRow, table
from tests.importing.world import BEGAN, NOW, at, deployment, imports, incident
from tests.store.world import deployment as live_deployment
from tests.store.world import incident as live_incident
from tests.store.world import save

PAGE = {"person": "ana", "team": "it", "channel": "call", "at": at(1)}


async def only(store: SqlStore) -> Incident:
    (found,) = await store.incidents()
    return found


async def rows(store: SqlStore, model: type) -> list[sa.Row[tuple[object, ...]]]:
    async with store.database.reader.connect() as connection:
        return list(await connection.execute(sa.select(table(model))))


async def test_an_incident_is_over_with_its_teams_its_link_and_where_it_came_from(
    store: SqlStore,
) -> None:
    await imports(store, incident(source="pagerduty", title="HTTP 503"), deployment())
    found = await only(store)
    assert found.state is IncidentState.RESOLVED
    assert (found.imported_from, found.imported_id) == ("pagerduty", "OPS-77")
    assert (found.began_at, found.resolved_at) == (BEGAN, BEGAN + timedelta(minutes=30))
    assert found.part("checkout").detail == "HTTP 503"
    assert [(it.team, it.state) for it in found.tracks] == [
        ("it", TrackState.ACKNOWLEDGED),
        ("development", TrackState.RESOLVED),
    ]
    assert found.acknowledged_at is None, "development never came"
    assert found.cause is None
    assert found.link.label is Label.SUSPECTED
    assert found.link.named is not None
    assert found.link.named.deployment.id == "run-812"


async def test_when_every_team_has_come_it_was_acknowledged(store: SqlStore) -> None:
    await imports(store, incident(acknowledged={"it": at(6), "development": at(9)}))
    assert (await only(store)).acknowledged_at == BEGAN + timedelta(minutes=9)


async def test_causes_are_what_people_had_decided(store: SqlStore) -> None:
    lines = [incident(id="a", cause="run-812"), incident(id="b", cause="other", note="a disk")]
    await imports(store, *lines, deployment())
    causes = {it.imported_id: it.cause for it in await store.incidents()}
    assert causes["a"] == Cause(
        "deployment", "run-812", "", "import", BEGAN + timedelta(minutes=30)
    )
    assert causes["b"] == Cause("other", None, "a disk", "import", BEGAN + timedelta(minutes=30))


async def test_a_cause_that_nobody_knows_is_a_mistake_and_nothing_is_written(
    store: SqlStore,
) -> None:
    found = await imports(store, deployment(), incident(cause="run-1"))
    assert [str(it) for it in found.problems] == [
        "line 2: cause: no deployment 'run-1' is known, here or in the file: give its id, "
        '"other", or null where nobody knows'
    ]
    assert await store.incidents() == []
    assert await store.deployments() == []
    assert await rows(store, EntryRow) == []


async def test_a_mistake_hides_no_cause_that_nobody_knows_and_makes_no_other(
    store: SqlStore,
) -> None:
    found = await imports(
        store,
        deployment(finished_at="noon"),
        incident(cause="run-812"),  # it is in the file, however wrong
        incident(id="b", service="chekout", cause="run-1"),
    )
    assert [(it.line, it.field) for it in found.problems] == [
        (1, "finished_at"),
        (3, "service"),
        (3, "cause"),
    ]


async def test_a_cause_may_be_known_here_already(store: SqlStore) -> None:
    await imports(store, deployment())
    assert (await imports(store, incident(cause="run-812"))).problems == []


async def test_again_is_harmless(store: SqlStore) -> None:
    lines = [deployment(), incident(pages=[PAGE])]
    await imports(store, *lines)
    before = await only(store), await rows(store, OutboxRow), await rows(store, EntryRow)
    found = await imports(store, *lines)
    assert (found.deployments.there, found.incidents.there, found.writes) == (1, 1, False)
    assert before == (await only(store), await rows(store, OutboxRow), await rows(store, EntryRow))


async def test_a_line_that_changed_replaces_what_was_imported(store: SqlStore) -> None:
    await imports(store, deployment(), incident(pages=[PAGE, PAGE]))
    changed = incident(resolved_at=at(45), pages=[PAGE | {"at": at(3)}])
    found = await imports(store, deployment(status="failed"), changed)
    assert (len(found.deployments.changed), len(found.incidents.changed)) == (1, 1)
    (there,) = await store.deployments()
    assert there.state is DeploymentState.FAILED
    one = await only(store)
    assert (one.number, one.resolved_at) == (1, BEGAN + timedelta(minutes=45))
    view = await store.incident(1)
    assert view is not None
    assert [it.sent_at for it in view.pages] == [BEGAN + timedelta(minutes=3)]


async def test_what_people_decided_here_outlives_another_import(store: SqlStore) -> None:
    await imports(store, deployment(), incident())
    decided = replace(await only(store), cause=Cause("other", None, "a disk", "ana", NOW))
    await save(store, Decision(incidents=(decided,)))
    await imports(store, incident(cause="run-812", title="HTTP 500"))
    found = await only(store)
    assert found.part("checkout").detail == "HTTP 500"
    assert found.cause == decided.cause


async def test_what_was_reported_live_is_left_as_it_is(store: SqlStore) -> None:
    live = live_deployment("run-812", version="live")
    await save(store, Decision(deployments=(live,)))
    found = await imports(store, deployment())
    assert (found.deployments.live, found.writes) == (1, False)
    assert [it.version for it in await store.deployments()] == ["live"]


async def test_what_is_told_of_live_after_its_import_is_live_from_then_on(store: SqlStore) -> None:
    await imports(store, deployment())
    (there,) = await store.deployments()
    await save(store, Decision(deployments=(replace(there, state=DeploymentState.ROLLED_BACK),)))
    found = await imports(store, deployment(version="v9"))
    assert (found.deployments.live, found.writes) == (1, False)


async def test_numbers_go_on_and_lists_go_by_time(store: SqlStore) -> None:
    later = dict.fromkeys(("began_at", "triggered_at", "resolved_at"), "2026-10-01T00:00:00Z")
    late = incident(id="late", acknowledged={}, **later)
    await save(store, Decision(incidents=(live_incident(1, triggered_at=NOW),)))
    await imports(store, late, incident(id="early"))
    found = [(it.number, it.imported_id) for it in await store.incidents()]
    assert found == [(1, None), (3, "late"), (2, "early")]
    rest = await store.incidents(before=3, limit=5)
    assert [it.number for it in rest] == [2]
    async with store.transaction() as tx:
        assert (await tx.scene(Need((), (), ()), NOW)).next_number == 4


async def test_deployments_that_come_later_link_what_nobody_has_decided(store: SqlStore) -> None:
    await imports(store, incident())
    assert (await only(store)).link.label is Label.NONE
    await imports(store, deployment(id="pay", service="payments"), deployment())
    named = (await only(store)).link.named
    assert named is not None
    assert named.deployment.id == "run-812"


async def test_one_run_of_two_services_is_two_deployments_and_the_cause_is_the_own_one(
    store: SqlStore,
) -> None:
    lines = [deployment(service="payments"), deployment(), incident(cause="run-812")]
    await imports(store, *lines)
    cause = (await only(store)).cause
    assert cause is not None
    by_id = {it.id: it.service for it in await store.deployments()}
    assert len(by_id) == 2
    assert by_id[cause.deployment or ""] == "checkout"
    again = await imports(store, *lines)
    assert not again.writes


async def test_an_older_version_that_went_out_again_is_a_rollback(store: SqlStore) -> None:
    times = [{"started_at": at(m), "finished_at": at(m + 1)} for m in (0, 10, 20)]
    versions = [("a", "v1", "sha-1"), ("b", "v2", "sha-2"), ("c", "v1", "sha-1")]
    lines = [
        deployment(id=id_, version=version, sha=sha) | when
        for (id_, version, sha), when in zip(versions, times, strict=True)
    ]
    await imports(store, *reversed(lines))
    found = {it.id: (it.rollback, it.previous_sha) for it in await store.deployments()}
    assert found == {"a": (False, None), "b": (False, "sha-1"), "c": (True, "sha-2")}


async def test_pages_count_and_the_audit_log_has_one_line(store: SqlStore) -> None:
    await imports(store, deployment(), incident(pages=[PAGE]), incident(id="b"))
    (counted,) = await store.handed_over(BEGAN, NOW)
    assert (counted.person, counted.channel, counted.imported) == ("ana", "call", True)
    assert [row.state for row in await rows(store, OutboxRow)] == ["delivered"]
    (entry,) = await rows(store, EntryRow)
    assert (entry.kind, entry.by) == ("imported", "Ana")
    assert entry.text == "Import of 1 deployment and 2 incidents from h.jsonl"
    assert '"sha256"' in entry.facts
