"""The `midwatch` command. Exit codes: 0 fine, 1 the answer is no, 2 usage or configuration."""

import contextlib
import logging
import os
import sys
from io import TextIOWrapper
from typing import NoReturn

import typer

from bot.commands import (
    acting,
    audit,
    deploy,
    diagnosis,
    following_up,
    importing,
    lists,
    on_call,
    overriding,
    paging,
    probing,
    quieting,
    release,
    serving,
    settings,
    sign_in,
    stats,
)
from bot.commands.frame import Guarded

# In the order in which `midwatch --help` lists them.
GROUPS = (
    serving,
    diagnosis,
    settings,
    probing,
    paging,
    lists,
    acting,
    following_up,
    on_call,
    overriding,
    quieting,
    deploy,
    release,
    stats,
    audit,
    importing,
    sign_in,
)


def build() -> typer.Typer:
    """The whole command, composed anew."""
    app = typer.Typer(
        name="midwatch",
        cls=Guarded,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(midwatch)
    for group in GROUPS:
        group.register(app)
    return app


def midwatch() -> None:
    """On-call alerting: both teams are paged, one thread opens, the deployment is named."""


def main() -> None:
    """The entry point. A terminal that cannot show a sign gets a stand-in, not a crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        build()()
    except SystemExit as end:
        _leave(end.code)


def _leave(code: str | int | None) -> NoReturn:
    """End at once, with this exit code.

    The HTTP library's own thread may still let go of an object while Python tears itself down,
    which aborts the process: the exit code would be 134, now and then, and not the answer.
    """
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    main()
