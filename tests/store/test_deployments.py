"""Deployments: one row each, commits only ever added, newest first by start."""

from datetime import timedelta

from bot.core.deployment import Attempt, Commit, DeploymentState
from bot.core.scene import Decision
from bot.store import SqlStore
from tests.store.world import NOW, deployment, minutes, save

DAY = timedelta(days=1)


async def test_a_deployment_comes_back_as_it_was(store: SqlStore) -> None:
    one = deployment(
        state=DeploymentState.FAILED,
        sha=None,
        previous_sha=None,
        url="https://example.org/1",
        artifact="sha256:1",
        by_hand=True,
        rollback=True,
        created_at=NOW - DAY,
        said_at=NOW,
        shared=True,
        untouched=True,
        earlier=(Attempt(DeploymentState.FAILED, None, NOW - DAY, NOW - DAY),),
        commits=(Commit("b", "second"), Commit("a", "first", "Ana", NOW, "https://x", ("f", "g"))),
    )
    await save(store, Decision(deployments=(one,)))
    assert await store.deployment("d1") == one
    assert await store.deployment("d2") is None


async def test_commits_are_kept_when_a_later_version_names_none(store: SqlStore) -> None:
    one = deployment()
    await save(store, Decision(deployments=(one,)))
    await save(store, Decision(deployments=(deployment(version="v2", commits=()),)))
    found = await store.deployment("d1")
    assert found is not None
    assert (found.version, found.commits) == ("v2", one.commits)


async def test_they_are_listed_newest_first_and_page_by_page(store: SqlStore) -> None:
    made = [deployment(f"d{n}", started_at=NOW - n * DAY) for n in range(5)]
    made.append(deployment("same", started_at=NOW - 2 * DAY))
    made.append(deployment("mail", "mail", started_at=NOW, environment="Staging"))
    await save(store, Decision(deployments=tuple(made)))

    async def ids(**narrowed: object) -> list[str]:
        return [it.id for it in await store.deployments(**narrowed)]  # type: ignore[arg-type]

    assert await ids(service="checkout") == ["d0", "d1", "same", "d2", "d3", "d4"]
    assert await ids(service="checkout", limit=2, before="d1") == ["same", "d2"]
    assert await ids(before="same", limit=1) == ["d2"]
    assert await ids(before="unknown") == []
    assert await ids(environment=" STAGING ") == ["mail"]
    assert await ids(since=NOW - DAY, until=NOW) == ["d1"]
    elsewhere = deployment("elsewhere", started_at=NOW, shared=True, untouched=True)
    await save(store, Decision(deployments=(elsewhere,)))
    assert "elsewhere" not in await ids(), "it touched nothing of the service"


async def test_one_that_only_reported_its_end_stands_where_it_ended(store: SqlStore) -> None:
    ended = deployment("ended", started_at=None, ended_at=NOW - minutes(1))
    await save(store, Decision(deployments=(ended, deployment("before"))))
    assert [it.id for it in await store.deployments()] == ["ended", "before"]


async def test_the_latest_of_many_places_come_at_once(store: SqlStore) -> None:
    made = [deployment(f"d{n}", started_at=NOW - n * DAY) for n in range(4)]
    made.append(deployment("mail", "mail", started_at=NOW - 90 * DAY, environment="live"))
    made.append(deployment("elsewhere", environment="staging"))
    made.append(deployment("untouched", started_at=NOW, shared=True, untouched=True))
    await save(store, Decision(deployments=tuple(made)))
    services = [(f"s{n}", "production") for n in range(120)]
    places = [("checkout", "production"), *services, ("mail", "live")]
    found = await store.latest_deployments(places, 2)
    assert sorted(it.id for it in found) == ["d0", "d1", "mail"]
    assert await store.latest_deployments([], 2) == []
