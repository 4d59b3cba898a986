"""`page PERSON`: a test page by the whole way to one phone, until its receipt is here."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.frame import NO, USAGE, AsJson, ConfigPath, Stop, known_person, run
from bot.core.events import Actor, PageTestAsked
from bot.core.page import TERMINAL, Page, PageState
from bot.core.policy import Policy
from bot.web import present

if TYPE_CHECKING:
    from bot.beside import Beside

RECEIPT_SECONDS = 60.0
KEY_SECONDS = 120.0
"""A call rings, and says three times what it has to say."""
LOOK_EVERY_SECONDS = 0.1
_WORDS = {
    PageState.QUEUED: "waits in the outbox",
    PageState.SENDING: "is being handed over",
    PageState.SENT: "was handed over; waiting for its receipt",
    PageState.DELIVERED: "was delivered",
    PageState.UNDELIVERED: "was not delivered",
    PageState.FAILED: "could not be sent",
    PageState.CANCELLED: "was cancelled",
    PageState.BUNDLED: "goes out with others",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("page")(page)


def page(
    person: Annotated[str, typer.Argument(help="A key of `people`.")],
    by: Annotated[
        str | None, typer.Option("--by", help="sms, call, slack, … Default: the person's first.")
    ] = None,
    config: ConfigPath = None,
    as_json: AsJson = False,
    wait: Annotated[
        float | None,
        typer.Option(
            "--wait",
            help="Seconds to wait for the receipt, of a call for a key. Default: 60, by call 120.",
            min=0.0,
            max=900.0,
        ),
    ] = None,
) -> None:
    """Send somebody a test page and wait until the phone has it."""
    run(_page(config, person, by, as_json, wait))


async def _page(
    path: Path | None, person: str, by: str | None, as_json: bool, wait: float | None
) -> None:
    async with running.opened(path) as (config, beside):
        who = known_person(person, config)
        channel = _channel(who, by, beside.policy)
        usual = KEY_SECONDS if channel == "call" else RECEIPT_SECONDS
        wait_seconds = usual if wait is None else wait
        key = running.fresh_key(f"test-{who}")
        actor = Actor(None, "cli", "the command line")
        event = PageTestAsked(who, channel, key, actor, beside.engine.clock.now())
        longest = min(running.WAIT_SECONDS, wait_seconds)
        await running.decided(beside, key, event, wait_seconds=longest)
        states = await _followed(beside, key, wait_seconds, quiet=as_json)
        _tell(states, as_json, wait_seconds)


def _channel(person: str, by: str | None, policy: Policy) -> str:
    usable = policy.people[person].channels
    if by in usable:
        return by
    if by is None and usable:
        return usable[0]
    what = f"{person} cannot be paged by {by}" if by else f"{person} cannot be paged at all"
    mend = f"usable: {', '.join(usable)}" if usable else "`midwatch doctor` says what is off"
    raise Stop(f"{what}; {mend}.", USAGE)


async def _followed(beside: "Beside", key: str, wait_seconds: float, *, quiet: bool) -> list[Page]:
    """Every state that was seen, the last one last; ends with a receipt or when time is up."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + wait_seconds
    seen: list[Page] = []
    while True:
        now = await beside.store.page(key)
        if now is not None and (not seen or seen[-1].state is not now.state):
            seen.append(now)
            if not quiet:
                _line(now)
        if (seen and seen[-1].state in TERMINAL) or loop.time() >= ends:
            return seen
        await asyncio.sleep(LOOK_EVERY_SECONDS)


def _line(now: Page) -> None:
    colour = {PageState.DELIVERED: "green", PageState.UNDELIVERED: "red", PageState.FAILED: "red"}
    why = f": {now.error}" if now.error else ""
    words = f"{now.channel} to {now.person} {_WORDS[now.state]}{why}"
    terminal.say(words, colour.get(now.state, ""))


def _tell(states: list[Page], as_json: bool, wait_seconds: float) -> None:
    delivered = bool(states) and states[-1].state is PageState.DELIVERED
    if as_json:
        last: dict[str, Any] = present.page(states[-1]) if states else {}
        passed = [state.state.value for state in states]
        terminal.show_json({**last, "delivered": delivered, "states": passed})
    elif not states:
        terminal.note("The test page was not written: the running Midwatch has other people.")
    elif states[-1].state not in TERMINAL:
        terminal.note(
            f"No receipt within {wait_seconds:g} s. The page may still arrive; if it never does, "
            "look at PUBLIC_URL (receipts come to it) with `midwatch doctor`.",
            "yellow",
        )
    if not delivered:
        raise typer.Exit(NO)
