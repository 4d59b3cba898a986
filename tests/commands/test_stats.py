"""`midwatch stats`: the numbers on a terminal, for programs, and for spreadsheets."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import SystemClock
from bot.core.scene import Decision
from bot.store import open_store
from tests.commands.world import World, read
from tests.house.database import migrated
from tests.store.world import deployment, incident, link_to, resolved, save

NOW = datetime.now(UTC)


@pytest.fixture
def known(world: World) -> World:
    """Two deployments, the second of which is suspected of half an hour of downtime."""

    async def fill() -> None:
        store = open_store(migrated(world.database_url), clock=SystemClock())
        ago = [NOW - timedelta(hours=hours) for hours in (3, 2, 1.5)]
        shipped = [deployment(f"d{n}", ended_at=at, started_at=at) for n, at in enumerate(ago[:2])]
        one = incident(began_at=ago[1], triggered_at=ago[1], link=link_to(shipped[1]))
        await save(store, Decision(deployments=tuple(shipped), incidents=(resolved(one, ago[2]),)))
        await store.close()

    asyncio.run(fill())
    return world


def test_a_lead_reads_five_answers(known: World) -> None:
    found = known.run("stats", "--from", str((NOW - timedelta(days=2)).date()))
    assert found.exit_code == 0, found.output
    said = [" ".join(line.split()) for line in found.stdout.splitlines()]
    for line in (
        "How often do we deploy?",
        "deployments that failed 0 % to 50 % 0 confirmed, 1 more suspected",
        "downtime, undecided 30 min",
        "recovery nothing failed",
        "days since deploy-caused downtime not known yet",
        "Who carries the nights?",
    ):
        assert line in said
    assert "1 incident is undecided" in found.stderr


def test_programs_and_spreadsheets_get_the_same_numbers(known: World) -> None:
    told = read(known.run("stats", "--json", "--service", "CHECKOUT"))
    assert (told["service"], told["deployments"], told["incidents"]) == ("checkout", 2, 1)
    assert told["change_failure_rate_with_suspected"] == 0.5
    rows = known.run("stats", "--csv").stdout
    assert rows.startswith("number,of,value\n")
    assert "deployments,,2\n" in rows
    assert "downtime_seconds_by_cause,undecided,1800.0\n" in rows


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--service", "nope"), "--service: there is no service 'nope'. Known: checkout, search."),
        (("--team", "nope"), "--team: there is no team 'nope'. Known: it, development."),
        (("--from", "2026-02-02", "--to", "2026-02-01"), "--to: it is not after `from`"),
        (("--from", "soon"), "--from 'soon' is not a time"),
        (("--json", "--csv"), "--json and --csv exclude each other"),
    ],
)
def test_what_cannot_be_counted_is_said(known: World, words: tuple[str, ...], says: str) -> None:
    found = known.run("stats", *words)
    assert found.exit_code == 2
    assert says in found.stderr
    assert found.stdout == ""


def test_before_anything_is_known_nothing_is_zero(world: World) -> None:
    migrated(world.database_url)
    told = read(world.run("stats", "--json"))
    assert {told[name] for name in ("deployments", "incidents", "pages")} == {None}
    found = world.run("stats")
    assert found.exit_code == 0
    assert "not known yet" in found.stdout
    assert "Nothing is known of this period." in found.stderr
