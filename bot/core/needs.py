"""Which part of the state an event concerns, so that only that is loaded and locked."""

from typing import assert_never

from bot.core import events
from bot.core.policy import Policy
from bot.core.scene import Need


def need(event: events.Event, policy: Policy) -> Need:
    """What `decide` will look at for this event."""
    match event:
        case events.SignalReported() | events.OpenedByHand() | events.PagedFromMemory():
            return _services((event.service,), policy)
        case events.LookedAgain():
            return _services(event.services, policy)
        case events.SightChanged():
            return _services(tuple(policy.services), policy)
        case (
            events.Acknowledged()
            | events.Escalated()
            | events.Resolved()
            | events.Silenced()
            | events.TimePassed()
            | events.ThreadPosted()
        ):
            return Need(numbers=() if event.number is None else (event.number,))
        case events.CauseDecided():
            return Need(numbers=(event.number,), deployment=event.deployment)
        case events.ReceiptReceived() | events.PageFailed():
            return Need(page=event.page)
        case events.TextReceived():
            return Need(numbers=asked_numbers(event.body))
        case events.DeploymentReported():
            return _deployment(event.report.id, event.report.service, policy)
        case events.CommitsFound():
            return _deployment(event.deployment, event.service, policy)
        case events.DeployedByHand():
            return _deployment(None, event.service, policy)
        case (
            events.NumberMarked()
            | events.Asked()
            | events.CommitsPushed()
            | events.TroubleChanged()
            | events.ConfigurationChanged()
            | events.PageTestAsked()
        ):
            return Need()
        case _:
            assert_never(event)


def _services(services: tuple[str, ...], policy: Policy) -> Need:
    linked = list(services)
    for key in services:
        known = policy.services.get(key)
        linked += [of for of in (known.depends_on if known else ()) if of not in linked]
    return Need(services=services, linked=tuple(linked))


def _deployment(id_: str | None, service: str, policy: Policy) -> Need:
    """Its own service, those that depend on it, and all that those are weighed against."""
    users = [key for key, item in policy.services.items() if service in item.depends_on]
    linked = _services((service, *users), policy).linked
    known = policy.services.get(service)
    return Need(linked=linked, deployment=id_, repository=known.repository if known else None)


def asked_numbers(body: str) -> tuple[int, ...]:
    """Every incident number that a text may name (too many digits are none)."""
    digits = "".join(char if char.isascii() and char.isdigit() else " " for char in body[:160])
    return tuple(int(word) for word in digits.split() if len(word) < 10)
