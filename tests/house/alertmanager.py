"""A real Alertmanager on loopback that delivers to a webhook at once."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.house.machine import MissingError
from tests.house.ports import kept_port

START_SECONDS = 20.0
CONFIG = {
    "route": {
        "receiver": "midwatch",
        "group_by": ["service"],
        "group_wait": "0s",
        "group_interval": "50ms",
        "repeat_interval": "100ms",
    },
}


def find_alertmanager() -> str:
    """The path of the program.

    Raises:
        MissingError: it is not on the PATH.
    """
    found = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    if found is None:
        raise MissingError("no Alertmanager (Debian: apt-get install prometheus-alertmanager)")
    return found


class Alertmanager:
    """One that runs."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def hears(self, *labels: dict[str, str], ended: datetime | None = None) -> None:
        """What Prometheus tells it: these alerts fire, or ended then."""
        alerts: list[dict[str, Any]] = [
            {"labels": it, "annotations": {"summary": "API <is> down & out"}} for it in labels
        ]
        ends = {"endsAt": ended.isoformat()} if ended else {}
        answer = await self.http.post("/api/v2/alerts", json=[it | ends for it in alerts])
        answer.raise_for_status()


@asynccontextmanager
async def running_alertmanager(
    program: str, folder: Path, url: str, token: str
) -> AsyncIterator[Alertmanager]:
    """With `url` as the webhook, by the receiver that docs/sources.md shows."""
    hook = {"url": url, "http_config": {"authorization": {"credentials": token}}}
    config = CONFIG | {"receivers": [{"name": "midwatch", "webhook_configs": [hook]}]}
    path = folder / "alertmanager.json"  # JSON is YAML
    path.write_text(json.dumps(config), encoding="utf-8")
    with kept_port() as port:
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={path}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            await _listens(process)
            base = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
                yield Alertmanager(http)
        finally:
            process.kill()
            await process.communicate()


async def _listens(process: asyncio.subprocess.Process) -> None:
    assert process.stderr is not None
    async with asyncio.timeout(START_SECONDS):
        while b"Listening on" not in (line := await process.stderr.readline()):
            assert line, "Alertmanager has ended"
