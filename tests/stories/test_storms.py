"""Many services at once, on the real thing: one incident, one thread, few texts."""

from pathlib import Path

from bot.core.signal import Level
from tests.stories.setting import CONFIG
from tests.stories.world import World, world

MANY = tuple(f"s{n}" for n in range(1, 8))
STORMY = CONFIG + "".join(
    f"  {name}:\n    teams: [it, development]\n    checks: []\n" for name in MANY
)


async def all_go_down(story: World) -> None:
    for name in MANY:
        await story.reports(Level.DOWN, name)
        await story.passes(seconds=1)


async def test_seven_at_once_are_one_incident_and_the_old_numbers_act_on_it(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, STORMY) as story:
        await all_go_down(story)
        await story.passes(seconds=25, step=5)
        assert await story.open_incidents() == [1]
        first, second = story.phone("ana")
        assert first.startswith("#1 DOWN s1")
        assert second.startswith("#1 7 DOWN since 03:12: s1, s2, s3, s4 (+3).")
        assert len(second) <= 160
        assert "s1, s2 and 5 more are down" in (await story.header()).replace("*", "")
        assert "#2 s2 is part of #1 now" in (await story.header(2)).replace("*", "")
        assert "#4 is part of #1 now. #1 is yours for IT" in (await story.texts("ana", "4"))[0]
        told = await story.clicks("bo", "I have it")
        assert "#1 is yours for Development" in told[0]
        for name in MANY:
            await story.reports(Level.UP, name)
        assert await story.open_incidents() == []
        assert [text for text in story.phone("ana") if " UP " in text] == story.phone("ana")[-1:]
        assert (await story.api("/api/incidents/3"))["merged_into"] == 1


async def test_a_dependency_that_comes_back_leaves_what_stays_down(tmp_path: Path) -> None:
    async with world(tmp_path) as story:
        await story.deploys(ago=6)
        await story.reports(Level.DOWN, "payments")
        await story.reports(Level.DOWN, "checkout")
        assert await story.open_incidents() == [1]
        assert story.phone("ana")[-1].startswith("#1 DOWN payments (+1)")
        await story.reports(Level.UP, "payments")
        await story.passes(seconds=125, step=5)
        assert await story.open_incidents() == [2]
        *_, own, over = story.phone("ana")
        assert own.startswith("#2 DOWN checkout")
        assert "payments is back, it is not." in own
        assert "d1" in own or "a1b2c3d" in own, "its own deployment was weighed"
        assert (await story.api("/api/incidents/2"))["parted_from"] == "payments"
        assert over.startswith("#1 UP payments after")
        assert "(03:12)" in over


async def test_many_services_in_one_delivery_of_alerts_are_one_incident(tmp_path: Path) -> None:
    async with world(tmp_path, STORMY) as story:
        alerts = [
            {
                "status": "firing",
                "labels": {"alertname": "Down", "service": name},
                "annotations": {"summary": f"{name} does not answer"},
                "startsAt": "2026-11-24T03:11:30Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "fingerprint": name,
            }
            for name in MANY
        ]
        group = {"version": "4", "status": "firing", "groupKey": "all", "alerts": alerts}
        answer = await story.post("/hooks/alertmanager", group)
        assert answer.is_success, answer.text
        await story.settle()
        assert await story.open_incidents() == [1]
        await story.passes(seconds=25, step=5)
        assert len(story.phone("ana")) <= 2
        assert "#1 7 DOWN since 03:11" in story.phone("ana")[-1]


async def test_what_was_paged_from_memory_is_one_incident_afterwards(tmp_path: Path) -> None:
    """All twelve run on the machine that goes down."""
    check = 'checks: [{name: health, http: "SERVICES/services/checkout/health", every: 10s}]'
    eleven = (f"  s{n}:\n    teams: [it, development]\n    {check}\n" for n in range(1, 12))
    async with world(tmp_path, CONFIG + "".join(eleven)) as story:
        await story.loses_its_database()
        await story.goes_down("checkout")
        await story.passes(seconds=20)
        assert "12 DOWN: " in " ".join(story.phone("ana"))
        await story.gets_its_database_back()
        await story.passes(seconds=30, step=3)
        assert await story.open_incidents() == [1]
        told = [text for text in story.phone("ana") if text.startswith("#1 12 DOWN since 03:12")]
        assert len(told) == 1
        assert len([text for text in await story.replies() if "from memory" in text]) == 1
