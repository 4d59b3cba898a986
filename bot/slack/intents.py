"""From what somebody pressed or said to an event. Pure."""

from datetime import datetime

from bot.core.events import (
    Acknowledged,
    Actor,
    Asked,
    CauseDecided,
    DeployedByHand,
    Escalated,
    Event,
    OpenedByHand,
    Resolved,
    Silenced,
    SilenceEnded,
)
from bot.core.policy import Policy
from bot.slack.commands import Act, Command, Loud, Quiet, Tell
from bot.slack.payloads import Click


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
        case Quiet(lasts, int(number), _, reason):
            return Silenced(actor, at, lasts, number=number, reason=reason)
        case Quiet(lasts, None, service, reason, planned):
            key = service_key(service, policy) if service else None
            return Silenced(actor, at, lasts, service=key, reason=reason, maintenance=planned)
        case Loud(number, service):
            key = service_key(service, policy) if service else None
            return SilenceEnded(actor, at, number=number, service=key)
        case Tell("open", service, words):
            return OpenedByHand(service_key(service, policy), words, actor, at)
        case Tell("deployed", service, words):
            return DeployedByHand(service_key(service, policy), words, actor, at)
        case _:
            return _sign_in(command, actor, at)


def service_key(name: str, policy: Policy) -> str:
    """The service's key whatever its case; the name itself when there is none."""
    wanted = name.strip("`*\"'").casefold()
    return next((key for key in policy.services if key.casefold() == wanted), name)


def unknown_service(command: Command, policy: Policy) -> str | None:
    """The service that a command names and nobody configured."""
    name = getattr(command, "service", None)
    if not name or service_key(name, policy) in policy.services:
        return None
    return str(name)


def _sign_in(command: Command, actor: Actor, at: datetime) -> Event | None:
    # The link is made by the outbox when it answers: it must never be stored.
    if getattr(command, "what", None) == "sign_in":
        return Asked("sign_in", actor, at)
    return None
