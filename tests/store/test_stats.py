"""What stats are counted from, as a database gives it back."""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.deployment import Commit, DeploymentState
from bot.core.follow_up import FollowUp
from bot.core.incident import Affected, Cause, Track, TrackState
from bot.core.link import Label, Link
from bot.core.page import PageState, Urgency
from bot.core.release import Release
from bot.core.scene import Decision
from bot.core.stats.facts import Outage, PartFact, TrackFact
from bot.store import SqlStore
from tests.store.world import (
    NOW,
    deployment,
    entry,
    incident,
    link_to,
    minutes,
    resolved,
    save,
    send_page,
)

DAY = timedelta(days=1)


def blamed(id_: str) -> Cause:
    return Cause("deployment", id_, "", "bo", NOW)


async def ids(
    store: SqlStore, since: datetime, until: datetime, service: str | None = None
) -> set[str]:
    return {it.id for it in (await store.facts(since, until, service)).deployments}


async def test_deployments_that_ended_in_the_period_and_those_that_are_blamed(
    store: SqlStore,
) -> None:
    shipped = (
        deployment("first", ended_at=NOW),
        deployment("last", ended_at=NOW + minutes(9)),
        deployment("after", ended_at=NOW + minutes(10)),
        deployment("runs", ended_at=None, state=DeploymentState.STARTED),
        deployment("other", "search", ended_at=NOW),
        deployment("old", ended_at=NOW - 99 * DAY),
    )
    await save(store, Decision(deployments=shipped))
    period = (NOW, NOW + minutes(10))
    assert await ids(store, *period) == {"first", "last", "other"}
    assert await ids(store, *period, "checkout") == {"first", "last"}
    await save(store, Decision(incidents=(incident(cause=blamed("old")),)))
    assert await ids(store, *period) == {"first", "last", "other", "old"}


async def test_a_deployment_brings_its_commits_and_whether_it_mends(store: SqlStore) -> None:
    commits = (Commit("a", at=NOW - DAY), Commit("b"), Commit("c", at=NOW - minutes(90)))
    back = deployment("back", rollback=True, commits=commits)
    await save(store, Decision(deployments=(deployment(commits=commits, version=""), back)))
    release = Release("r1", "checkout", "v1", None, None, None, NOW, mends=3, deployment="d1")
    await save(store, Decision(releases=(release,)))
    found = {it.id: it for it in (await store.facts(NOW - DAY, NOW)).deployments}
    assert found["d1"].commits == (("a", NOW - DAY), ("c", NOW - minutes(90)))
    assert (found["d1"].mends, found["d1"].rollback, found["d1"].name) == (True, False, "a1b2c3d")
    assert (found["d1"].started_at, found["d1"].ended_at) == (NOW - minutes(20), NOW - minutes(10))
    assert (found["back"].mends, found["back"].rollback, found["back"].commits) == (False, True, ())


async def test_an_incident_with_its_services_teams_link_and_cause(store: SqlStore) -> None:
    one = resolved(
        incident(
            7,
            services=(
                Affected("checkout", NOW, "", up_at=NOW + minutes(5)),
                Affected("search", NOW, ""),
            ),
            tracks=(
                Track("it", TrackState.ACKNOWLEDGED, NOW, by="ana", at=NOW + minutes(2)),
                Track("development", TrackState.RESOLVED, NOW + minutes(1)),
            ),
            link=link_to(deployment("d9")),
            reopened=1,
        ),
        NOW + minutes(5),
    )
    await save(store, Decision(incidents=(one,)))
    await send_page(store, key="info", incident=7, urgency=Urgency.INFO, sent_at=NOW)
    await send_page(store, key="late", incident=7, sent_at=NOW + minutes(1.5), state=PageState.SENT)
    await send_page(store, key="first", incident=7, sent_at=NOW + minutes(1), state=PageState.SENT)
    (found,) = (await store.facts(NOW - DAY, NOW + DAY)).incidents
    assert found.parts == (PartFact("checkout", NOW, NOW + minutes(5)), PartFact("search", NOW))
    assert found.tracks == (
        TrackFact("it", NOW + minutes(1), NOW + minutes(2)),
        TrackFact("development", NOW + minutes(1), None),
    )
    assert (found.label, found.suspected, found.cause) == (Label.SUSPECTED, "d9", None)
    assert (found.resolved_at, found.by_itself, found.reopened) == (NOW + minutes(5), True, 1)
    answer = FollowUp("it", NOW, by="ana", at=NOW + minutes(60), text="A canary first")
    gone = FollowUp("development", NOW, withdrawn_at=NOW)
    decided = replace(one, cause=blamed("d1"), resolved_by="bo", follow_ups=(answer, gone))
    await save(store, Decision(incidents=(decided,)))
    facts = await store.facts(NOW - DAY, NOW + DAY)
    (found,) = facts.incidents
    assert (found.cause, found.deployment, found.by_itself) == ("deployment", "d1", False)
    assert (found.label, found.suspected) == (Label.NONE, None), "nobody asks once it is decided"
    assert found.follow_ups == (answer,)
    outage = Outage(7, ("checkout", "search"), ("it", "development"), NOW, NOW + minutes(5))
    assert facts.outages == (outage,)


async def test_of_an_incident_that_was_reopened_the_pages_are_of_its_last_outage(
    store: SqlStore,
) -> None:
    again = NOW + minutes(20)
    tracks = (
        Track("it", TrackState.ACKNOWLEDGED, again, round=1, by="ana", at=again + minutes(3)),
    )
    one = incident(1, tracks=tracks, reopened=2)
    told = [("triggered", 0.0), ("resolved", 5.0), ("reopened", 8.0), ("resolved", 12.0)]
    entries = tuple(
        entry(kind=kind, at=NOW + minutes(at)) for kind, at in [*told, ("reopened", 20)]
    )
    await save(store, Decision(incidents=(one,), entries=entries))
    await send_page(store, key="before", sent_at=NOW, state=PageState.SENT)
    await send_page(store, key="again", sent_at=again + minutes(1), state=PageState.SENT)
    (found,) = (await store.facts(NOW - DAY, NOW + DAY)).incidents
    assert found.tracks == (TrackFact("it", again + minutes(1), again + minutes(3)),)
    spans = [(5.0, 8.0), (12.0, 20.0)]
    assert found.breaks == tuple((NOW + minutes(up), NOW + minutes(down)) for up, down in spans)


async def test_incidents_that_reach_into_the_period_or_blame_its_deployments(
    store: SqlStore,
) -> None:
    """The period is the day after NOW; a deployment ended in it."""
    start, end = NOW, NOW + DAY
    around = (
        (1, start - DAY, start - minutes(1), None),  # over before it
        (2, start - DAY, start, None),
        (3, start - 9 * DAY, None, None),
        (4, end + 2 * DAY, end + 3 * DAY, None),  # may suspect one of its deployments
        (5, end + 9 * DAY, end + 10 * DAY, None),
        (6, end + 9 * DAY, end + 10 * DAY, blamed("d1")),
        (7, start - 9 * DAY, start - 8 * DAY, blamed("d1")),
        (8, start - 9 * DAY, start - 8 * DAY, blamed("d0")),
    )
    incidents = []
    for number, began, over, cause in around:
        one = incident(number, f"s{number}", began_at=began, triggered_at=began, cause=cause)
        incidents.append(resolved(one, over) if over else one)
    merged = resolved(incident(9, "s9", merged_into=3), NOW)
    shipped = (deployment("d1", ended_at=NOW + minutes(1)), deployment("d0", ended_at=NOW - DAY))
    await save(store, Decision(incidents=(*incidents, merged), deployments=shipped))
    facts = await store.facts(start, end)
    assert {it.number for it in facts.incidents} == {2, 3, 4, 6, 7}
    assert [it.number for it in facts.outages] == [7, 8, 6]


async def test_what_is_one_of_several_and_what_is_not_known(store: SqlStore) -> None:
    several = replace(link_to(deployment("d3")), label=Label.ONE_OF)
    both = (incident(1, link=several), incident(2, "search", link=Link(Label.NONE)))
    await save(store, Decision(incidents=both, deployments=(deployment("d1", "mail"),)))
    facts = await store.facts(NOW - DAY, NOW + DAY)
    links = {it.number: (it.label, it.suspected) for it in facts.incidents}
    assert links == {1: (Label.ONE_OF, "d3"), 2: (Label.NONE, None)}
    assert facts.known_since["mail"] == NOW - minutes(20)


async def test_totals_count_everything_there_ever_was(store: SqlStore) -> None:
    shipped = (deployment("d1"), deployment("d2"), deployment("d3", state=DeploymentState.FAILED))
    tracks = (
        Track("it", TrackState.ACKNOWLEDGED, NOW, by="ana", at=NOW + timedelta(seconds=90)),
        Track("development", TrackState.PAGING, NOW),
    )
    broken = (
        resolved(incident(1, tracks=tracks, cause=blamed("d1"))),
        resolved(incident(2, tracks=tracks)),
        resolved(incident(3, tracks=tracks, merged_into=1)),
    )
    await save(store, Decision(deployments=shipped, incidents=broken))
    await send_page(store, state=PageState.DELIVERED, sent_at=NOW)
    await send_page(store, key="told", urgency=Urgency.INFO)
    found = await store.totals()
    assert found.deployments == {
        ("checkout", "production", "succeeded"): 2,
        ("checkout", "production", "failed"): 1,
    }
    assert found.incidents == {"deployment": 1, "undecided": 1}
    assert found.pages == {("sms", "delivered"): 1}
    assert set(found.acknowledgements) == {"it"}
    waits = found.acknowledgements["it"]
    assert (waits.within, waits.count) == ((0, 0, 2, 2, 2, 2, 2, 2, 2), 2)
    assert abs(waits.seconds - 180) < 0.01
