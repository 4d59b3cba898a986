"""The `midwatch` command. Exit codes: 0 fine, 1 the answer is no, 2 usage or configuration."""

import sys
from io import TextIOWrapper

import typer

from bot.commands import (
    acting,
    deploy,
    diagnosis,
    lists,
    on_call,
    paging,
    probing,
    serving,
    settings,
    sign_in,
)
from bot.commands.frame import Guarded

# In the order in which `midwatch --help` lists them.
GROUPS = (serving, diagnosis, settings, probing, paging, lists, acting, on_call, deploy, sign_in)


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
    build()()


if __name__ == "__main__":
    main()
