"""The demo as people start it, told to stop in the middle of an outage."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import httpx

from tests.house.ports import kept_neighbours

PATIENCE_SECONDS = 30.0
BREAK = "/sandbox/controls/break-checkout"
ROOT = Path(__file__).resolve().parents[2]


async def test_the_demo_ends_cleanly_when_it_is_told_to(tmp_path: Path) -> None:
    """With an outage under way and a browser that listens to the stream of changes."""
    with kept_neighbours() as port:
        await starts_and_ends_cleanly(port, tmp_path)


async def starts_and_ends_cleanly(port: int, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "MIDWATCH_CONFIG"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot.cli", "demo", "--port", str(port)),
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said = await stopped_in_an_outage(process, f"http://127.0.0.1:{port + 1}")
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "never retrieved" not in said
    assert list(tmp_path.iterdir()) == [], "it left something behind"


async def stopped_in_an_outage(process: asyncio.subprocess.Process, page: str) -> str:
    async with asyncio.timeout(PATIENCE_SECONDS), httpx.AsyncClient(base_url=page) as browser:
        await reachable(browser)
        async with browser.stream("GET", "/sandbox/stream") as changes:
            assert changes.status_code == 200
            pressed = await browser.post(BREAK, headers={"X-Sandbox": "1"})
            assert pressed.status_code == 200
            async for line in changes.aiter_lines():
                if "DOWN checkout" in line:
                    break
            asked_at = time.monotonic()
            process.send_signal(signal.SIGTERM)
            said, _ = await process.communicate()
    assert time.monotonic() - asked_at < 10
    return said.decode()


async def reachable(browser: httpx.AsyncClient) -> None:
    while True:
        try:
            if (await browser.get("/sandbox/state")).status_code == 200:
                return
        except httpx.TransportError:
            await asyncio.sleep(0.05)
