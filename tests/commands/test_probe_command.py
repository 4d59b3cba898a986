"""`probe`: one probe with every phase; and nothing that a server says can steer the terminal."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.clock import SystemClock
from bot.core.deployment import Deployment, DeploymentState
from bot.core.scene import Decision
from bot.sandbox.server import listening
from bot.store import open_store
from tests.commands.world import World, read
from tests.house.database import migrated

NASTY = "\x1b[2J\x1b]0;owned\x07\u202eevil [red]markup[/red] [/nope]"


@pytest.fixture
async def server(world: World) -> AsyncIterator[str]:
    """A service that is fine at `/health` and not at `/down`; the configuration names it."""

    async def fine(_request: Request) -> Response:
        return JSONResponse({"status": "up"})

    async def down(_request: Request) -> Response:
        return Response(NASTY, 503)

    routes = [Route("/health", fine), Route("/down", down)]
    async with listening(Starlette(routes=routes)) as url:
        world.change("http://127.0.0.1:9/health", f"{url}/health")
        yield url


async def test_one_probe_of_a_service_is_one_result(world: World, server: str) -> None:
    result = await world.runs("probe", "checkout", "--json")
    found = read(result)
    assert result.exit_code == 0
    assert (found["service"], found["check"], found["kind"]) == ("checkout", "health", "http")
    assert found["outcome"] == "up"
    assert set(found["seconds"]) == {"first_byte", "total", "dns", "connect", "tls"}
    assert found["seconds"]["connect"] is not None
    assert found["seconds"]["tls"] is None


async def test_an_address_needs_no_configuration(world: World, server: str) -> None:
    world.file.unlink()
    result = await world.runs("probe", f"{server}/health")
    assert result.exit_code == 0
    assert "up" in result.stdout
    down = await world.runs("probe", f"{server}/down", "--json")
    assert down.exit_code == 1
    assert read(down)["outcome"] == "down"
    assert (await world.runs("probe", f"tcp://{server.removeprefix('http://')}")).exit_code == 0


async def test_phases_are_measured_on_the_way_that_the_check_takes(
    world: World, server: str
) -> None:
    """There is no way by IPv6 to an IPv4 address, nor one of our own past a proxy."""
    world.change('/health", name: health', '/health", name: health, ip: 6')
    result = await world.runs("probe", "checkout", "--json")
    assert read(result)["seconds"]["connect"] is None
    world.change("ip: 6", f'proxy: "{server}"')
    result = await world.runs("probe", "checkout", "--json")
    assert read(result)["seconds"]["connect"] is None


async def test_several_checks_are_items(world: World, server: str) -> None:
    port = server.rpartition(":")[2]
    more = f'      - {{http: "{server}/down", name: other}}\n      - {{tcp: "127.0.0.1:{port}"}}\n'
    world.change("  search:", f"{more}  search:")
    result = await world.runs("probe", "checkout", "--json")
    outcomes = {item["check"]: item["outcome"] for item in read(result)["items"]}
    assert outcomes == {"health": "up", "other": "down", f"tcp 127.0.0.1:{port}": "up"}
    assert result.exit_code == 1
    only = await world.runs("probe", "checkout", "--check", "health")
    assert only.exit_code == 0
    unknown = await world.runs("probe", "checkout", "--check", "hearth")
    assert unknown.exit_code == 2
    assert "Known: health, other" in unknown.stderr


async def test_a_heartbeat_is_read_from_the_database(world: World) -> None:
    world.change("checks: []", "checks: [{heartbeat: nightly, period: 1h, grace: 5m}]")
    assert (await world.runs("probe", "search")).exit_code == 1
    migrated(world.database_url)
    clock = SystemClock()
    store = open_store(world.database_url, clock=clock)
    await store.beat("nightly", "ok", clock.now() - timedelta(minutes=5), "")
    await store.close()
    result = await world.runs("probe", "search", "--json")
    assert read(result)["outcome"] == "up"
    assert result.exit_code == 0


@pytest.mark.parametrize(
    "target", ["nowhere", "gopher://x", "http://", "tcp://host", "://", "tcp://host:99999"]
)
def test_what_cannot_be_probed_is_refused_in_words(world: World, target: str) -> None:
    result = world.run("probe", target)
    assert result.exit_code == 2
    assert result.stderr
    assert "canary" not in result.stderr
    assert "Traceback" not in result.output


def test_a_service_without_checks_is_told_from_one_of_another_check(world: World) -> None:
    assert "search has no checks" in world.run("probe", "search").stderr
    assert "no such check. Known: health" in world.run("probe", "checkout", "--check", "x").stderr


async def test_what_others_wrote_cannot_steer_the_terminal(world: World) -> None:
    migrated(world.database_url)
    clock = SystemClock()
    store = open_store(world.database_url, clock=clock)
    now = clock.now()
    nasty = Deployment(
        id=f"d {NASTY}",
        service="checkout",
        environment="production",
        version=NASTY,
        sha=None,
        previous_sha=None,
        state=DeploymentState.SUCCEEDED,
        started_at=now,
        ended_at=now,
        reported_at=now,
        by=NASTY,
    )
    async with store.transaction() as transaction:
        await transaction.save(Decision(deployments=(nasty,)), now)
    await store.close()
    table = await world.runs("deployments")
    assert table.exit_code == 0
    assert "[red]markup[/red] [/nope]" in table.stdout
    assert not [sign for sign in ("\x1b", "\x07", "\u202e") if sign in table.stdout]
    as_json = await world.runs("deployments", "--json")
    assert as_json.stdout.isascii()
    assert "\x1b" not in as_json.stdout
