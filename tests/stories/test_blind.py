"""Blind: neither services nor canaries answer, so the fault may be Midwatch's own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from tests.stories.setting import CONFIG
from tests.stories.world import World, world


class Plug:
    """A TCP port that can be pulled and put back."""

    def __init__(self) -> None:
        self.port = 0
        self._server: asyncio.Server | None = None

    async def put_in(self) -> None:
        """Connections are taken."""
        self._server = await asyncio.start_server(
            lambda _reader, writer: writer.close(), "127.0.0.1", self.port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def pull(self) -> None:
        """Connections are refused."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None


@asynccontextmanager
async def far_away(folder: Path) -> AsyncIterator[tuple[World, Plug, Plug]]:
    """A world where a service and a canary are each a port: (world, service, canary)."""
    async with AsyncExitStack() as stack:
        service, canary = Plug(), Plug()
        for plug in (service, canary):
            await plug.put_in()
            stack.push_async_callback(plug.pull)
        config = CONFIG + (
            f"  mail:\n    teams: [it]\n    checks: [{{tcp: '127.0.0.1:{service.port}', "
            f"every: 10s}}]\ncanaries: ['tcp://127.0.0.1:{canary.port}']\n"
        )
        story = await stack.enter_async_context(world(folder, config))
        yield story, service, canary


async def test_without_a_canary_a_failure_without_an_answer_is_unknown(tmp_path: Path) -> None:
    async with far_away(tmp_path) as (story, service, canary):
        await service.pull()
        await canary.pull()
        await story.passes(minutes=1, step=3)
        last = {item.service: item for item in await story.midwatch.store.last_results()}
        assert (last["mail"].outcome, last["mail"].reason) == ("unknown", "blind")
        assert (story.phone("ana"), await story.open_incidents()) == ([], [])


async def test_slack_is_told_at_once_that_midwatch_is_blind(tmp_path: Path) -> None:
    async with far_away(tmp_path) as (story, service, canary):
        await service.pull()
        await canary.pull()
        await story.passes(seconds=15, step=3)
        blind = [text for text in story.channel() if "Midwatch is blind" in text]
        assert len(blind) == 1
        await story.passes(minutes=1, step=3)
        assert len(story.channel()) == 1, "once is enough"


async def test_the_on_call_is_told_after_two_minutes_of_blindness(tmp_path: Path) -> None:
    async with far_away(tmp_path) as (story, service, canary):
        await service.pull()
        await canary.pull()
        await story.passes(minutes=1.5, step=3)
        assert story.phone("ana") == []
        await story.passes(minutes=1.5, step=3)
        for who in ("ana", "bo", "eve"):
            assert len(story.phone(who)) == 1
            assert "Midwatch is blind since" in story.phone(who)[0]
            assert "Midwatch is blind since" in story.direct(who)[0], "by any channel that works"


async def test_when_it_sees_again_what_is_still_down_pages(tmp_path: Path) -> None:
    async with far_away(tmp_path) as (story, service, canary):
        await service.pull()
        await canary.pull()
        await story.passes(minutes=1, step=3)
        await canary.put_in()
        await story.passes(seconds=30, step=3)
        assert any("sees again" in text for text in story.channel())
        assert len(story.phone("ana")) == 1
        assert "DOWN mail" in story.phone("ana")[0]


async def test_the_health_page_says_that_midwatch_is_blind(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        story, service, canary = await stack.enter_async_context(far_away(tmp_path))
        browser = await stack.enter_async_context(
            httpx.AsyncClient(base_url=story.url, trust_env=False)
        )
        await service.pull()
        await canary.pull()
        await story.passes(seconds=15, step=3)
        told = (await browser.get("/readyz")).json()["warnings"]
        assert told["sight"].startswith("blind since 03:12 UTC")
        await canary.put_in()
        await story.passes(seconds=15, step=3)
        assert (await browser.get("/readyz")).json()["warnings"] == {}


async def test_what_was_blind_long_ago_is_over_when_a_canary_answers(tmp_path: Path) -> None:
    async with far_away(tmp_path) as (story, service, canary):
        await service.pull()
        await canary.pull()
        await story.passes(seconds=30, step=3)
        await story.stops()
        story.clock.forward(2 * 3600)
        await canary.put_in()
        await service.put_in()
        await story.starts()
        await story.passes(seconds=15, step=3)
        assert sum("sees again" in text for text in story.channel()) == 1
        await story.passes(minutes=6, step=30)
        await service.pull()
        await canary.pull()
        await story.passes(seconds=15, step=3)
        assert sum("Midwatch is blind" in text for text in story.channel()) == 2


async def test_a_canary_that_is_taken_out_of_the_file_blinds_nobody(tmp_path: Path) -> None:
    async with far_away(tmp_path) as (story, service, canary):
        await story.reloads("canaries:", "canaries: []  #")
        await service.pull()
        await canary.pull()
        await story.passes(seconds=21, step=3)
        assert "DOWN mail" in story.phone("ana")[0]


async def test_a_service_that_answers_with_an_error_is_down_whatever_the_canaries_say(
    tmp_path: Path,
) -> None:
    async with far_away(tmp_path) as (story, _service, canary):
        await canary.pull()
        await story.goes_down("checkout")
        assert "DOWN checkout" in story.phone("ana")[0]


async def test_while_a_canary_answers_a_failure_without_an_answer_is_an_outage(
    tmp_path: Path,
) -> None:
    async with far_away(tmp_path) as (story, service, _canary):
        await service.pull()
        await story.passes(seconds=21, step=3)
        assert "DOWN mail" in story.phone("ana")[0]


async def test_one_canary_that_answers_is_enough(tmp_path: Path) -> None:
    async with far_away(tmp_path) as (story, service, canary):
        other = Plug()
        await other.put_in()
        one = f"'tcp://127.0.0.1:{canary.port}'"
        await story.reloads(one, f"{one}, 'tcp://127.0.0.1:{other.port}'")
        await canary.pull()
        await service.pull()
        await story.passes(seconds=21, step=3)
        assert "DOWN mail" in story.phone("ana")[0]
        await other.pull()


async def test_canaries_that_are_gone_for_an_hour_no_longer_count(tmp_path: Path) -> None:
    """A firewall rule took them, and nobody may stay unheard because of that."""
    async with far_away(tmp_path) as (story, service, canary):
        await canary.pull()
        await service.pull()
        await story.passes(minutes=50, step=30)
        assert await story.open_incidents() == []
        await story.passes(minutes=12, step=30)
        assert "No canary has answered for an hour" in story.channel()[1]
        assert "DOWN mail" in story.phone("ana")[-1]


async def test_a_machine_that_starts_before_its_network_pages_nobody(tmp_path: Path) -> None:
    async with far_away(tmp_path) as (story, service, canary):
        await story.stops()
        await service.pull()
        await canary.pull()
        await story.starts()
        await story.passes(minutes=1, step=3)
        last = {item.service: item for item in await story.midwatch.store.last_results()}
        assert (last["mail"].outcome, last["mail"].reason) == ("unknown", "blind")
        assert (story.phone("ana"), await story.open_incidents()) == ([], [])


async def test_a_restart_while_blind_stays_blind_and_tells_the_end_of_it(tmp_path: Path) -> None:
    async with far_away(tmp_path) as (story, service, canary):
        await service.pull()
        await canary.pull()
        await story.passes(seconds=30, step=3)
        await story.restarts()
        await story.passes(minutes=1, step=3)
        assert (story.phone("ana"), await story.open_incidents()) == ([], [])
        for plug in (service, canary):
            await plug.put_in()
        await story.passes(seconds=10, step=2)
        for plug in (service, canary):
            await plug.pull()
        await story.passes(seconds=15, step=3)
        told = ["sees again" if "sees again" in text else text[:19] for text in story.channel()]
        assert told == ["*Midwatch is blind*", "sees again", "*Midwatch is blind*"]


async def test_a_canary_never_seen_up_does_not_count(tmp_path: Path) -> None:
    gone, service = Plug(), Plug()
    for plug in (gone, service):
        await plug.put_in()
    await gone.pull()
    config = CONFIG + (
        f"  mail:\n    teams: [it]\n    checks: [{{tcp: '127.0.0.1:{service.port}', every: 10s}}]\n"
        f"canaries: ['tcp://127.0.0.1:{gone.port}']\n"
    )
    async with world(tmp_path, config) as story:
        await service.pull()
        await story.passes(seconds=21, step=3)
        assert "DOWN mail" in story.phone("ana")[0]
