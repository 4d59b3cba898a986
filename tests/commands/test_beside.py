"""Commands beside a running Midwatch: they write events, it acts on them, they say what came."""

import pytest

from bot.sandbox import Sandbox
from bot.store import migrate
from bot.wiring import Midwatch
from tests.commands.running import goes_down, opened_by_hand, running_bot
from tests.commands.world import World, read


async def test_incidents_are_listed_for_people_and_for_programs(
    world: World, bot: Midwatch
) -> None:
    assert "Nothing is open." in (await world.runs("incidents", "--open")).stdout
    number = await goes_down(bot, "checkout")
    table = (await world.runs("incidents")).stdout
    assert f"#{number}" in table
    assert "IT: nobody · Development: nobody" in table
    found = read(await world.runs("incidents", "--json", "--open", "--service", "checkout"))
    assert [(item["number"], item["state"]) for item in found["items"]] == [(number, "triggered")]
    assert found["next"] is None
    assert read(await world.runs("incidents", "--json", "--service", "search"))["items"] == []
    assert (await world.runs("incidents", "--service", "chekout")).exit_code == 2


async def test_one_acknowledges_for_their_team(world: World, bot: Midwatch) -> None:
    number = str(await goes_down(bot, "checkout"))
    result = await world.runs("ack", number, "--as", "Bo")
    assert result.exit_code == 0, result.output
    assert f"#{number} is yours for Development" in result.stdout
    assert "IT: nobody yet" in result.stdout
    again = await world.runs("ack", number, "--as", "kai", "--json")
    assert again.exit_code == 0
    assert read(again)["done"] is True
    assert "Bo has #1 checkout for Development" in read(again)["text"]
    tracks = {track["team"]: track for track in read(again)["incident"]["tracks"]}
    assert tracks["development"]["by"] == "bo"
    assert tracks["it"]["state"] == "paging"
    assert "Development: Bo" in (await world.runs("incidents")).stdout


async def test_who_is_in_no_team_or_unknown_changes_nothing(world: World, bot: Midwatch) -> None:
    number = str(await goes_down(bot, "checkout"))
    stranger = await world.runs("ack", number, "--as", "eve")
    assert stranger.exit_code == 1
    assert "You are in no team" in stranger.stdout
    nobody = await world.runs("ack", number, "--as", "zoe")
    assert nobody.exit_code == 2
    assert "Known: ana, bo, kai, eve." in nobody.stderr
    missing = await world.runs("resolve", "99", "--as", "ana")
    assert missing.exit_code == 1
    assert "There is no incident #99." in missing.stderr


async def test_what_is_down_cannot_be_resolved(world: World, bot: Midwatch) -> None:
    number = str(await goes_down(bot, "checkout"))
    result = await world.runs("resolve", number, "--as", "ana")
    assert result.exit_code == 1
    assert "stays open: checkout is still down (HTTP 503)" in result.stdout
    refused = await world.runs("resolve", number, "--as", "ana", "--json")
    assert refused.exit_code == 1
    assert read(refused)["done"] is False
    assert read(refused)["incident"]["state"] == "triggered"


async def test_what_people_opened_people_resolve_once(world: World, bot: Midwatch) -> None:
    number = str(await opened_by_hand(bot, "search"))
    result = await world.runs("resolve", number, "--as", "ana")
    assert result.exit_code == 0, result.output
    assert "search is resolved." in result.stdout
    again = await world.runs("resolve", number, "--as", "bo")
    assert again.exit_code == 0
    assert "has been over since" in again.stdout
    late = await world.runs("ack", number, "--as", "bo")
    assert late.exit_code == 1
    assert "has been over since" in late.stdout


async def test_a_test_page_is_followed_until_the_phone_has_it(
    world: World, sandbox: Sandbox, bot: Midwatch
) -> None:
    result = await world.runs("page", "ana", "--by", "sms", "--wait", "10")
    assert result.exit_code == 0, result.output
    assert "sms to ana was delivered" in result.stdout
    assert "Midwatch test page for Ana" in sandbox.twilio.phone("Ana").bodies[0]
    slack = read(await world.runs("page", "bo", "--by", "slack", "--json"))
    assert slack["delivered"] is True
    assert slack["channel"] == "slack"
    assert slack["states"][-1] == "delivered"


async def test_a_phone_that_is_off_is_not_paged(
    world: World, sandbox: Sandbox, bot: Midwatch
) -> None:
    sandbox.twilio.phone("Ana").on = False
    result = await world.runs("page", "ana", "--json", "--wait", "10")
    assert result.exit_code == 1
    assert read(result)["delivered"] is False
    assert read(result)["state"] == "undelivered"
    words = await world.runs("page", "eve")
    assert words.exit_code == 2
    assert "eve cannot be paged at all" in words.stderr
    assert (await world.runs("page", "kai", "--by", "slack")).exit_code == 2


async def test_a_link_signs_in_once_at_the_running_bot(world: World, bot: Midwatch) -> None:
    found = read(await world.runs("login", "--as", "ana", "--json"))
    base, _, token = found["url"].rpartition("/login/")
    assert base == world.env["PUBLIC_URL"]
    assert await bot.sessions.use_link(token) == "ana"
    assert await bot.sessions.use_link(token) is None
    assert "/login/" in (await world.runs("login", "--as", "bo")).stdout.splitlines()[0]


async def test_a_login_needs_a_key_and_an_address(world: World) -> None:
    missing = world.run("login", "--as", "ana", env={"SECRET_KEY": None})
    assert (missing.exit_code, "SECRET_KEY" in missing.stderr) == (2, True)
    missing = world.run("login", "--as", "ana")
    assert (missing.exit_code, "PUBLIC_URL" in missing.stderr) == (2, True)


async def test_a_recorded_deployment_is_listed(world: World, bot: Midwatch) -> None:
    record = ("deploy", "record", "--service", "checkout", "--version", "v1.42", "--id", "d-1")
    result = await world.runs(*record, "--sha", "a1b2c3d4e5", "--by", "bo")
    assert result.exit_code == 0, result.output
    refused = await world.runs("deploy", "record", "--service", "shop", "--version", "v1")
    assert refused.exit_code == 2
    assert "service: " in refused.stderr
    await bot.engine.work()
    table = (await world.runs("deployments")).stdout
    assert "v1.42 a1b2c3d" in table
    found = read(await world.runs("deployments", "--json", "--service", "checkout"))
    assert [(item["id"], item["status"]) for item in found["items"]] == [("d-1", "succeeded")]
    assert read(await world.runs("deployments", "--json", "--environment", "qa"))["items"] == []


async def test_the_doctor_sees_it_running(world: World, bot: Midwatch) -> None:
    found = read(await world.runs("doctor", "--json"))["findings"]
    said = {(item["part"], item["what"]) for item in found}
    assert ("PUBLIC_URL", "Midwatch answers there") in said


async def test_where_nobody_runs_it_says_so_and_keeps_the_event(
    world: World, sandbox: Sandbox
) -> None:
    async with running_bot(world, sandbox) as bot:
        number = str(await goes_down(bot, "checkout"))
    waiting = await world.runs("ack", number, "--as", "bo", "--wait", "0.05")
    assert waiting.exit_code == 1
    assert "No running Midwatch decided it within 0.05 s." in waiting.stderr
    page = await world.runs("page", "ana", "--wait", "0.05")
    assert page.exit_code == 1
    assert "midwatch run" in page.stderr
    assert not [text for text in sandbox.twilio.phone("Ana").bodies if "test page" in text]


def test_a_database_that_is_not_there_is_not_made_by_asking(world: World) -> None:
    result = world.run("incidents")
    assert result.exit_code == 1
    assert "midwatch migrate" in result.stderr
    assert not (world.folder / "midwatch.db").exists()


def test_migrate_makes_the_database_once(world: World) -> None:
    first, second = world.run("migrate"), world.run("migrate")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "brought up to date" in first.stdout
    assert "is up to date" in second.stdout
    assert "There was no incident yet." in world.run("incidents").stdout


@pytest.mark.parametrize(
    ("url", "code", "words"),
    [
        ("mysql://host/name", 2, "DATABASE_URL"),
        ("sqlite:///:memory:", 2, "SQLite needs a file"),
        ("postgresql://midwatch:geheim@127.0.0.1:9/midwatch", 1, "does not answer"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_words(
    world: World, url: str, code: int, words: str
) -> None:
    for command in (("incidents",), ("migrate",)):
        result = world.run(*command, env={"DATABASE_URL": url})
        assert result.exit_code == code, result.output
        assert words in result.stderr
        assert "geheim" not in result.output
        assert "Traceback" not in result.output


async def test_an_old_database_can_be_asked_after_migrating(world: World) -> None:
    await migrate(world.database_url)
    assert read(await world.runs("deployments", "--json")) == {"items": [], "next": None}
