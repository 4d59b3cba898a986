"""`config check`, `config schema`, `on-call`, and how every command refuses a bad configuration."""

import pytest

from tests.commands.world import SECRETS, World, read
from tests.house.database import migrated


def test_a_good_file_is_fine_and_what_is_off_is_named(world: World) -> None:
    result = world.run("config", "check")
    assert result.exit_code == 0
    assert "is fine: 4 people, 2 teams, 2 services." in result.stdout
    assert "TWILIO_AUTH_TOKEN is not set" in result.stdout
    assert not [secret for secret in SECRETS if secret in result.output]


def test_every_problem_is_listed_with_its_place(world: World) -> None:
    world.change("every: 10s", "evry: 10s")
    world.change("members: [ana]", "members: [anna]")
    result = world.run("config", "check")
    assert result.exit_code == 2
    assert "midwatch.yaml:19:" in result.stderr
    assert "evry" in result.stderr
    assert "did you mean `ana`?" in result.stderr
    assert "2 problems" in result.stderr


def test_programs_get_the_problems_as_json(world: World) -> None:
    world.change("members: [ana]", "members: [anna]")
    result = world.run("config", "check", "--json")
    found = read(result)
    assert result.exit_code == 2
    assert found["ok"] is False
    assert found["problems"][0]["line"] == 10
    assert found["problems"][0]["where"].startswith("teams.it")


def test_programs_get_a_good_file_as_json(world: World) -> None:
    found = read(world.run("config", "check", "--json"))
    assert found["ok"] is True
    assert found["problems"] == []
    assert "TWILIO_FROM" in {item["variable"] for item in found["off"]}


def test_the_option_wins_over_the_variable(world: World) -> None:
    other = world.folder / "other.yaml"
    world.file.rename(other)
    assert world.run("config", "check").exit_code == 2
    assert world.run("config", "check", "--config", str(other)).exit_code == 0


def test_the_schema_is_json_and_knows_the_sections(world: World) -> None:
    found = read(world.run("config", "schema"))
    assert {"people", "teams", "services"} <= set(found["properties"])


@pytest.mark.parametrize(
    "words",
    [
        ("incidents",),
        ("ack", "1", "--as", "ana"),
        ("page", "ana"),
        ("deployments", "--json"),
        ("login", "--as", "ana"),
        ("on-call",),
        ("probe", "checkout"),
        ("migrate",),
        ("run",),
    ],
)
def test_a_bad_configuration_stops_every_command_without_a_traceback(
    world: World, words: tuple[str, ...]
) -> None:
    world.change("members: [ana]", "members: [anna]")
    result = world.run(*words)
    assert result.exit_code == 2
    assert "did you mean `ana`?" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [("nonsense",), ("ack", "twelve", "--as", "ana"), ("ack", "1")])
def test_wrong_usage_ends_with_two(world: World, words: tuple[str, ...]) -> None:
    assert world.run(*words).exit_code == 2


def test_without_a_command_it_helps(world: World) -> None:
    result = world.run()
    assert "doctor" in result.output
    assert "deploy" in result.output


def test_who_is_on_call_at_a_time(world: World) -> None:
    result = world.run("on-call", "--at", "2026-12-01 12:00", "--json")
    teams = {item["team"]: item for item in read(result)["teams"]}
    assert result.exit_code == 0
    assert teams["it"] == {
        "team": "it",
        "on_call": ["ana"],
        "next": [],
        "until": None,
        "everyone": True,
    }
    assert teams["development"]["on_call"] == ["kai"]
    assert teams["development"]["next"] == ["bo"]
    assert teams["development"]["until"] == "2026-12-07T09:00:00+00:00"


def test_on_call_for_people_is_a_table_of_names(world: World) -> None:
    result = world.run("on-call", "--at", "2026-11-24T12:00+00:00")
    assert result.exit_code == 0
    assert "Development" in result.stdout
    assert "Bo" in result.stdout


async def test_the_link_of_a_calendar_is_the_same_every_time(world: World) -> None:
    world.env["PUBLIC_URL"] = "https://midwatch.example"
    assert "SQLite" in (await world.runs("on-call", "--calendar", "bo")).output
    migrated(world.database_url)
    link = read(await world.runs("on-call", "--calendar", "Bo", "--json"))["url"]
    assert link.startswith("https://midwatch.example/calendar/bo.ics?key=")
    assert read(await world.runs("on-call", "--calendar", "bo", "--json"))["url"] == link
    world.env["SECRET_KEY"] = None
    assert (await world.runs("on-call", "--calendar", "bo")).exit_code == 2


@pytest.mark.parametrize("at", ["tomorrow", "25:00", "2026-13-01", ""])
def test_a_time_that_is_none_is_refused(world: World, at: str) -> None:
    result = world.run("on-call", "--at", at)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
