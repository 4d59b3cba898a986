"""Which deployment: named in the first text and the first line of the thread, or "none known"."""

import re
from pathlib import Path

from tests.stories.setting import CONFIG
from tests.stories.world import World, world


def first_line(story: World) -> str:
    """Of the thread."""
    return story.channel()[0].splitlines()[0]


async def label(story: World) -> str:
    """How strongly the named deployment is suspected, as the API says it."""
    deployment = (await story.api())["deployment"]
    return str(deployment["link"]) if deployment else "none"


async def busy(story: World, service: str = "checkout", days: int = 20) -> None:
    """A service that is deployed twice a day."""
    for number in range(2 * days, 0, -1):
        minutes = number * 12 * 60 + 7
        await story.deploys(f"{service}-{number}", service, ago=minutes, version=f"v1.{number}")


async def test_a_deployment_just_before_is_suspected_and_named_with_the_odds(
    story: World,
) -> None:
    await story.deploys(ago=6)
    await story.goes_down()
    assert "v1.42 a1b2c3d by Bo, 6 min before" in story.phone("ana")[0]
    assert "v1.42 a1b2c3d by Bo, 6 min before, suspected" in first_line(story)
    assert "ended 6 min before; checkout was deployed" in await story.header()
    found = await story.api()
    assert (found["deployment"]["id"], found["deployment"]["link"]) == ("d1", "suspected")
    assert found["deployment"]["odds"] > 1
    assert found["most_recent"]["id"] == "d1"


async def test_without_any_deployment_the_first_text_says_that_none_is_known(
    story: World,
) -> None:
    await story.goes_down()
    assert "No deployment known." in story.phone("ana")[0]
    assert "no deployment known" in first_line(story)
    assert await label(story) == "none"


async def test_the_last_deployment_is_named_although_it_is_long_ago(story: World) -> None:
    await story.deploys(ago=60 * 24 * 5)
    await story.goes_down()
    assert (
        "Unlikely: Last deploy v1.42" in story.phone("ana")[0]
        or "5 d before" in (story.phone("ana")[0])
    )
    assert first_line(story).endswith("v1.42 a1b2c3d by Bo, 5 d before, unlikely")


async def test_where_deployments_are_frequent_half_a_day_ago_is_not_suspected(
    story: World,
) -> None:
    await busy(story)
    await story.goes_down()
    assert await label(story) in ("unlikely", "possible")
    assert "is deployed about every 12 h" in await story.header()


async def test_a_roll_out_in_progress_counts_and_is_said(story: World) -> None:
    await story.deploys(status="started", ago=0, took=10)
    story.services["checkout"].break_down()
    await story.passes(seconds=50, step=3)
    assert "v1.42 a1b2c3d by Bo, while rolling out" in story.phone("ana")[0]
    assert await label(story) == "suspected"


async def test_a_fix_shipped_during_the_outage_is_never_suspected(story: World) -> None:
    await story.deploys("guilty", ago=4, version="v1.42")
    await story.goes_down()
    await story.deploys("fix", ago=0, took=0, version="v1.43")
    assert (await story.api())["deployment"]["id"] == "guilty"
    assert "v1.43" not in await story.header()


async def test_a_deployment_to_staging_is_not_a_candidate(story: World) -> None:
    await story.deploys(ago=3, environment="staging")
    await story.goes_down()
    assert await label(story) == "none"


async def test_a_late_report_is_weighed_again_the_thread_says_so_and_one_text_goes_out(
    story: World,
) -> None:
    await story.deploys("old", ago=60 * 24 * 5, version="v1.41")
    await story.goes_down()
    texts = len(story.phone("ana"))
    await story.deploys("late", ago=4, version="v1.42")
    said = (await story.replies())[-1]
    assert said.startswith("Deployment *v1.42* is now *suspected*")
    assert said.endswith("(was: v1.41, unlikely)")
    assert "*Last deployment:* v1.42" in await story.header()
    assert story.phone("ana")[texts].startswith("#1 checkout: a deployment is now suspected. Last")
    assert len(story.phone("ana")) == texts + 1
    await story.deploys("late", ago=4, version="v1.42")
    assert len(story.phone("ana")) == texts + 1, "the same report again changes nothing"


async def test_a_late_report_that_changes_nothing_sends_no_text(story: World) -> None:
    await story.deploys("guilty", ago=4)
    await story.goes_down()
    texts = len(story.phone("ana"))
    await story.deploys("older", ago=60 * 24 * 2, version="v1.40")
    assert len(story.phone("ana")) == texts
    assert (await story.api())["deployment"]["id"] == "guilty"


async def test_a_late_report_of_a_dependency_brings_its_team_in(story: World) -> None:
    await story.goes_down()
    await story.deploys("p1", "payments", ago=3, version="v7", by="Eve")
    assert await label(story) == "suspected"
    assert list(await story.tracks()) == ["it", "development", "payments_team"]
    assert "payments v7" in story.phone("eve")[0]
    assert any("Payments shipped the suspected deployment" in t for t in await story.replies())


async def test_the_services_own_last_deployment_is_shown_beside_a_suspected_dependency(
    story: World,
) -> None:
    await story.deploys("own", ago=60 * 24 * 2, version="v1.42")
    await story.deploys("p1", "payments", ago=3, version="v7", by="Eve")
    await story.goes_down()
    found = await story.api()
    assert found["deployment"]["id"] == "p1"
    assert found["most_recent"]["id"] == "own"
    assert "v1.42" in await story.header()


async def test_a_report_without_a_start_is_shown_as_about(story: World) -> None:
    await story.deploys(started_at=None, finished_at=None)
    await story.passes(minutes=3, step=30)
    await story.goes_down()
    assert "v1.42 a1b2c3d by Bo, about 3 min before" in first_line(story)


async def test_a_time_that_was_never_set_keeps_nobody_from_being_paged(story: World) -> None:
    await story.deploys(started_at=None, finished_at="0001-01-01T00:00:00Z")
    await story.passes(minutes=3, step=30)
    await story.goes_down()
    assert "v1.42 a1b2c3d by Bo, about 3 min before" in story.phone("ana")[0]


async def test_one_run_that_goes_to_staging_and_to_production_is_two_deployments(
    story: World,
) -> None:
    await story.deploys("run-7", ago=30, environment="staging")
    await story.deploys("run-7", ago=20, version="v1.42", status="started")
    await story.deploys("run-7", ago=5, version="v1.42")
    await story.deploys("run-7", "payments", ago=60 * 24 * 2, version="v7")
    await story.goes_down()
    assert "v1.42 a1b2c3d by Bo, 5 min before" in story.phone("ana")[0]
    told = (await story.api("/api/deployments"))["items"]
    assert [(one["service"], one["environment"], one["version"]) for one in told] == [
        ("checkout", "production", "v1.42"),
        ("checkout", "staging", "v1.42"),
        ("payments", "production", "v7"),
    ]
    assert len({one["id"] for one in told}) == 3


async def test_a_deployment_without_a_version_is_called_by_its_commit_or_its_id(
    story: World,
) -> None:
    await story.deploys("run-7", version=None, sha=None)
    await story.goes_down()
    assert "Last deploy run-7 by Bo, 5 min before." in story.phone("ana")[0]
    assert "last deployment run-7 by Bo, 5 min before" in first_line(story)
    await story.deploys("run-8", version=None, ago=1)
    assert "*Last deployment:* a1b2c3d by Bo, " in await story.header()
    assert (await story.replies())[-1].startswith("Deployment *a1b2c3d* is now *suspected*")
    await story.clicks("bo", "This deployment")
    assert "deployment *a1b2c3d* by Bo" in (await story.replies())[-2]


async def test_the_age_is_the_same_wherever_it_is_said(story: World) -> None:
    await story.deploys(ago=100)
    await story.goes_down()
    assert "100 min before" in story.phone("ana")[0]
    assert "ended 100 min before; checkout" in await story.header()


async def test_two_that_may_both_be_it_are_both_named(story: World) -> None:
    await busy(story, days=5)
    await story.deploys("one", ago=9, version="v2.1")
    await story.deploys("two", ago=6, version="v2.2")
    await story.goes_down()
    assert "v2.2" in first_line(story)
    assert re.search(r"^or v2\.1", await story.header(), re.MULTILINE)


async def test_a_rollback_is_suspected_less_than_what_it_rolled_back(story: World) -> None:
    await story.deploys("new", ago=9, version="v2")
    await story.deploys("back", ago=6, version="v1", rollback=True)
    await story.goes_down()
    assert (await story.api())["deployment"]["id"] == "new"


async def test_an_older_version_that_goes_out_again_is_a_rollback(story: World) -> None:
    await story.deploys("a", ago=60 * 24 * 4, version="v1", sha="a" * 40)
    await story.deploys("b", ago=12, version="v2", sha="b" * 40)
    await story.deploys("c", ago=6, version="v1", sha="a" * 40)
    await story.goes_down()
    assert "last deployment v1" not in first_line(story)
    assert "*Deployment:* v2 bbbbbbb" in (await story.header()).replace("`", "")
    assert (await story.api())["deployment"]["id"] == "b"
    assert (await story.api())["most_recent"]["rollback"]


async def test_a_fixed_window_instead_of_the_odds(tmp_path: Path) -> None:
    async with world(tmp_path, "suspect_window: 5m\n" + CONFIG.lstrip()) as story:
        await story.deploys(ago=6)
        await story.goes_down()
        assert await label(story) == "unlikely"
        assert "outside the fixed window of 5 min" in await story.header()


async def test_what_was_deployed_by_hand_is_a_deployment_too(story: World) -> None:
    told = await story.types("bo", "deployed checkout new index on orders")
    assert told == ["Noted: new index on orders was deployed to checkout."]
    await story.passes(minutes=3, step=30)
    await story.goes_down()
    assert "new index on orders by Bo, 3 min before" in first_line(story)
    assert "by hand" in await story.header()


async def test_a_staging_of_another_name_is_known_and_never_suspected(tmp_path: Path) -> None:
    config = CONFIG.replace("    repository: acme/checkout", "    staging: preprod")
    async with world(tmp_path, config) as story:
        answer = await story.deploys(environment="Preprod")
        assert (answer.status_code, answer.json()["environment"]) == (200, "preprod")
        await story.goes_down()
        assert "No deployment known" in story.phone("ana")[0]
