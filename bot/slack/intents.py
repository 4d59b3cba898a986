"""From what somebody pressed or said to an event. Pure."""

import re
from datetime import datetime, timedelta

from bot.core import moments
from bot.core.events import (
    Acknowledged,
    Actor,
    Asked,
    CauseDecided,
    DeployedByHand,
    Escalated,
    Event,
    OpenedByHand,
    OverrideAsked,
    OverrideEnded,
    Resolved,
    Silenced,
    SilenceEnded,
    SilenceExtended,
)
from bot.core.policy import Policy
from bot.core.wording.texts import zone_of
from bot.slack.commands import Act, Command, Lengthen, Loud, Quiet, Tell
from bot.slack.override_words import Cover, EndCover
from bot.slack.payloads import Click

_MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^>]*)?>")


def of_click(click: Click, actor: Actor, at: datetime) -> Event | None:
    """The event of a button of section 11; None for a button without one."""
    number = click.number
    if number is None:
        return None
    match click.action.partition("_")[0], click.action:
        case "ack", _:
            return Acknowledged(number, actor, at)
        case "escalate", _:
            return Escalated(number, actor, at)
        case "resolve", _:
            return Resolved(number, actor, at)
        case _, "cause_this":
            return CauseDecided(number, "this", actor, at, deployment=click.rest)
        case _, "cause_other":
            return CauseDecided(number, "other", actor, at)
        case _:
            return None


def of_command(command: Command, actor: Actor, at: datetime, policy: Policy) -> Event | None:
    """The event of a command; None for what only asks."""
    match command:
        case Act("ack_all"):
            return Acknowledged(None, actor, at, everything=True)
        case Act("ack", number):
            return Acknowledged(number, actor, at)
        case Act("resolve", int(number)):
            return Resolved(number, actor, at)
        case Act("escalate", int(number)):
            return Escalated(number, actor, at)
        case Quiet():
            return _silenced(command, actor, at, policy)
        case Lengthen(quiet, by):
            return SilenceExtended(quiet, by, actor, at)
        case Loud(number, service, quiet):
            key = service_key(service, policy) if service else None
            return SilenceEnded(actor, at, number=number, service=key, quiet=quiet)
        case Tell("open", service, words):
            return OpenedByHand(service_key(service, policy), words, actor, at)
        case Tell("deployed", service, words):
            return DeployedByHand(service_key(service, policy), words, actor, at)
        case Cover():
            return _override(command, actor, at, policy)
        case EndCover(id_):
            return OverrideEnded(id_, actor, at)
        case _:
            return _sign_in(command, actor, at)


def service_key(name: str, policy: Policy) -> str:
    """The service's key whatever its case; the name itself when there is none."""
    wanted = name.strip("`*\"'").casefold()
    return next((key for key in policy.services if key.casefold() == wanted), name)


def person_key(name: str, actor: Actor, policy: Policy) -> str:
    """The person's key, by key, name, mention or `me`; the name itself when there is none."""
    wanted = name.strip("`*\"'").removeprefix("@").casefold()
    if wanted == "me" and actor.person:
        return actor.person
    mention = _MENTION.fullmatch(name)
    for person in policy.people.values():
        called = (person.key.casefold(), person.name.casefold())
        if wanted in called or (mention is not None and person.slack == mention[1]):
            return person.key
    return name


def _override(command: Cover, actor: Actor, at: datetime, policy: Policy) -> OverrideAsked:
    """Times are those of the clock of the one who asks."""
    zone = zone_of(actor.person or "", policy)
    start, end = moments.span(command.start, command.end, zone, at)
    instead = person_key(command.instead, actor, policy) if command.instead else None
    person = person_key(command.person, actor, policy)
    return OverrideAsked(person, start, end, actor, at, instead, command.team)


def _silenced(command: Quiet, actor: Actor, at: datetime, policy: Policy) -> Silenced:
    """Times are those of the clock of the one who asks."""
    service, *more = [
        service_key(name, policy) if name else None for name in (command.service, *command.more)
    ]
    since, lasts = None, command.lasts or timedelta()
    zone = zone_of(actor.person or "", policy)
    if command.lasts is None:
        since, until = moments.span_with_now(command.start, command.end, zone, at)
        lasts = until - since
    elif command.start is not None:
        since = moments.at(command.start, zone, at)
    return Silenced(
        actor,
        at,
        lasts,
        number=command.number,
        service=service,
        reason=command.reason,
        maintenance=command.planned,
        since=since,
        more=tuple(name for name in more if name),
    )


def unknown_service(command: Command, policy: Policy) -> str | None:
    """The first service that a command names and nobody configured."""
    named = (getattr(command, "service", None), *getattr(command, "more", ()))
    unknown = (it for it in named if it and service_key(it, policy) not in policy.services)
    return next(unknown, None)


def _sign_in(command: Command, actor: Actor, at: datetime) -> Event | None:
    # The link is made by the outbox when it answers: it must never be stored.
    if getattr(command, "what", None) == "sign_in":
        return Asked("sign_in", actor, at)
    return None
