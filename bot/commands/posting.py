"""Posting a report to a hook: one deadline a try, three tries, a pause that grows between them."""

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx

from bot.commands.frame import NO, USAGE, Stop

TRY_SECONDS = 15.0
PAUSES_SECONDS = (1.0, 4.0)
"""Before the second and the third try, times a random share from 0.5 to 1.5."""
LONGEST_PAUSE_SECONDS = 30.0
LARGEST_ANSWER = 64 * 1024
_JITTER = random.SystemRandom()

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Failed:
    """A try that may be repeated. `after_seconds`: what the other side asked for."""

    why: str
    after_seconds: float | None = None


async def post(
    url: str,
    token: str,
    payload: Mapping[str, object],
    *,
    pauses_seconds: Sequence[float] = PAUSES_SECONDS,
    try_seconds: float = TRY_SECONDS,
) -> Json:
    """The hook's answer. Raises Stop: code 2 when the report or the token is wrong, else 1."""
    body = json.dumps(payload).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    failed = Failed("it was never tried")
    async with httpx.AsyncClient(headers=headers, timeout=try_seconds) as client:
        for pause in (*pauses_seconds, None):
            outcome = await _once(client, url, body, try_seconds)
            if not isinstance(outcome, Failed):
                return outcome
            failed = outcome
            if pause is not None:
                await asyncio.sleep(_pause(pause, failed.after_seconds))
    tries = len(pauses_seconds) + 1
    raise Stop(f"Not recorded after {tries} tries: {failed.why}. Look at --host.", NO)


async def _once(
    client: httpx.AsyncClient, url: str, body: bytes, try_seconds: float
) -> Json | Failed:
    try:
        async with asyncio.timeout(try_seconds), client.stream("POST", url, content=body) as answer:
            text = await _read(answer)
    except (TimeoutError, httpx.TimeoutException):
        return Failed(f"no answer within {try_seconds:g} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Failed(f"the connection failed ({type(error).__name__})")
    return _read_answer(answer, text)


async def _read(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            break
    return bytes(body[:LARGEST_ANSWER])


def _read_answer(answer: httpx.Response, body: bytes) -> Json | Failed:
    said = _json(body)
    status = answer.status_code
    words = str(said.get("error") or f"HTTP {status}")
    if status in (200, 201, 202):
        if said.get("id") is None:
            raise Stop("Not recorded: what answers at --host is not Midwatch", USAGE)
        return said
    if status in (408, 425, 429) or status >= 500:
        return Failed(words, _seconds(answer.headers.get("retry-after", "")))
    if status == 400:
        field = said.get("field")
        raise Stop(f"Refused: {f'{field}: ' if field else ''}{words}", USAGE)
    if status == 401:
        raise Stop("Refused: the token is not the one that Midwatch has (HOOK_TOKEN)", USAGE)
    if status == 413:
        raise Stop("Refused: the report is larger than 1 MiB", USAGE)
    if 300 <= status < 400:
        raise Stop(f"Not recorded: --host redirects (HTTP {status}); name the final URL", USAGE)
    raise Stop(f"Not recorded: {words} (HTTP {status}); is --host Midwatch's PUBLIC_URL?", NO)


def _json(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() and len(text) < 7 else None


def _pause(pause_seconds: float, after_seconds: float | None) -> float:
    own = pause_seconds * _JITTER.uniform(0.5, 1.5)
    return own if after_seconds is None else min(max(own, after_seconds), LONGEST_PAUSE_SECONDS)
