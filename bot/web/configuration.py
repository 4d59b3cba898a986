"""`POST /api/configuration/compare`: what a configuration would change here. Nothing is taken.

So that a pipeline can say it before a change is merged (`midwatch config check --against URL`).
"""

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.web.limits import ClientDisconnect, TooLarge, read_body

LARGEST = 24 * 1024 * 1024
"""Bytes of a request: a main file and a catalogue of thousands of services."""
TOLD_AT_MOST = 500
Json = dict[str, Any]


class Sent(BaseModel):
    """One file; `name` is its path as the sender knows it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f]*$")]
    content: str


class Comparing(BaseModel):
    """`main` left out: each of `files` takes its place in the catalogue that is here."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    main: Sent | None = None
    files: Annotated[list[Sent], Field(max_length=5000)] = []


class Found(Protocol):
    """What came of it: problems and warnings with file, line, column, where, what and mend."""

    @property
    def problems(self) -> Iterable[Any]: ...
    @property
    def warnings(self) -> Iterable[Any]: ...
    @property
    def changes(self) -> Iterable[str]: ...


_BODY: Json = {
    "requestBody": {"content": {"application/json": {"schema": Comparing.model_json_schema()}}}
}
"""For the description only: the body is read by hand, because it has a limit of its own."""
Compare = Callable[[tuple[str, str] | None, tuple[tuple[str, str], ...]], Found]


def router(compare: Compare, authenticate: Callable[..., None]) -> APIRouter:
    """The route, for those who may read the API."""
    routes = APIRouter(
        prefix="/api/configuration", dependencies=[Depends(authenticate)], tags=["api"]
    )
    turn = asyncio.Lock()

    @routes.post("/compare", openapi_extra=_BODY)
    async def compare_with(request: Request) -> JSONResponse:
        """What files of the configuration would change here, or why they would be refused."""
        asked = _asked(await _body(request))
        main = (asked.main.name, asked.main.content) if asked.main else None
        files = tuple((one.name, one.content) for one in asked.files)
        async with turn:  # one at a time, in a thread: paging goes on meanwhile
            found = await asyncio.to_thread(compare, main, files)
        return JSONResponse(answer(found))

    return routes


async def _body(request: Request) -> bytes:
    try:
        return await read_body(request, LARGEST)
    except TooLarge:
        raise HTTPException(413, f"the body is larger than {LARGEST // 1024 // 1024} MiB") from None
    except ClientDisconnect:
        raise HTTPException(400, "the connection was closed") from None


def _asked(body: bytes) -> Comparing:
    try:
        asked = Comparing.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise HTTPException(400, f"{where}: {first['msg']}") from None
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is not JSON") from None
    if asked.main is None and not asked.files:
        raise HTTPException(400, "neither main nor files are there")
    return asked


def answer(found: Found) -> Json:
    """As JSON. `ok`: it would be taken."""
    problems = [_plain(one) for one in found.problems]
    return {
        "ok": not problems,
        "problems": problems[:TOLD_AT_MOST],
        "warnings": [_plain(one) for one in found.warnings][:TOLD_AT_MOST],
        "changes": list(found.changes)[:TOLD_AT_MOST],
    }


def _plain(problem: Any) -> Mapping[str, object]:
    return asdict(problem)
