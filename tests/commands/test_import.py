"""`midwatch import`, as somebody types it, also beside a bot that runs."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import build
from bot.sandbox import Sandbox
from bot.wiring import Midwatch
from tests.commands.running import goes_down
from tests.commands.world import World, read
from tests.house.database import migrated
from tests.importing.test_converters import PAGERDUTY_CSV
from tests.importing.world import deployment, incident

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "import.md"


@pytest.fixture
def file(world: World) -> Path:
    migrated(world.database_url)
    path = world.folder / "history.jsonl"
    path.write_text(json.dumps(deployment()) + "\n" + json.dumps(incident()) + "\n")
    return path


def test_history_is_imported_once(world: World, file: Path) -> None:
    dry = world.run("import", "--dry-run", str(file))
    assert dry.stdout == "1 deployment would be taken.\n1 incident would be taken.\n"
    assert world.run("incidents").stdout.startswith("There was no incident yet.")
    done = world.run("import", str(file), "--as", "ana")
    assert (done.exit_code, done.stdout) == (0, "1 deployment taken.\n1 incident taken.\n")
    again = world.run("import", str(file), "--json")
    assert again.exit_code == 0
    assert read(again)["incidents"] == {"taken": 0, "changed": 0, "already_there": 1, "live": 0}
    listed = world.run("incidents").stdout
    assert "IT: somebody · Development: nobody" in listed
    assert "v1.42" in listed
    (item,) = read(world.run("incidents", "--json"))["items"]
    assert item["imported"] == {"from": "import", "id": "OPS-77"}
    assert "Imported as OPS-77" in world.run("timeline", "1").stdout


def test_mistakes_are_told_at_once_and_nothing_is_imported(world: World, file: Path) -> None:
    file.write_text(file.read_text() + '{"kind": "incident"}\n{}\n')
    refused = world.run("import", str(file))
    assert refused.exit_code == 1
    told = refused.stderr.splitlines()
    assert told[0] == "line 3: id: is missing"
    assert "line 4: kind: must be one of deployment, incident" in told
    assert told[-1] == "4 mistakes. Nothing was imported: mend them, and import it again."
    assert world.run("incidents").stdout.startswith("There was no incident yet.")
    found = read(world.run("import", str(file), "--json"))
    assert (found["done"], len(found["problems"])) == (False, 4)


def test_the_example_of_the_documentation(world: World, file: Path) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    done = CliRunner().invoke(build(), ["import", "-"], input=example, env=world.env)
    assert done.exit_code == 0, done.output
    assert done.stdout == "2 deployments taken.\n3 incidents taken.\n"
    causes = [it["cause"] for it in read(world.run("incidents", "--json"))["items"]]
    assert [cause and cause["kind"] for cause in causes] == [None, "other", "deployment"]


def test_another_tools_export_can_be_looked_at_before(world: World, file: Path) -> None:
    file.write_text(PAGERDUTY_CSV)
    names = ["--map", "Checkout API=checkout", "--map", "Old site=-", "--map", "payments=search"]
    words = ["import", "--from", "pagerduty", str(file), *names]
    shown = world.run(*words, "--convert-only")
    assert shown.exit_code == 0, shown.output
    assert [json.loads(line)["id"] for line in shown.stdout.splitlines()] == [
        "pagerduty:Q1",
        "pagerduty:Q2",
    ]
    assert "Left out: 1 not resolved yet." in shown.stderr
    assert world.run(*words).stdout == "No deployments.\n2 incidents taken.\n"
    missing = world.run(*words[:4])
    assert missing.exit_code == 1
    assert "'Checkout API' (1)" in missing.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl cannot be read: No such file or directory."),
        (["--from", "nagios", "x"], "known are github, opsgenie, pagerduty."),
        (["--from", "pagerduty", "x", "--map", "a=b"], "There is no service 'b'."),
        (["--from", "pagerduty", "x", "--map", "a"], 'write "THEIR SERVICE=ours"'),
        (["--from", "pagerduty", "x", "--team", "ops"], "There is no team 'ops'."),
        (["--from", "github", "a/b", "--since", "monday"], "write a day, such as 2026-01-31."),
        (["--from", "pagerduty", "x", "--timezone", "Mars"], "write one such as Europe/London."),
        (["x", "--convert-only"], "--convert-only needs --from"),
    ],
)
def test_words_that_mean_nothing(world: World, file: Path, words: list[str], told: str) -> None:
    if "x" in words:
        words = [str(file) if word == "x" else word for word in words]
    refused = world.run("import", *words)
    assert refused.exit_code == 2
    assert told in refused.stderr


async def test_history_beside_a_bot_wakes_nobody_and_is_never_reopened(
    world: World, bot: Midwatch, sandbox: Sandbox
) -> None:
    """It ended a minute ago elsewhere; when the service goes down now, that is another incident."""
    now = bot.clock.now()
    moments = {"began_at": 20, "triggered_at": 19, "resolved_at": 1}
    lately = {name: (now - timedelta(minutes=ago)).isoformat() for name, ago in moments.items()}
    pages = [{"person": "ana", "team": "it", "channel": "sms", "at": lately["triggered_at"]}]
    line = incident(acknowledged={}, pages=pages, **lately)
    path = world.folder / "history.jsonl"
    path.write_text(json.dumps(line))
    done = await world.runs("import", str(path))
    assert done.exit_code == 0, done.output
    number = await goes_down(bot, "checkout")
    assert number == 2
    assert [it.number for it in await bot.store.incidents()] == [2, 1]
    async with asyncio.timeout(5):
        while not (texts := [it.body for it in sandbox.twilio.messages]):
            await asyncio.sleep(0.01)
    assert all(text.startswith("#2 ") for text in texts)
    assert not any("#1 " in it.text for it in sandbox.slack.messages("#incidents"))
