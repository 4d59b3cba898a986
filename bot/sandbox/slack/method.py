"""One method of the Web API: what runs, the scope it needs, the kind of token it takes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.records import Json

Run = Callable[[Arguments], Awaitable[Json]]


@dataclass(frozen=True, slots=True)
class Method:
    """`scope` None: any token will do, or what it needs depends on what it is asked."""

    run: Run
    scope: str | None = None
    takes: Literal["bot", "app"] = "bot"
