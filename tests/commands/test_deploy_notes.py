"""`deploy notes`: a preview from git before anybody is told, and of what was deployed."""

import asyncio
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.core.deployment import Deployment, DeploymentState
from bot.core.scene import Decision
from bot.store import migrate, open_store
from tests.commands.test_deploy_record import git
from tests.commands.world import World
from tests.core.test_notes_wording import NOW, commit, deployed

MIGRATION = "ALTER TABLE carts\n  DROP COLUMN note;\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A checkout: v1.41, and two commits after it."""
    folder = tmp_path / "checkout"
    (folder / "db" / "migrations").mkdir(parents=True)
    git(folder, "init", "-q")
    git(folder, "commit", "-q", "--allow-empty", "-m", "first")
    git(folder, "tag", "v1.41")
    (folder / "db" / "migrations" / "7.sql").write_text(MIGRATION)
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "feat(cart): voucher page (#12)")
    git(folder, "commit", "-q", "--allow-empty", "-m", "fix: rounding")
    return folder


def test_a_range_in_git_is_previewed_without_a_midwatch(world: World, repository: Path) -> None:
    words = ("deploy", "notes", "checkout", "--from", "v1.41", "--version", "v1.42")
    shown = world.run(*words, "--repository", str(repository), "--database")
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.strip().split("\n\n") == [
        "checkout v1.42 is live",
        "Database:\n- 1 change of the database\n- 1 part of it may break what uses the old form",
        "New:\n- Voucher page (Bo)",
        "Fixed:\n- Rounding (Bo)",
        "Database, for whoever signs:\n- May break: drops column carts.note,"
        " db/migrations/7.sql line 2",
        "By Bo.",
    ]


@pytest.mark.parametrize(
    ("form", "line"), [("markdown", "- Voucher page (Bo)"), ("slack", "• Voucher page (Bo)")]
)
def test_in_other_forms(world: World, repository: Path, form: str, line: str) -> None:
    words = ("deploy", "notes", "checkout", "--from", "v1.41", "--format", form)
    shown = world.run(*words, "--repository", str(repository))
    assert line in shown.stdout.splitlines()


def test_a_range_that_git_does_not_know_is_no_empty_one(world: World, repository: Path) -> None:
    refused = world.run(
        "deploy", "notes", "checkout", "--from", "v1.40", "--repository", str(repository)
    )
    assert refused.exit_code == 2
    assert "git does not know v1.40" in refused.stderr


async def _kept(url: str, *deployments: Deployment) -> None:
    await migrate(url)
    store = open_store(url, clock=SystemClock())
    async with store.transaction() as tx:
        await tx.save(Decision(deployments=deployments), NOW)
    await store.close()


def test_what_was_deployed_is_shown_by_service_or_id(world: World) -> None:
    one = deployed("v1", 9, commits=(commit(1, "feat: a"),))
    two = deployed("v2", 3, commits=(commit(2, "feat: b"),), state=DeploymentState.FAILED)
    tick = deployed("database of v2", 2, by_hand=True, source="hand")
    asyncio.run(_kept(world.env["DATABASE_URL"] or "", one, two, tick))
    latest = world.run("deploy", "notes", "checkout")
    assert latest.stdout.startswith("checkout v2 did not go live\n")
    assert "- B (Bo)" in latest.stdout
    assert "- A (Bo)" in world.run("deploy", "notes", "v1").stdout
    strange = world.run("deploy", "notes", "checkuot")
    assert strange.exit_code == 2
    assert "Services: checkout, search" in strange.stderr
