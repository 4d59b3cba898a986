"""Which incidents stand beside a deployment, and which deployments have any."""

from dataclasses import replace
from datetime import timedelta

from bot.core.incident import Cause, Incident
from bot.core.link import Label
from bot.core.scene import Decision
from bot.ports import LinkedIncident
from bot.store import SqlStore
from tests.store.world import NOW, deployment, incident, link_to, minutes, resolved, save

DAY = timedelta(days=1)
OLD, NEW, OTHER = (
    deployment("old", started_at=NOW - 60 * DAY),
    deployment("new", started_at=NOW - minutes(20)),
    deployment("other", "search", started_at=NOW - minutes(10)),
)


def weighed(number: int, on: str, label: Label, *services: str) -> Incident:
    link = replace(link_to({it.id: it for it in (OLD, NEW, OTHER)}[on]), label=label)
    return incident(number, *services, link=link)


def decided(number: int, on: str | None, **more: object) -> Incident:
    kind = "deployment" if on else "other"
    cause = Cause(kind, on, "", "bo", NOW)
    return resolved(replace(weighed(number, "new", Label.SUSPECTED), cause=cause, **more))  # type: ignore[arg-type]


async def test_a_deployment_has_the_incidents_that_people_decided_on_and_the_suspected_ones(
    store: SqlStore,
) -> None:
    found = (
        decided(1, "old"),  # though its link named another one, two months later
        decided(2, None),
        weighed(3, "new", Label.SUSPECTED, "payments", "checkout"),
        replace(weighed(4, "new", Label.SUSPECTED, "mail"), merged_into=3),
        weighed(5, "other", Label.POSSIBLE, "search"),
        weighed(6, "new", Label.UNLIKELY, "shop"),
    )
    await save(store, Decision(deployments=(OLD, NEW, OTHER), incidents=found))
    linked = await store.incidents_of([OLD, NEW, OTHER])
    assert {id_: [(it.number, it.label) for it in its] for id_, its in linked.items()} == {
        "old": [(1, "confirmed")],
        "new": [(3, "suspected")],
        "other": [(5, "possible")],
    }
    assert linked["new"] == [LinkedIncident(3, "payments", "triggered", NOW, None, "suspected")]
    assert linked["old"][0].resolved_at == NOW
    assert set(await store.incidents_of([OLD])) == {"old"}
    assert await store.incidents_of([]) == {}

    async def of(how: str, since: object = None) -> list[str]:
        found = await store.deployments(incidents=how, since=since)  # type: ignore[arg-type]
        return [it.id for it in found]

    assert await of("confirmed") == ["old"]
    assert await of("suspected") == ["new", "old"]
    assert await of("suspected", NOW - DAY) == ["new"]


async def test_incidents_are_found_by_what_people_decided(store: SqlStore) -> None:
    found = (
        decided(1, "old"),
        decided(2, None),
        weighed(3, "new", Label.SUSPECTED),
        replace(weighed(4, "new", Label.SUSPECTED, "mail"), merged_into=3),
    )
    await save(store, Decision(deployments=(OLD, NEW), incidents=found))
    for cause, numbers in (("deployment", [1]), ("other", [2]), ("undecided", [3])):
        assert [it.number for it in await store.incidents(cause=cause)] == numbers
