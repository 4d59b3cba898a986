"""`login`: a one-time link to the web pages, for when neither Slack nor SMS can bring one."""

from pathlib import Path

import typer

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.frame import (
    AsJson,
    AsPerson,
    ConfigPath,
    configured,
    known_person,
    require_links,
)
from bot.commands.frame import run as run_async
from bot.web.sessions import LINK_LASTS


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("login")(login)


def login(person: AsPerson, config: ConfigPath = None, as_json: AsJson = False) -> None:
    """Print a link that signs somebody in, once, within ten minutes."""
    loaded = configured(config)
    who = known_person(person, loaded)
    require_links(loaded.settings)
    link = run_async(_link(config, who))
    minutes = int(LINK_LASTS.total_seconds() // 60)
    if as_json:
        terminal.show_json({"person": who, "url": link, "lasts_seconds": minutes * 60})
        return
    terminal.say(link)
    terminal.note(f"It signs {who} in, once, within {minutes} min. Whoever has it is {who}.")


async def _link(path: Path | None, person: str) -> str:
    async with running.opened(path) as (_, beside):
        return beside.sessions.link(person)
