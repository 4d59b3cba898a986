"""`ack` and `resolve`: the running bot decides, this says what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.frame import NO, AsJson, AsPerson, ConfigPath, Stop, run
from bot.core.events import Acknowledged, Actor, Event, Resolved
from bot.core.incident import Incident, TrackState
from bot.core.policy import Policy
from bot.core.signal import Level, Signal
from bot.core.wording import private
from bot.ports import IncidentView, Store
from bot.web import present

Number = Annotated[int, typer.Argument(help="The incident's number.", min=1, max=999_999_999)]
Wait = Annotated[
    float,
    typer.Option("--wait", help="Seconds that a running bot may take.", min=0.0, max=600.0),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, and whether it was done (or had been done before)."""

    done: bool
    text: str


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("ack")(ack)
    app.command("resolve")(resolve)


def ack(
    number: Number,
    person: AsPerson,
    config: ConfigPath = None,
    as_json: AsJson = False,
    wait: Wait = running.WAIT_SECONDS,
) -> None:
    """Say "we have it" for somebody's teams."""

    def event(actor: Actor, at: datetime) -> Event:
        return Acknowledged(number, actor, at)

    run(_act(config, number, person, event, _acknowledged, as_json, wait))


def resolve(
    number: Number,
    person: AsPerson,
    config: ConfigPath = None,
    as_json: AsJson = False,
    wait: Wait = running.WAIT_SECONDS,
) -> None:
    """Say that it is over. Refused while a check still says that it is down."""

    def event(actor: Actor, at: datetime) -> Event:
        return Resolved(number, actor, at)

    run(_act(config, number, person, event, _resolved, as_json, wait))


async def _act(
    path: Path | None,
    number: int,
    person: str,
    event_of: Callable[[Actor, datetime], Event],
    answer_of: Callable[[Incident, Actor, datetime, Policy, list[Signal]], Answer],
    as_json: bool,
    wait_seconds: float,
) -> None:
    async with running.opened(path) as (config, beside):
        actor = running.actor_of(person, config)
        if await beside.store.incident(number) is None:
            raise Stop(private.no_such_incident(number, actor))
        at = beside.engine.clock.now()
        key = running.fresh_key(f"{number}")
        await running.decided(beside, key, event_of(actor, at), wait_seconds=wait_seconds)
        view = await remaining(beside.store, number)
        signals = await beside.store.signals()
        answer = answer_of(view.incident, actor, at, beside.policy, signals)
        if view.incident.number != number:
            answer = replace(answer, text=f"{private.led(number, view.incident)}{answer.text}")
        _tell(answer, view, as_json)


async def remaining(store: Store, number: int) -> IncidentView:
    """The incident; a merged one leads to the one that remains. Raises Stop if there is none."""
    view = await store.incident(number)
    for _ in range(100):
        if view is None or view.incident.merged_into is None:
            break
        view = await store.incident(view.incident.merged_into)
    if view is None:
        raise Stop(f"There is no incident #{number}.")
    return view


def _tell(answer: Answer, view: IncidentView, as_json: bool) -> None:
    if as_json:
        incident = present.incident_in_full(view)
        terminal.show_json({"done": answer.done, "text": answer.text, "incident": incident})
    else:
        terminal.say(answer.text, "green" if answer.done else "red")
    if not answer.done:
        raise typer.Exit(NO)


def _acknowledged(
    incident: Incident, actor: Actor, at: datetime, policy: Policy, _signals: list[Signal]
) -> Answer:
    teams = policy.teams_of(actor.person) if actor.person else ()
    mine = [it for it in incident.tracks if it.team in teams or (it.by and it.by == actor.person)]
    taken = [track for track in mine if track.by == actor.person and track.at == at]
    if not teams and not mine:
        return Answer(False, private.stranger())
    if not mine:
        return Answer(False, private.not_your_incident(incident, policy))
    if taken and incident.open:
        return Answer(True, private.yours(incident, taken, actor, policy))
    if not incident.open:
        return Answer(False, private.already_over(incident, actor, policy, at))
    if all(track.state is TrackState.ACKNOWLEDGED for track in mine):
        return Answer(True, private.already_acknowledged(incident, mine[0], actor, policy))
    return Answer(False, _undone(incident))


def _resolved(
    incident: Incident, actor: Actor, at: datetime, policy: Policy, signals: list[Signal]
) -> Answer:
    if not incident.open:
        now = incident.resolved_by == actor.person and (incident.resolved_at or at) >= at
        over = private.already_over(incident, actor, policy, at)
        return Answer(True, private.resolved(incident) if now else over)
    for signal in signals:
        down = signal.level is Level.DOWN and signal.source != "hand"
        if down and incident.affects(signal.service):
            refused = private.resolve_refused(incident, signal, actor)
            return Answer(False, f"{refused} in Slack, or {incident.number} ok 30m by text")
    return Answer(False, _undone(incident))


def _undone(incident: Incident) -> str:
    return f"#{incident.number} was not changed; the log of the running Midwatch says why."
