"""`config check --against URL`: what the bot that runs there would make of a configuration."""

import asyncio
import os
from collections.abc import Iterable
from pathlib import Path

import httpx

from bot.commands.frame import NO, Stop
from config.catalogue import LARGEST_FILE as LARGEST_PIECE
from config.catalogue import folder_of, names_in
from config.document import Unreadable, compose
from config.environment import config_path
from config.files import CannotRead, read_small
from config.loading import LARGEST_FILE
from config.texts import decoded

SECONDS = 30.0
"""For the whole question: a catalogue of thousands of files takes some seconds to check."""
Json = dict[str, object]


def asked(url: str, token: str, candidate: Json) -> Json:
    """What the bot answers. Raises Stop."""
    return asyncio.run(_ask(f"{url.rstrip('/')}/api/configuration/compare", token, candidate))


async def _ask(url: str, token: str, candidate: Json) -> Json:
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "midwatch"}
    try:
        async with asyncio.timeout(SECONDS), httpx.AsyncClient(timeout=SECONDS) as client:
            answer = await client.post(url, json=candidate, headers=headers)
    except (TimeoutError, httpx.TimeoutException):
        raise Stop(f"No answer within {SECONDS:g} s. Look at --against.", NO) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        why = type(error).__name__
        raise Stop(f"The connection failed ({why}). Look at --against.", NO) from None
    return _read(answer)


def _read(answer: httpx.Response) -> Json:
    status = answer.status_code
    if status == 404:
        raise Stop("That Midwatch cannot compare yet: it is an older version.", NO)
    if status == 401:
        raise Stop("It refuses the token: API_TOKEN must be that of the bot.", NO)
    try:
        said = answer.json()
    except ValueError:
        said = None
    if status != 200 or not isinstance(said, dict) or "ok" not in said:
        words = said.get("error") if isinstance(said, dict) else None
        raise Stop(f"It answers {words or f'HTTP {status}'}. Look at --against.", NO)
    return said


def piece(path: Path) -> Json:
    """One file of the catalogue. Raises Stop."""
    return {"files": [_sent(path, LARGEST_PIECE)]}


def whole(path: Path | None) -> Json:
    """A main file and its catalogue. Raises Stop."""
    source = Path(config_path(os.environ)[0]) if path is None else path
    main = _sent(source, LARGEST_FILE)
    try:
        root, _ = compose(decoded(str(main["content"])))
        folder = folder_of(root, source) if root else None
        names: Iterable[Path] = names_in(folder) if folder else ()
    except CannotRead as error:
        raise Stop(f"{source}: the folder of `catalogue` {error}.", 2) from None
    except Unreadable:
        names = ()
    return {"main": main, "files": [_sent(name, LARGEST_PIECE) for name in names]}


def _sent(path: Path, largest: int) -> Json:
    try:
        content = read_small(path, largest).decode("utf-8-sig")
    except CannotRead as error:
        raise Stop(f"{path} {error}" + (f": {error.mend}." if error.mend else "."), 2) from None
    except UnicodeDecodeError:
        raise Stop(f"{path} is not UTF-8 text: save the file as UTF-8.", 2) from None
    return {"name": str(path), "content": content}
