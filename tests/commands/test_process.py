"""The installed command as a process: exit codes, pipes, and `run` from start to SIGTERM."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from bot.running import bound
from tests.commands.world import World

ROOT = Path(__file__).resolve().parents[2]
MIDWATCH = (sys.executable, "-m", "bot.cli")


def environment(world: World, **more: str) -> dict[str, str]:
    own = {name: value for name, value in world.env.items() if value}
    return {**os.environ, **own, **more, "PYTHONPATH": str(ROOT)}


def test_the_exit_code_is_the_answer(world: World) -> None:
    words = (*MIDWATCH, "probe", "http://127.0.0.1:9/health", "--json")
    done = subprocess.run(words, env=environment(world), capture_output=True, check=False)
    assert done.returncode == 1
    assert b'"outcome": "down"' in done.stdout
    assert done.stderr == b""


def test_a_terminal_without_unicode_and_a_closed_pipe_do_no_harm(world: World) -> None:
    env = environment(world, PYTHONIOENCODING="ascii")
    words = " ".join((*MIDWATCH, "on-call", "|", "head", "-n", "1"))
    done = subprocess.run(words, env=env, shell=True, capture_output=True, check=False)
    assert done.stdout.startswith(b"On call ")
    assert b"Traceback" not in done.stderr


async def test_run_answers_refuses_a_second_one_and_stops_when_told(
    world: World, port: int
) -> None:
    world.change('- {http: "http://127.0.0.1:9/health", name: health, every: 10s}', "[]")
    env = environment(world, PORT=str(port))
    first = await asyncio.create_subprocess_exec(
        *MIDWATCH, "run", env=env, stderr=asyncio.subprocess.PIPE
    )
    try:
        await answers(f"http://127.0.0.1:{port}/healthz")
        second = await asyncio.create_subprocess_exec(
            *MIDWATCH, "run", env=env, stderr=asyncio.subprocess.PIPE
        )
        _, said = await second.communicate()
        assert second.returncode == 1
        assert f"(process {first.pid})" in said.decode()
        assert "Traceback" not in said.decode()
        first.send_signal(signal.SIGTERM)
        _, logged = await asyncio.wait_for(first.communicate(), 15)
        assert first.returncode == 0, logged.decode()
        assert "listening" in logged.decode()
        assert f"port={port}" in logged.decode()
    finally:
        if first.returncode is None:
            first.kill()


async def answers(url: str) -> None:
    async with asyncio.timeout(20), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                await asyncio.sleep(0.05)


def test_run_says_what_is_not_set_and_where_it_cannot_write(world: World, tmp_path: Path) -> None:
    away = {name: "" for name in world.env if name.startswith(("TWILIO_", "SLACK_"))}
    env = environment(world) | away | {"DATABASE_URL": f"sqlite:///{tmp_path}/nowhere/midwatch.db"}
    done = subprocess.run((*MIDWATCH, "run"), env=env, capture_output=True, check=False)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 1
    assert "nobody_can_be_paged" in said
    assert "TWILIO_AUTH_TOKEN" in said
    assert "receipts, replies by text, links" in said
    assert "nobody can answer a text" in said
    assert "Midwatch cannot write" in said
    assert "Traceback" not in said


def test_run_refuses_a_port_that_is_taken_before_it_pages_anybody(world: World) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        env = environment(world, PORT=str(other.getsockname()[1]))
        done = subprocess.run((*MIDWATCH, "run"), env=env, capture_output=True, check=False)
    said = done.stderr.decode()
    assert done.returncode == 1
    assert "Address already in use. Set PORT to a free one." in said
    assert "Traceback" not in said
    assert not Path(world.database_url.removeprefix("sqlite:///")).exists()


async def test_an_answer_in_two_parts_goes_out_without_waiting_in_between() -> None:
    """Without TCP_NODELAY that takes 40 ms, for each answer of the web server."""
    sent_at_once = asyncio.get_running_loop().create_future()

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        sent_at_once.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with bound("127.0.0.1", 0) as listener:
        async with await asyncio.start_server(answer, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            assert await asyncio.wait_for(sent_at_once, 5)
            writer.close()
