"""`config check --against URL`: a pipeline asks the Midwatch that runs what would change."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.sandbox import running
from bot.wiring import Midwatch
from tests.commands.running import running_bot
from tests.commands.world import SECRETS, World, read, sandbox_of

TOKEN = "a-token-to-read-the-api"
MAIL = "services:\n  mail:\n    teams: [it]\n    checks: []\n"


@pytest.fixture
async def bot(world: World) -> AsyncIterator[Midwatch]:
    """One that runs with a catalogue of one file."""
    world.env["API_TOKEN"] = TOKEN
    world.add("catalogue: services.d\n")
    catalogue = world.file.parent / "services.d"
    catalogue.mkdir()
    (catalogue / "mail.yaml").write_text(MAIL, encoding="utf-8")
    made = sandbox_of()
    async with running(made):
        world.with_sandbox(made)
        async with running_bot(world, made) as midwatch:
            yield midwatch


def candidate(tmp_path: Path, text: str, name: str = "mail.yaml") -> str:
    path = tmp_path / "another repository"
    path.mkdir(exist_ok=True)
    (path / name).write_text(text, encoding="utf-8")
    return str(path / name)


async def asks(world: World, *arguments: str, **env: str | None) -> tuple[int, str]:
    url = world.env["PUBLIC_URL"]
    assert url is not None
    result = await world.runs("config", "check", *arguments, "--against", url, env=env)
    assert not [secret for secret in (*SECRETS, TOKEN) if secret in result.output]
    return result.exit_code, result.output


async def test_what_a_file_would_change_is_said_and_nothing_is_changed(
    world: World, bot: Midwatch, tmp_path: Path
) -> None:
    changed = MAIL.replace("checks: []", 'checks: [{tcp: "mail.example.com:25"}]')
    code, said = await asks(world, candidate(tmp_path, changed))
    assert code == 0
    assert "changes: services.mail changed: checks (mail.yaml)" in said
    assert "It would be taken." in said
    assert bot.config.services["mail"].checks == ()


async def test_a_renamed_file_takes_the_place_of_the_one_with_its_services(
    world: World, bot: Midwatch, tmp_path: Path
) -> None:
    code, said = await asks(world, candidate(tmp_path, MAIL, "post.yaml"))
    assert (code, "Nothing would change." in said) == (0, True)


async def test_a_new_file_is_added(world: World, bot: Midwatch, tmp_path: Path) -> None:
    new = candidate(tmp_path, MAIL.replace("mail", "pricing"), "pricing.yaml")
    code, said = await asks(world, new)
    assert (code, "services.pricing added (pricing.yaml)" in said) == (0, True)


async def test_what_would_be_refused_is_said_with_its_line(
    world: World, bot: Midwatch, tmp_path: Path
) -> None:
    code, said = await asks(world, candidate(tmp_path, MAIL.replace("it", "ghosts")))
    assert code == 2
    assert "mail.yaml:3:" in said
    assert "unknown team `ghosts`" in said


async def test_the_whole_configuration_is_compared_without_a_file(
    world: World, bot: Midwatch
) -> None:
    world.change("name: Ana", "name: Anna")
    code, said = await asks(world)
    assert (code, "people.ana changed: name" in said) == (0, True)


async def test_programs_get_json(world: World, bot: Midwatch, tmp_path: Path) -> None:
    url = world.env["PUBLIC_URL"]
    assert url is not None
    path = candidate(tmp_path, MAIL)
    found = read(await world.runs("config", "check", path, "--against", url, "--json"))
    assert found == {"ok": True, "problems": [], "warnings": found["warnings"], "changes": []}


async def test_who_has_not_the_token_is_told_nothing(
    world: World, bot: Midwatch, tmp_path: Path
) -> None:
    code, said = await asks(world, candidate(tmp_path, MAIL), API_TOKEN="not-the-right-token-x")
    assert (code, "API_TOKEN must be that of the bot" in said) == (1, True)
    code, said = await asks(world, candidate(tmp_path, MAIL), API_TOKEN=None)
    assert (code, "API_TOKEN is not set" in said) == (2, True)


async def test_a_bot_that_is_away_is_exit_code_1(world: World, tmp_path: Path) -> None:
    url, world.env["API_TOKEN"] = "http://127.0.0.1:9", TOKEN
    path = candidate(tmp_path, MAIL)
    result = await world.runs("config", "check", path, "--against", url)
    assert (result.exit_code, "The connection failed" in result.output) == (1, True)
