"""What is allowed and yet likely to be regretted: the warnings of a configuration."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers

from config.document import Path
from config.escalation import ROLES, by_name
from config.people import Person, Team
from config.problems import key
from config.references import Finding
from config.schema import File

_NEEDS = {"sms": "phone", "call": "phone", "slack": "slack", "email": "email", "webhook": "webhook"}

REPEATED_EVERY = timedelta(hours=4)
"""The default `repeat_interval` of both. Source: their documentation."""


def doubts(file: File) -> Iterator[Finding]:
    """Warnings about a file that can be used."""
    yield from _without_phone(file)
    yield from _odd_phones(file)
    yield from _few_approvers(file)
    yield from _unreachable_steps(file)
    yield from _groups_on_github(file)
    if file.alerts.expires <= REPEATED_EVERY:
        what = (
            "Alertmanager and Grafana repeat an alert every 4 h: before that it would count as over"
        )
        yield ("alerts", "expires"), what, "set it longer than their repeat_interval"
    if not file.canaries:
        mend = 'add canaries: ["tcp://1.1.1.1:443", "tcp://8.8.8.8:53"]'
        yield (), "no canaries: trouble of our own network looks like everybody's outage", mend
    if file.slack is None:
        yield (), "no `slack` section: incidents get no thread", "name the channel for incidents"


def _groups_on_github(file: File) -> Iterator[Finding]:
    for name, service in file.services.items():
        if service.host == "github" and (service.repository or "").count("/") > 1:
            what = "GitHub has no groups within groups: none of its repositories is called so"
            yield ("services", name, "repository"), what, "owner/name, or add `host: gitlab`"


def starting_later(file: File, now: datetime) -> Iterator[Finding]:
    """Rotas of which no layer has begun at `now` (aware): until then the whole team is on call."""
    for name, team in file.teams.items():
        layers = team.rota.layers if team.rota else ()
        starts = [
            layer.starts.replace(tzinfo=ZoneInfo(layer.timezone or file.timezone))
            for layer in layers
        ]
        if starts and min(starts) > now:
            what = "the rota begins in the future: until then nobody is on duty, everyone is paged"
            yield ("teams", name, "on_call"), what, "set `starts` to a past hand-over"


def _on_call(team: Team) -> Iterable[str]:
    if team.rota is None:
        return team.members
    return {person: None for layer in team.rota.layers for person in layer.rota}


def _without_phone(file: File) -> Iterator[Finding]:
    for name, team in file.teams.items():
        for person in _on_call(team):
            if file.people[person].phone is None:
                what = f"is on call for {key(name)} and has no phone: the whole team is paged"
                yield ("people", person), what, "add `phone`"


def _odd_phones(file: File) -> Iterator[Finding]:
    for name, person in file.people.items():
        if person.phone and not phonenumbers.is_valid_number(phonenumbers.parse(person.phone)):
            yield ("people", name, "phone"), "no such number is given out", "check its digits"


def _few_approvers(file: File) -> Iterator[Finding]:
    if file.sign_off is None:
        return
    path: Path = ("sign_off", "approvers")
    if len(file.sign_off.approvers) < 2:
        what = "a single approver cannot sign what they wrote or asked for"
        yield path, what, "name at least two"
    for index, name in enumerate(file.sign_off.approvers):
        if not _reachable(file.people[name]):
            yield (
                (*path, index),
                f"{key(name)} cannot be reached",
                "add `phone`, `slack`, `email` or `webhook`",
            )


def _reachable(person: Person) -> bool:
    return any(getattr(person, _NEEDS[channel]) for channel in person.channels)


def _unreachable_steps(file: File) -> Iterator[Finding]:
    """A step that names a person by channels that this person has no address for."""
    for policy, steps in by_name(file.escalation).items():
        for index, step in enumerate(steps):
            person = None if step.page in ROLES else file.people[step.page]
            if person and not any(getattr(person, _NEEDS[channel]) for channel in step.by):
                inner = (policy, index) if isinstance(file.escalation, dict) else (index,)
                what = f"{key(step.page)} has no address for this step"
                yield ("escalation", *inner), what, "name another channel, or add the address"
