"""The courier: carries the providers' requests to Midwatch and keeps their background work."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of one request to Midwatch. `status` is None if there was no answer at all."""

    status: int | None
    body: str = ""
    content_type: str = ""
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Answered with 2xx."""
        return self.status is not None and 200 <= self.status < 300


class Courier:
    """Requests to Midwatch over one connection pool, and the tasks that make them."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._lasting: set[asyncio.Task[None]] = set()

    async def post(
        self, url: str, body: bytes, headers: dict[str, str], timeout_seconds: float
    ) -> Delivered:
        """POST and report; a failure is an answer too, never an exception."""
        return await self._request("POST", url, body, headers, timeout_seconds)

    async def get(self, url: str, headers: dict[str, str], timeout_seconds: float) -> Delivered:
        """GET and report; a failure is an answer too, never an exception."""
        return await self._request("GET", url, b"", headers, timeout_seconds)

    async def _request(
        self, method: str, url: str, body: bytes, headers: dict[str, str], timeout_seconds: float
    ) -> Delivered:
        client = self._open()
        try:
            async with asyncio.timeout(timeout_seconds):
                answer = await client.request(method, url, content=body, headers=headers)
        except TimeoutError:
            return Delivered(None, problem="timeout")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Delivered(None, problem=type(error).__name__)
        kind = answer.headers.get("content-type", "")
        return Delivered(answer.status_code, answer.text, kind.partition(";")[0].strip().lower())

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            # The whole request has its own limit; the bot under test runs on this machine.
            self._client = httpx.AsyncClient(trust_env=False, timeout=60, verify=False)  # noqa: S501
        return self._client

    def spawn(self, work: Coroutine[Any, Any, None], *, lasting: bool = False) -> None:
        """Run in the background. `lasting` work (a ringing phone) is not waited for."""
        tasks = self._lasting if lasting else self._tasks
        task = asyncio.get_running_loop().create_task(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def settled(self, timeout_seconds: float) -> None:
        """Wait until no background work is left. Raises TimeoutError."""
        async with asyncio.timeout(timeout_seconds):
            while self._tasks:
                await asyncio.wait(set(self._tasks))

    async def aclose(self) -> None:
        """Stop all work and close the connections."""
        tasks = [*self._tasks, *self._lasting]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None
