"""`config check --against URL`: what the Midwatch that runs there would make of a configuration."""

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import httpx
from pydantic_core import PydanticCustomError

from bot.commands.frame import NO, USAGE, Stop
from config.catalogue import LARGEST_PIECE, folders_of, listed
from config.document import Unreadable, compose
from config.env_types import url_text
from config.environment import config_path
from config.files import CannotRead, read_small
from config.loading import LARGEST_FILE
from config.problems import Problem
from config.texts import decoded
from config.variables import values

ROUTE = "/api/configuration/compare"
SECONDS = 60.0
"""For the whole question: thousands of files take some seconds to check."""
LARGEST_ANSWER = 4 * 1024 * 1024
Json = dict[str, object]


def candidate(files: Sequence[Path], config: Path | None) -> Json:
    """What is to be compared: these files of a catalogue, or a main file with its own.

    Raises Stop where a file cannot be read.
    """
    if files:
        return {"files": [_sent(path, LARGEST_PIECE) for path in files]}
    source = Path(config_path(os.environ)[0]) if config is None else config
    main = _sent(source, LARGEST_FILE)
    return {"main": main, "files": list(_beside(source, str(main["content"])))}


def _beside(source: Path, content: str) -> Iterator[Json]:
    try:
        root, _ = compose(decoded(content))
    except Unreadable:
        return  # the answer tells what is wrong with it
    for node, folder in folders_of(root, source) if root else ():
        try:
            found = listed(folder)
        except CannotRead as error:
            at = Problem(str(source), node.line, node.column, "catalogue", error.what, error.mend)
            raise Stop(str(at), USAGE) from None
        for one in found:
            yield _sent(one.path, LARGEST_PIECE)


def _sent(path: Path, largest: int) -> Json:
    try:
        content = read_small(path, largest).decode("utf-8-sig")
    except CannotRead as error:
        raise Stop(str(Problem(str(path), 0, 0, "", error.what, error.mend)), USAGE) from None
    except UnicodeDecodeError:
        raise Stop(f"{path}: not UTF-8 text (save the file as UTF-8)", USAGE) from None
    return {"name": str(path), "content": content}


def answer(against: str, asked: Mapping[str, object]) -> Json:
    """What the bot at this address says: `ok`, `problems`, `warnings`, `changes`. Raises Stop."""
    try:
        base = url_text(against)
    except PydanticCustomError as wrong:
        raise Stop(f"--against {wrong.message()}: https://midwatch.example.com", USAGE) from None
    return asyncio.run(_ask(f"{base}{ROUTE}", _token(), json.dumps(asked).encode()))


def _token() -> str:
    found, problems = values(os.environ, ("API_TOKEN",))
    if problems:
        raise Stop("\n".join(str(one) for one in problems), USAGE)
    if "API_TOKEN" not in found:
        raise Stop("API_TOKEN is not set: it is the token of that Midwatch's API.", USAGE)
    return found["API_TOKEN"]


async def _ask(url: str, token: str, body: bytes) -> Json:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        async with (
            asyncio.timeout(SECONDS),
            httpx.AsyncClient(headers=headers, timeout=SECONDS) as client,
            client.stream("POST", url, content=body) as response,
        ):
            return _read(response.status_code, await _body(response))
    except (TimeoutError, httpx.TimeoutException):
        raise Stop(f"Not compared: no answer within {SECONDS:g} s. Look at --against.") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        why = f"the connection failed ({type(error).__name__})"
        raise Stop(f"Not compared: {why}. Look at --against.") from None


async def _body(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            break
    return bytes(body[:LARGEST_ANSWER])


_WHY = {
    401: "the token is not the one that it has (API_TOKEN)",
    404: "what answers there is an older Midwatch that cannot compare, or none at all",
    405: "what answers there is an older Midwatch that cannot compare, or none at all",
    413: "the files are larger than it, or a proxy before it, takes",
}


def _read(status: int, body: bytes) -> Json:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        said = None
    if status == 200 and isinstance(said, dict) and isinstance(said.get("ok"), bool):
        return said
    if 300 <= status < 400:
        raise Stop(f"Not compared: --against redirects (HTTP {status}); name the final URL", NO)
    told = said.get("error") if isinstance(said, dict) else None
    why = _WHY.get(status) or str(told or "what answers there is not Midwatch")
    raise Stop(f"Not compared: {why} (HTTP {status}).", NO)


def problems_in(said: object) -> Iterator[Problem]:
    """Problems as they were sent, by whatever version."""
    for one in said if isinstance(said, list) else []:
        if isinstance(one, dict):
            texts = {name: str(one.get(name, "")) for name in ("file", "where", "what", "mend")}
            numbers = {name: one.get(name) for name in ("line", "column")}
            line, column = (n if isinstance(n, int) else 0 for n in numbers.values())
            yield Problem(line=line, column=column, **texts)
