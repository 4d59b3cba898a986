"""`follow-up`: what will keep it from happening again, said for a team; and who has not said it."""

from pathlib import Path
from typing import Annotated

import typer

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.acting import Wait, remaining
from bot.commands.frame import USAGE, AsJson, ConfigPath, Stop, run
from bot.core.events import FollowUpAnswered
from bot.core.following_up import why_not
from bot.core.incident import Incident
from bot.core.policy import Policy
from bot.core.wording import follow_ups as say
from bot.core.wording import private
from bot.core.wording.words import and_list
from bot.web import present

Number = Annotated[
    int | None, typer.Argument(help="The incident's number; none: what is waited for.", min=1)
]
Text = Annotated[str | None, typer.Argument(help="What will keep it from happening again.")]
As = Annotated[str | None, typer.Option("--as", help="Who says it: a key of `people`.")]
OfTeam = Annotated[str | None, typer.Option("--team", help="For which team; else the person's.")]
Customers = Annotated[str, typer.Option("--customers", help="What customers noticed.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("follow-up")(follow_up)


def follow_up(
    number: Number = None,
    text: Text = None,
    person: As = None,
    team: OfTeam = None,
    customers: Customers = "",
    config: ConfigPath = None,
    as_json: AsJson = False,
    wait: Wait = running.WAIT_SECONDS,
) -> None:
    """After a deploy-caused incident: answer for a team, or list who has not answered."""
    if number is None:
        run(_list(config, as_json))
    elif text is None or person is None:
        raise Stop('Say what, and who says it: follow-up 12 "A canary first" --as PERSON.', USAGE)
    else:
        run(_answer(config, number, person, (text, customers, team), as_json, wait))


async def _list(path: Path | None, as_json: bool) -> None:
    async with running.opened(path) as (_, beside):
        found = await beside.store.waiting_for_follow_ups()
        if as_json:
            terminal.show_json({"items": [_item(it) for it in found], "next": None})
            return
        terminal.show(("incident", "waits for"), [_row(it, beside.policy) for it in found])


def _item(incident: Incident) -> dict[str, object]:
    parts = [present.follow_up(it) for it in incident.follow_ups]
    return {"number": incident.number, "service": incident.service, "follow_up": parts}


def _row(incident: Incident, policy: Policy) -> tuple[str, ...]:
    teams = [policy.team_name(it.team) for it in incident.follow_ups if it.waiting]
    return (f"#{incident.number} {incident.service}", and_list(teams))


async def _answer(
    path: Path | None,
    number: int,
    person: str,
    said: tuple[str, str, str | None],
    as_json: bool,
    wait_seconds: float,
) -> None:
    async with running.opened(path) as (config, beside):
        actor, at = running.actor_of(person, config), beside.engine.clock.now()
        if await beside.store.incident(number) is None:
            raise Stop(private.no_such_incident(number, actor))
        before = (await remaining(beside.store, number)).incident
        text, customers, team = said
        event = FollowUpAnswered(before.number, text, actor, at, team, customers)
        refused = why_not(event, before, beside.policy)
        if refused is not None:
            raise Stop(refused)
        key = running.fresh_key(f"follow-up-{number}")
        await running.decided(beside, key, event, wait_seconds=wait_seconds)
        after = (await remaining(beside.store, number)).incident
        made = [it for it in after.follow_ups if (it.by, it.at) == (actor.person, at)]
        if made:
            answer = say.noted(after, made[0], beside.policy)
        elif before.follow_ups == after.follow_ups:
            answer = say.stands(after)
        else:
            raise Stop(f"#{number} was not changed; the log of the running Midwatch says why.")
        if as_json:
            terminal.show_json({"done": True, "text": answer, **_item(after)})
        else:
            terminal.say(answer, "green")
