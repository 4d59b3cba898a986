"""`audit verify` and `audit export`, as an auditor runs them beside a database."""

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.core.deployment import Commit
from bot.core.incident import Cause
from bot.core.scene import Decision
from bot.ports import Anchor
from bot.store import SqlStore, migrate, open_store
from tests.commands.world import World, read
from tests.store.world import NOW, TestClock, deployment, entry, incident, save

MARKED = "*Mia* &amp; Bo at <!date^1795808673^{time}|19:44>"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "audit.md"


@pytest.fixture
async def store(world: World) -> AsyncIterator[SqlStore]:
    """Three deployments, one of them blamed, and five sealed rows."""
    await migrate(world.database_url)
    opened = open_store(world.database_url, clock=TestClock())
    commits = (
        Commit("a1b2c3d4", "feat: é", "=cmd|' /C calc'!A0"),
        Commit("b1b2c3d4", "fix", "Bo"),
        Commit("c1b2c3d4", "fix again", "Bo"),
    )
    blamed = Cause("deployment", "d1", "", "ana", NOW)
    deployments = (
        deployment("d1", commits=commits, by='Bo "B", é'),
        deployment("d2", environment="staging"),
        deployment("d3", started_at=NOW - timedelta(days=9)),
    )
    rows = tuple(entry(text) for text in ("=1+1", "é\n<b>", "c", "d", MARKED))
    await save(
        opened, Decision((incident(1, cause=blamed),), deployments=deployments, entries=rows)
    )
    await opened.audit.seal("a", NOW, timedelta(seconds=10), 100)
    yield opened
    await opened.close()


def table(printed: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(printed, newline="")))


async def test_a_log_that_is_whole_is_verified(world: World, store: SqlStore) -> None:
    said = await world.runs("audit", "verify")
    assert said.exit_code == 0, said.output
    assert "5 rows are as they were sealed." in said.stdout
    head = (await store.audit.chain()).head
    assert f"Head {head}" in said.stdout
    await save(store, Decision(entries=(entry("waits"),)))
    found = read(await world.runs("audit", "verify", "--json", "--head", str(head)))
    assert (found["ok"], found["verified"], found["bad"]) == (True, 5, None)
    assert (found["waiting"]["rows"], found["heads_compared"]) == (1, 1)


async def test_the_first_bad_row_is_named_and_the_exit_code_is_one(
    world: World, store: SqlStore
) -> None:
    async with store.database.transaction() as db:
        await db.execute(sa.text("DROP TRIGGER entries_sealed_once"))
        await db.execute(sa.text("UPDATE entries SET by = 'Eve' WHERE number IN (3, 4)"))
    said = await world.runs("audit", "verify")
    assert said.exit_code == 1
    assert "Row 3 is not the one that was sealed" in said.stdout
    assert "Rows before 3 are as they were sealed." in said.stdout
    found = await world.runs("audit", "verify", "--json")
    assert (found.exit_code, read(found)["bad"]["number"]) == (1, 3)


async def test_a_log_cut_short_is_found_by_what_slack_or_the_database_kept(
    world: World, store: SqlStore
) -> None:
    head = (await store.audit.chain()).head
    async with store.database.transaction() as db:
        await db.execute(sa.text("DROP TRIGGER entries_keep"))
        await db.execute(sa.text("DELETE FROM entries WHERE number > 3"))
    assert (await world.runs("audit", "verify")).exit_code == 0, "no chain can know"
    said = await world.runs("audit", "verify", "--head", str(head))
    assert said.exit_code == 1
    assert "Row 4 is missing: the log ends with row 3, but row 5 was anchored" in said.stdout
    await store.audit.anchor(Anchor("2026-03-01", head, NOW), ())
    assert (await world.runs("audit", "verify")).exit_code == 1
    wrong = await world.runs("audit", "verify", "--head", "five")
    assert (wrong.exit_code, "NUMBER:HASH" in wrong.output) == (2, True)


async def test_one_line_a_production_deployment(world: World, store: SqlStore) -> None:
    said = await world.runs("audit", "export")
    assert said.exit_code == 0, said.output
    assert said.stdout_bytes.count(b"\r\n") == 3
    first, second = table(said.stdout_bytes.decode())
    assert (first["deployment"], second["deployment"]) == ("d1", "d3")
    assert first["commit_range"] == "0000000..a1b2c3d4"
    assert first["developers"] == "'=cmd|' /C calc'!A0, Bo", "no spreadsheet runs it"
    assert (first["deployed_by"], first["commits"]) == ('Bo "B", é', "3")
    assert (first["approver"], first["checks_at_approval"]) == ("not signed", "")
    assert (first["result"], first["incidents_caused"]) == ("succeeded", "#1")
    assert second["incidents_caused"] == ""
    (line,) = (
        await world.runs("audit", "export", "--json", "--from", "2026-02-25", "--to", "2026-03-02")
    ).stdout.splitlines()
    found = json.loads(line)
    assert (found["deployment"], found["incidents_caused"]) == ("d1", [1])
    nothing = await world.runs("audit", "export", "--json", "--to", "2020-01-01")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert (await world.runs("audit", "export", "--from", "soon")).exit_code == 2
    turned = ("--from", "2026-11-27", "--to", "2026-11-26")
    refused = await world.runs("audit", "export", *turned)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--to 2026-11-26 is not after --from 2026-11-27" in refused.output


async def test_the_document_s_own_program_computes_the_chain(world: World, store: SqlStore) -> None:
    """Twenty lines that know nothing of ours."""
    program = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    rows = (await world.runs("audit", "export", "--rows", "--json")).stdout

    def auditor(text: str) -> str:
        ran = subprocess.run(
            [sys.executable, "-c", program[0]], input=text, capture_output=True, text=True
        )
        return ran.stdout + ran.stderr

    assert auditor(rows) == f"5 rows, head {(await store.audit.chain()).head}\n"
    assert auditor(rows.replace('"d"', '"D"')) == "row 4 is not what was sealed\n"
    sheet = table((await world.runs("audit", "export", "--rows")).stdout_bytes.decode())
    assert [row["text"] for row in sheet] == ["'=1+1", "é\n<b>", "c", "d", "Mia & Bo at 19:44"]


async def test_the_doctor_misses_a_trigger_and_what_is_not_sealed(
    world: World, store: SqlStore
) -> None:
    async def told() -> dict[str, str]:
        found = read(await world.runs("doctor", "--json"))
        items = found["findings"] if isinstance(found, dict) else found
        (one,) = [item for item in items if item["part"] == "audit log"]
        assert isinstance(one, dict)
        return one

    assert (await told())["state"] == "ok"
    await save(store, Decision(entries=(entry("waits"),)))
    late = await told()
    assert (late["state"], "1 row waits to be sealed" in late["what"]) == ("warn", True)
    async with store.database.transaction() as db:
        await db.execute(sa.text("DROP TRIGGER entries_keep"))
    gone = await told()
    assert (gone["state"], "entries_keep" in gone["what"]) == ("fail", True)
    assert (await world.runs("migrate")).exit_code == 0
    assert (await told())["state"] == "warn"
