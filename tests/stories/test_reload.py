"""The configuration changes while Midwatch runs."""

from pathlib import Path

import httpx

from tests.stories.setting import CONFIG
from tests.stories.world import World, world


async def test_a_changed_file_is_taken_and_nothing_is_paged_again(story: World) -> None:
    await story.goes_down()
    before = [len(story.phone(who)) for who in ("ana", "bo")]
    await story.reloads("{name: Ana,", "{name: Anna,")
    await story.passes(seconds=30, step=5)
    assert [len(story.phone(who)) for who in ("ana", "bo")] == before
    await story.texts("ana", "1")
    assert (await story.replies())[-1].startswith("*Anna* has it for IT")


async def test_a_bad_file_keeps_the_old_one_running_and_says_so_in_slack(story: World) -> None:
    await story.reloads("teams: [it, development]", "teams: [it, developers]")
    said = story.channel()[-1]
    assert said.startswith(
        "The changed configuration was refused, the old one keeps running: midwatch.yaml, line"
    )
    assert "developers" in said
    await story.goes_down()
    assert [len(story.phone(who)) for who in ("ana", "bo")] == [1, 1]


async def test_a_file_that_vanished_keeps_the_old_one_running_and_is_named(story: World) -> None:
    story.installed.path.unlink()
    await story.passes(seconds=3)
    assert story.channel()[-1] == (
        "The changed configuration was refused, the old one keeps running: "
        "midwatch.yaml: there is no such file"
    )


async def test_the_mended_file_is_taken(story: World) -> None:
    await story.reloads("teams: [it, development]", "teams: [it, developers]")
    await story.reloads("teams: [it, developers]", "teams: [it]")
    assert story.channel()[-1] == "The configuration is mended and in use."
    await story.goes_down()
    assert [len(story.phone(who)) for who in ("ana", "bo")] == [1, 0]


async def test_each_team_is_told_of_its_own_file_of_the_catalogue(story: World) -> None:
    """Whoever else errs: one team's mistake holds up the others, so all of them are named."""
    folder = story.installed.path.with_name("services.d")
    folder.mkdir()
    await story.reloads("services:\n", "catalogue: services.d\nservices:\n")
    said = len(story.channel())
    refused = "The changed configuration was refused, the old one keeps running: "
    (folder / "mail.yaml").write_text("services: {mail: {teams: [its]}}")
    await story.passes(seconds=3)
    (folder / "search.yaml").write_text("services:\n  search: {teams: [it], cheks: []}")
    await story.passes(seconds=3)
    assert story.channel()[said:] == [
        f"{refused}mail.yaml, line 1: services.mail.teams[0]: unknown team `its`",
        f"{refused}search.yaml, line 2: services.search.cheks: unknown key",
    ]
    (folder / "search.yaml").write_text("services: {search: {teams: [it]}}")
    await story.passes(seconds=3)
    assert len(story.channel()) == said + 2
    (folder / "mail.yaml").unlink()
    await story.passes(seconds=3)
    assert story.channel()[said + 2 :] == ["The configuration is mended and in use."]
    assert "search" in story.midwatch.config.services


async def test_a_file_that_was_mended_while_nothing_ran_may_be_refused_again(story: World) -> None:
    await story.reloads("teams: [it, development]", "teams: [it, developers]")
    await story.stops()
    story.edits("teams: [it, developers]", "teams: [it, development]")
    await story.starts()
    await story.passes(seconds=3)
    assert story.channel()[-1] == "The configuration is mended and in use."
    await story.reloads("teams: [it, development]", "teams: [it, deve]")
    assert "deve" in story.channel()[-1]


async def test_a_streak_survives_the_change(story: World) -> None:
    story.services["checkout"].break_down()
    while "down" not in [result.outcome for result in await story.midwatch.store.last_results()]:
        await story.passes(seconds=1)
    began = story.clock.now()
    await story.reloads("{name: Ana,", "{name: Anna,")
    await story.passes(seconds=14)
    assert (await story.incident()).began_at == began


async def test_a_new_service_is_watched_without_a_restart(story: World) -> None:
    text = story.installed.path.read_text()
    health = text.split('http: "')[1].split('"')[0].replace("checkout", "payments")
    await story.reloads(
        "services:\n", f'services:\n  search: {{teams: [it], checks: [{{http: "{health}"}}]}}\n'
    )
    await story.passes(seconds=10, step=5)
    listed = (await story.api("/api/services"))["items"]
    assert "search" in [item["service"] for item in listed]


async def test_a_change_that_meets_a_database_that_is_away_is_taken_afterwards(
    story: World,
) -> None:
    await story.loses_its_database()
    await story.reloads(
        "[payments_team]\n    checks: [{name: health", "[payments_team]\n    checks: [{name: alive"
    )
    await story.gets_its_database_back()
    await story.passes(seconds=10, step=5)
    watched = [one.id for one in story.midwatch.probing.watch.checks]
    assert watched == ["checkout/health", "payments/alive"]


async def test_what_a_sender_may_do_changes_with_the_file(tmp_path: Path) -> None:
    async with world(tmp_path, CONFIG + "senders: {ci: [deployments]}\n") as story:
        story.installed.env["HOOK_TOKEN_CI"] = "4f1d8a2c9b7e6035"
        await story.restarts()
        headers = {"Authorization": "Bearer 4f1d8a2c9b7e6035"}
        async with httpx.AsyncClient(base_url=story.url, trust_env=False, headers=headers) as ci:
            assert (await ci.post("/hooks/deployments", json={})).status_code == 400
            await story.reloads("ci: [deployments]", "ci: [heartbeats]")
            assert (await ci.post("/hooks/deployments", json={})).status_code == 401
            assert (await ci.post("/hooks/heartbeats/none")).status_code == 400


async def test_a_file_that_changes_while_the_database_is_away_is_taken_when_it_is_back(
    story: World,
) -> None:
    text = story.installed.path.read_text()
    health = text.split('http: "')[1].split('"')[0].replace("checkout", "payments")
    await story.loses_its_database()
    await story.reloads(
        "services:\n", f'services:\n  search: {{teams: [it], checks: [{{http: "{health}"}}]}}\n'
    )
    await story.gets_its_database_back()
    await story.passes(seconds=10, step=5)
    last = [item.service for item in await story.midwatch.store.last_results()]
    assert "search" in last


async def test_canaries_are_taken_without_a_restart(story: World) -> None:
    assert story.midwatch.sight.canaries == []
    await story.reloads("services:\n", 'canaries: ["tcp://127.0.0.1:9"]\nservices:\n')
    assert len(story.midwatch.sight.canaries) == 1


async def test_a_bad_file_of_the_catalogue_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "services.d"
    folder.mkdir()
    async with world(tmp_path, CONFIG + "catalogue: services.d\n") as story:
        (folder / "search.yaml").write_text("services:\n  search: {teams: [it]}\n")
        await story.passes(seconds=3)
        assert "search" in story.midwatch.config.services
        (folder / "search.yaml").write_text("services:\n  search: {teams: [its]}\n")
        await story.passes(seconds=3)
        said = story.channel()[-1]
        assert "keeps running: search.yaml, line 2: services.search.teams[0]" in said
