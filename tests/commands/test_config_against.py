"""`config check --against URL`: a pipeline asks the Midwatch that runs what would change."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.sandbox import running
from bot.web.configuration import LARGEST
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


def repository(world: World, name: str, text: str) -> str:
    """A file in a repository of its own."""
    path = world.folder / "checkout of another repository"
    path.mkdir(exist_ok=True)
    (path / name).write_text(text, encoding="utf-8")
    return str(path / name)


async def asks(world: World, *arguments: str, **env: str | None) -> tuple[int, str]:
    url = env.pop("url", None) or world.env["PUBLIC_URL"]
    assert url is not None
    result = await world.runs("config", "check", *arguments, "--against", url, env=env)
    assert not [secret for secret in (*SECRETS, TOKEN) if secret in result.output]
    return result.exit_code, result.output


async def test_a_pipeline_hears_what_its_file_would_change(world: World, bot: Midwatch) -> None:
    changed = MAIL.replace("checks: []", 'checks: [{tcp: "mail.example.com:25"}]')
    code, said = await asks(world, repository(world, "mail.yaml", changed))
    assert code == 0
    assert said == "change: services.mail changed: checks (mail.yaml)\nIt would be taken.\n"
    assert bot.config.services["mail"].checks == ()
    code, said = await asks(world, repository(world, "mail.yaml", MAIL))
    assert (code, said) == (0, "Nothing would change.\n")


async def test_a_pipeline_hears_what_would_be_refused(world: World, bot: Midwatch) -> None:
    path = repository(world, "mail.yaml", MAIL.replace("[it]", "[itt]"))
    code, said = await asks(world, path)
    assert code == 2
    assert f"{path}:3:13: services.mail.teams[0]: unknown team `itt`" in said
    assert said.endswith("It would be refused: 1 problem\n")
    url = str(world.env["PUBLIC_URL"])
    result = await world.runs("config", "check", path, "--against", url, "--json")
    assert result.exit_code == 2
    answer = read(result)
    assert (answer["ok"], answer["changes"]) == (False, [])
    assert [(one["file"], one["line"]) for one in answer["problems"]] == [(path, 3)]


async def test_a_whole_configuration_is_compared_with_its_catalogue(
    world: World, bot: Midwatch
) -> None:
    world.change("name: Ana", "name: Anna")
    (world.file.parent / "services.d" / "list.yaml").write_text("services: {list: {}}")
    code, said = await asks(world)
    assert code == 0
    assert "change: people.ana changed: name" in said
    assert "change: services.list added (list.yaml)" in said
    (world.file.parent / "services.d" / "mail.yaml").unlink()
    (world.file.parent / "services.d" / "list.yaml").unlink()
    (world.file.parent / "services.d").rmdir()
    code, said = await asks(world)
    assert (code, "catalogue: there is no such folder" in said) == (2, True)


async def test_the_route_is_guarded_and_bounded(world: World, bot: Midwatch) -> None:
    address = f"{world.env['PUBLIC_URL']}/api/configuration/compare"
    path = repository(world, "mail.yaml", MAIL)
    code, said = await asks(world, path, API_TOKEN="not-the-right-token-x")
    assert (code, "the token is not the one that it has (API_TOKEN)" in said) == (1, True)
    async with httpx.AsyncClient(trust_env=False) as stranger:
        assert (await stranger.post(address, content=b"{}")).status_code == 401
        stranger.headers["authorization"] = f"Bearer {TOKEN}"
        for body in ("", "[", "[]", "{}", '{"files": []}', '{"files": [{"name": ""}]}'):
            answer = await stranger.post(address, content=body)
            assert (answer.status_code, bool(answer.json()["error"])) == (400, True), body
        many = json.dumps({"files": [{"name": "\0", "content": ""}]})
        assert (await stranger.post(address, content=many)).status_code == 400
        large = await stranger.post(address, content=b" " * (LARGEST + 1))
        assert large.status_code == 413


async def test_a_bot_that_cannot_be_asked_is_exit_code_1(world: World) -> None:
    world.env["API_TOKEN"] = TOKEN
    path = repository(world, "mail.yaml", MAIL)
    code, said = await asks(world, path, url="http://127.0.0.1:9")
    assert (code, "the connection failed" in said) == (1, True)
    older = sandbox_of()
    async with running(older):
        code, said = await asks(world, path, url=older.base_url)
    assert (code, "an older Midwatch that cannot compare" in said) == (1, True)


async def test_what_is_missing_to_ask_is_exit_code_2(world: World) -> None:
    path = repository(world, "mail.yaml", MAIL)
    url = "https://midwatch.example.com"
    code, said = await asks(world, path, url=url)
    assert (code, "API_TOKEN is not set" in said) == (2, True)
    code, said = await asks(world, path, url="midwatch.example.com", API_TOKEN=TOKEN)
    assert (code, "--against is not a URL" in said) == (2, True)
    code, said = await asks(world, f"{path}x", url=url, API_TOKEN=TOKEN)
    assert (code, "there is no such file" in said) == (2, True)
    alone = await world.runs("config", "check", path)
    assert (alone.exit_code, "--against URL" in alone.output) == (2, True)


async def test_the_schema_of_a_file_of_the_catalogue_is_printed(world: World) -> None:
    schema = read(await world.runs("config", "schema", "--catalogue"))
    assert set(schema["properties"]) == {"services", "people", "teams"}
