"""`incidents` and `deployments`: what the database knows, newest first."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from bot.commands import beside as running
from bot.commands import terminal
from bot.commands.frame import AsJson, ConfigPath, Stop, known_service, run
from bot.core.age import age
from bot.core.deployment import Deployment, DeploymentState
from bot.core.incident import Incident, IncidentState, TrackState
from bot.core.link import Label
from bot.core.policy import Policy
from bot.core.wording.words import day_and_clock, on_and_off, some
from bot.ports import Store
from bot.web import present
from bot.web.report import markdown, shipped_around

Limit = Annotated[int, typer.Option("--limit", help="At most this many.", min=1, max=500)]
OfService = Annotated[str | None, typer.Option("--service", help="Of this service only.")]

_COLOURS = {
    IncidentState.TRIGGERED: "red",
    IncidentState.ACKNOWLEDGED: "yellow",
    IncidentState.RESOLVED: "green",
}
_STATES = {DeploymentState.SUCCEEDED: "green", DeploymentState.STARTED: "yellow"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("incidents")(incidents)
    app.command("deployments")(deployments)
    app.command("timeline")(timeline)


def incidents(
    config: ConfigPath = None,
    as_json: AsJson = False,
    only_open: Annotated[bool, typer.Option("--open", help="Only those not resolved.")] = False,
    service: OfService = None,
    limit: Limit = 20,
) -> None:
    """List incidents, newest first."""
    run(_incidents(config, as_json, only_open, service, limit))


def deployments(
    config: ConfigPath = None,
    as_json: AsJson = False,
    service: OfService = None,
    environment: Annotated[
        str | None, typer.Option("--environment", help="Of this environment only.")
    ] = None,
    limit: Limit = 20,
) -> None:
    """List deployments, newest first."""
    run(_deployments(config, as_json, service, environment, limit))


def timeline(
    number: Annotated[int, typer.Argument(help="The incident.", min=1)],
    config: ConfigPath = None,
) -> None:
    """Print an incident with everything in its order, as Markdown for a post-mortem."""
    run(_timeline(config, number))


async def _timeline(path: Path | None, number: int) -> None:
    async with running.opened(path) as (_, beside):
        view = await beside.store.incident(number)
        if view is None:
            raise Stop(f"There is no incident #{number}.")
        policy, now = beside.policy, beside.engine.clock.now()
        shipped = await shipped_around(beside.store, view.incident, policy, now)
        for line in markdown(view, policy, policy.timezone, now, shipped).splitlines():
            terminal.say(line)


async def _incidents(
    path: Path | None, as_json: bool, only_open: bool, service: str | None, limit: int
) -> None:
    async with running.opened(path) as (config, beside):
        of = known_service(service, config) if service else None
        state = "open" if only_open else None
        found = await beside.store.incidents(state=state, service=of, limit=limit + 1)
        if as_json:
            items = [await _incident_json(item, beside.store) for item in found[:limit]]
            after = found[limit - 1].number if len(found) > limit else None
            terminal.show_json({"items": items, "next": after})
            return
        now = beside.engine.clock.now()
        _incident_table(found[:limit], beside.policy, now, only_open)
        _more(found, limit)


async def _incident_json(incident: Incident, store: Store) -> dict[str, Any]:
    named = incident.cause.deployment if incident.cause else None
    return present.incident(incident, await store.deployment(named) if named else None)


def _incident_table(
    found: Sequence[Incident], policy: Policy, now: datetime, only_open: bool
) -> None:
    if not found:
        terminal.say("Nothing is open." if only_open else "There was no incident yet.", "green")
        return
    rows = [
        (
            f"#{item.number}",
            _state(item),
            some([part.service for part in item.told_of]),
            day_and_clock(item.began_at, now, policy.timezone),
            lasted(item, now),
            _lights(item, policy),
            _deployment(item),
        )
        for item in found
    ]
    terminal.show(("", "state", "service", "since", "for", "who has it", "deployment"), rows)


def lasted(incident: Incident, now: datetime) -> str:
    """From its first minute to its last, beside the time of its first."""
    whole = age((incident.resolved_at or now) - incident.began_at)
    return f"{whole}{on_and_off(incident.reopened + 1)}"


def _state(incident: Incident) -> Text:
    if incident.merged_into is not None:
        return Text(f"part of #{incident.merged_into}", "dim")
    return Text(incident.state.value, _COLOURS[incident.state])


def _lights(incident: Incident, policy: Policy) -> str:
    return " · ".join(
        f"{policy.team_name(track.team)}: "
        + (policy.owner_of(track.by) if track.state is TrackState.ACKNOWLEDGED else "nobody")
        for track in incident.tracks
    )


def _deployment(incident: Incident) -> str:
    named = incident.link.named
    if named is None or incident.link.label is Label.NONE:
        return "none known" if incident.link.weighed else "not weighed"
    label = incident.link.label.value.replace("_", " ")
    return f"{_tag(named.deployment)} ({label})"


def _tag(item: Deployment) -> str:
    sha = item.short_sha or ""
    return " ".join(word for word in (item.name, sha if sha not in item.name else "") if word)


async def _deployments(
    path: Path | None, as_json: bool, service: str | None, environment: str | None, limit: int
) -> None:
    async with running.opened(path) as (config, beside):
        of = known_service(service, config) if service else None
        found = await beside.store.deployments(service=of, environment=environment, limit=limit + 1)
        if as_json:
            items = [present.deployment(item) for item in found[:limit]]
            after = found[limit - 1].id if len(found) > limit else None
            terminal.show_json({"items": items, "next": after})
            return
        _deployment_table(found[:limit], beside.policy, beside.engine.clock.now())
        _more(found, limit)


def _deployment_table(found: Sequence[Deployment], policy: Policy, now: datetime) -> None:
    if not found:
        terminal.say("No deployment is known: `midwatch deploy record` or a web hook tells of one.")
        return
    rows = [
        (
            item.service,
            item.environment,
            _tag(item),
            Text(item.state.value.replace("_", " "), _STATES.get(item.state, "red")),
            _when(item, policy, now),
            item.by or "",
            str(len(item.commits) or ""),
            item.id,
        )
        for item in found
    ]
    columns = ("service", "environment", "version", "state", "when", "by", "commits", "id")
    terminal.show(columns, rows)


def _when(item: Deployment, policy: Policy, now: datetime) -> str:
    at = item.ended_at or item.started_at or item.reported_at
    return f"{day_and_clock(at, now, policy.timezone)} ({age(now - at)} ago)"


def _more(found: Sequence[object], limit: int) -> None:
    if len(found) > limit:
        terminal.note(f"There are more than {limit}: see --limit.")
