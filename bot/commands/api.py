"""Reading Midwatch's own API, from a pipeline that may wait for hours, through its restarts too."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from bot.commands.deploy import base_of
from bot.commands.frame import NO, USAGE, Stop
from config.variables import values

TRY_SECONDS = 15.0
AGAIN_SECONDS = 5.0
TRIES = 60
"""Five minutes: a restart, a migration, a deployment of Midwatch itself."""
LARGEST_ANSWER = 4 * 1024 * 1024


def address(host: str | None, env: Mapping[str, str]) -> tuple[str, str]:
    """Where Midwatch is, and API_TOKEN. Raises Stop that names the variable to set."""
    found, problems = values(env, ("PUBLIC_URL", "API_TOKEN"))
    if problems:
        raise Stop("\n".join(str(one) for one in problems), USAGE)
    if "API_TOKEN" not in found:
        raise Stop("API_TOKEN is not set: it is the token of that Midwatch's API.", USAGE)
    return base_of(host, found), found["API_TOKEN"]


def quoted(id_: str) -> str:
    """An id inside of an address."""
    return quote(id_, safe="")


async def get(
    url: str, token: str, *, tries: int = TRIES, again_seconds: float = AGAIN_SECONDS
) -> dict[str, Any]:
    """The JSON object there. Raises Stop: code 2 for a wrong token or id, 1 when it is away."""
    why = "it was never tried"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        for attempt in range(1, tries + 1):
            try:
                async with asyncio.timeout(TRY_SECONDS):
                    answer = await client.get(url, timeout=TRY_SECONDS)
                found = _read(answer)
                if found is not None:
                    return found
                why = f"HTTP {answer.status_code}"
            except (TimeoutError, httpx.HTTPError) as error:
                why = f"the connection failed ({type(error).__name__})"
            except httpx.InvalidURL:
                raise Stop("--host is no address", USAGE) from None
            if attempt < tries:
                await asyncio.sleep(again_seconds)
    raise Stop(f"Midwatch could not be asked {tries} times in a row: {why}.", NO)


def _read(answer: httpx.Response) -> dict[str, Any] | None:
    """None: to be tried again."""
    status = answer.status_code
    if status == 401:
        raise Stop("Refused: the token is not the one that Midwatch has (API_TOKEN).", USAGE)
    if status == 404:
        raise Stop("There is no such release.", USAGE)
    if status != 200 or len(answer.content) > LARGEST_ANSWER:
        return None
    try:
        found = answer.json()
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
