"""What every command shares: its options, its configuration, and how it ends."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperGroup

from bot.commands import terminal
from bot.ports import StoreUnavailable
from config import Config, ConfigError, load
from config.environment import Settings

T = TypeVar("T")

NO, USAGE = 1, 2

ConfigPath = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The configuration file. Default: MIDWATCH_CONFIG, else config/midwatch.yaml.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs: JSON on stdout.")]
AsPerson = Annotated[
    str, typer.Option("--as", help="Who does it: a key of `people`.", show_default=False)
]


class Stop(Exception):
    """The command ends here. The message says what is wrong and how to mend it."""

    def __init__(self, message: str, code: int = NO) -> None:
        super().__init__(message)
        self.code = code


class Guarded(TyperGroup):
    """Turns what may be expected to go wrong into a sentence and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command. Errors that nobody expected keep their traceback."""
        try:
            return super().invoke(ctx)
        except Stop as stop:
            for line in str(stop).splitlines():
                terminal.note(line, "red")
            raise typer.Exit(stop.code) from None
        except StoreUnavailable as away:
            terminal.note(f"The database does not answer: {away}", "red")
            terminal.note("Look at DATABASE_URL; `midwatch doctor` says more.")
            raise typer.Exit(NO) from None
        except KeyboardInterrupt:
            raise typer.Exit(130) from None


def configured(path: Path | None) -> Config:
    """The configuration, or a Stop that lists every problem of it."""
    try:
        return load(path, os.environ)
    except ConfigError as error:
        lines = [str(problem) for problem in error.problems]
        raise Stop("\n".join([*lines, count(len(lines))]), USAGE) from None


def count(problems: int) -> str:
    """The closing line below a list of problems."""
    return "1 problem" if problems == 1 else f"{problems} problems"


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run the asynchronous part of a command."""
    return asyncio.run(work)


def require_links(settings: Settings) -> None:
    """Raises Stop where no link to the pages can be made."""
    if settings.secret_key is None:
        raise Stop("SECRET_KEY is not set, so no link can be signed.", USAGE)
    if settings.public_url is None:
        raise Stop("PUBLIC_URL is not set, so a link would lead nowhere.", USAGE)


def known_person(key: str, config: Config) -> str:
    """The key of a configured person, however its case. Raises Stop with those there are."""
    found = next((name for name in config.people if name.casefold() == key.casefold()), None)
    if found is None:
        raise Stop(f"There is no person {key!r}. Known: {', '.join(config.people)}.", USAGE)
    return found


def known_service(key: str, config: Config) -> str:
    """The same for a service."""
    found = next((name for name in config.services if name.casefold() == key.casefold()), None)
    if found is None:
        known = ", ".join(config.services) or "none"
        raise Stop(f"There is no service {key!r}. Known: {known}.", USAGE)
    return found
