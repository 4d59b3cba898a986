"""Which part of the state an event concerns, so that only that is loaded and locked."""

from dataclasses import replace
from typing import assert_never

from bot.core import events, release_events
from bot.core.deployment import elsewhere, shortened
from bot.core.joining import above, below
from bot.core.policy import Policy
from bot.core.replies import (
    Ack,
    EndSilence,
    EscalateIncident,
    ResolveIncident,
    SilenceIncident,
    numbers_in,
    parse,
)
from bot.core.scene import Happened, Need

_OfNothing = (
    events.NumberMarked
    | events.CommitsPushed
    | events.TroubleChanged
    | events.ConfigurationChanged
    | events.PageTestAsked
    | events.OverrideAsked
    | events.OverrideEnded
    | events.WeekLooked
    | events.HeadAnchored
    | events.ChainBroken
    | events.PictureAsked
    | events.WeekEnded
    | events.RecordBroken
)
"""Events that concern no incident, service or deployment."""


def need(event: events.Event, policy: Policy) -> Need:
    """What `decide` will look at for this event."""
    if isinstance(event, _OfNothing):
        return Need()
    match event:
        case (
            events.SignalReported()
            | events.SignalExpired()
            | events.OpenedByHand()
            | events.PagedFromMemory()
        ):
            return _services((event.service,), policy)
        case events.LookedAgain():
            return _services(event.services, policy)
        case events.WeighingDue():
            return Need(numbers=(event.number,), linked=_services(event.services, policy).linked)
        case events.PartingDue():
            return replace(_services(event.services, policy), numbers=(event.number,))
        case events.SilenceEnded(number=None):
            of = (event.service,) if event.service else tuple(policy.services)
            return replace(_services(of, policy), every_open=True)
        case events.QuietOver():
            return _over(event, policy)
        case events.SightChanged():
            return replace(_services(tuple(policy.services), policy), every_open=True)
        case (
            events.Acknowledged()
            | events.Escalated()
            | events.Resolved()
            | events.Silenced()
            | events.SilenceEnded()
            | events.FollowUpAnswered()
            | events.TimePassed()
            | events.ThreadPosted()
        ):
            return _numbered(event.number)
        case events.CauseDecided():
            named = () if event.deployment is None else (event.deployment,)
            return Need(numbers=(event.number,), deployments=named)
        case events.NightEnded():
            return Need(numbers=tuple(sorted({n for it in event.pages for n in it.incidents})))
        case events.ReceiptReceived() | events.PageFailed():
            return Need(page=event.page)
        case events.TextReceived():
            return replace(_text(event.body), texted_by=event.actor.person)
        case events.Asked() | events.SilenceExtended() | events.QuietBegun():
            return Need(every_open=True)
        case events.DutyLooked():
            return Need(every_open=event.moved, duties=True)
        case _:
            return _about_a_deployment(event, policy)


def _about_a_deployment(
    event: events.DeploymentReported
    | events.CommitsFound
    | events.MigrationsRead
    | events.NotesPosted
    | events.NotesEdited
    | events.DeployedByHand
    | events.ReleaseEvent,
    policy: Policy,
) -> Need:
    match event:
        case events.DeploymentReported():
            ids = (event.report.id, elsewhere(event.report))
            return _deployment(ids, event.report.service, policy)
        case events.DeployedByHand():
            return _deployment((), event.service, policy)
        case events.CommitsFound(release=release) | events.MigrationsRead(release=release) if (
            release
        ):
            return Need(releases=(release,))
        case (
            events.CommitsFound()
            | events.MigrationsRead()
            | events.NotesPosted()
            | events.NotesEdited()
        ):
            return _deployment((event.deployment,), event.service, policy)
        case _:
            return _of_release(event, policy)


def _of_release(event: events.ReleaseEvent, policy: Policy) -> Need:
    match event:
        case release_events.ReleaseAnnounced():
            service = event.release.service
            names = (event.release.id, f"{event.release.id}:{service}")
            ask = event.release.ask
            anew = tuple(f"{it}:{ask}" for it in names if ask)
            ids = tuple(shortened(it) for it in (*names, *anew))
            return Need(linked=(service,), releases=ids, releases_of=(service,), every_open=True)
        case release_events.StagingSeen():
            return Need(linked=(event.service,), releases_of=(event.service,), every_open=True)
        case (
            release_events.ReleaseDecided()
            | release_events.ReleaseTimePassed()
            | release_events.TriggerSettled()
        ):
            return Need(releases=(event.id,), every_open=True)
        case release_events.ReleaseCancelled():
            ids = (shortened(event.id), shortened(f"{event.id}:{event.service}"))
            return Need(releases=ids)
        case release_events.PartDone():
            return Need(releases=(event.id,), linked=tuple(policy.services), every_open=True)
        case (
            release_events.ReleaseTriggered()
            | release_events.ReleaseNotesEdited()
            | release_events.CardPosted()
        ):
            return Need(releases=(event.id,))
        case _:
            assert_never(event)


def _over(event: events.QuietOver, policy: Policy) -> Need:
    """Its services are looked at again, and what became of them meanwhile is told."""
    meanwhile = Happened(event.services, event.since, event.until)
    wanted = _services(event.services or tuple(policy.services), policy)
    return replace(wanted, every_open=True, quiet=event.number, happened=meanwhile)


def _numbered(number: int | None) -> Need:
    """One incident; without a number all that are open may be meant."""
    return Need(every_open=True) if number is None else Need(numbers=(number,))


def _text(body: str) -> Need:
    one = isinstance(
        parse(body), Ack | EscalateIncident | ResolveIncident | SilenceIncident | EndSilence
    )
    return Need(numbers=numbers_in(body), every_open=not one)


def _services(services: tuple[str, ...], policy: Policy) -> Need:
    linked = list(services)
    for key in services:
        known = policy.services.get(key)
        linked += [of for of in (known.depends_on if known else ()) if of not in linked]
    near = {of for key in services for of in (*above(policy, key), *below(policy, key))}
    return Need(
        services=services,
        linked=tuple(linked),
        near=tuple(sorted(near - set(linked))),
        recent=True,
    )


def _deployment(ids: tuple[str, ...], service: str, policy: Policy) -> Need:
    """Its own service, those that depend on it, and all that those are weighed against."""
    users = [key for key, item in policy.services.items() if service in item.depends_on]
    linked = _services((service, *users), policy).linked
    known = policy.services.get(service)
    return Need(
        linked=linked,
        deployments=ids,
        repository=known.repository if known else None,
        releases_of=(service,),
    )
