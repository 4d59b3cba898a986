"""Small makers of facts for the numbers: times are hours after Monday, 2 March 2026, 00:00 UTC."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.deployment import DeploymentState
from bot.core.link import Label
from bot.core.stats.counting import stats_of
from bot.core.stats.facts import (
    DeploymentFact,
    Facts,
    IncidentFact,
    Outage,
    PartFact,
    Place,
    SentPage,
    TrackFact,
)
from bot.core.stats.period import Period, Scope
from bot.core.stats.result import Stats
from bot.core.wording.stats import with_notes

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = 24.0
PLACES = {
    "checkout": Place("production", ("it", "development")),
    "search": Place("production", ("it",)),
    "mail": Place("live", ("office",), any_team=True),
}


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def deployed(
    id_: str, ended: float | None, service: str = "checkout", **more: Any
) -> DeploymentFact:
    usual = {"environment": "production", "state": DeploymentState.SUCCEEDED}
    if "started" in more:
        more["started_at"] = at(more.pop("started"))
    ended_at = None if ended is None else at(ended)
    return DeploymentFact(id=id_, service=service, ended_at=ended_at, **{**usual, **more})


def incident(
    number: int, began: float, over: float | None, *services: str, **more: Any
) -> IncidentFact:
    """Triggered when it began. `by`: the deployment that people said; `perhaps`: suspected."""
    if (by := more.pop("by", None)) is not None:
        more |= {"cause": "deployment", "deployment": by}
    if (perhaps := more.pop("perhaps", None)) is not None:
        more |= {"label": Label.SUSPECTED, "suspected": perhaps}
    return IncidentFact(
        number=number,
        parts=tuple(PartFact(it, at(began)) for it in services or ("checkout",)),
        began_at=at(began),
        triggered_at=at(began),
        resolved_at=None if over is None else at(over),
        **more,
    )


def track(team: str, paged: float, came: float | None = None) -> TrackFact:
    return TrackFact(team, at(paged), None if came is None else at(came))


def page(
    person: str, hours: float, *numbers: int, team: str = "it", channel: str = "sms"
) -> SentPage:
    return SentPage(person, team, channel, at(hours), numbers)


def facts(
    *parts: DeploymentFact | IncidentFact | SentPage, since: float = -DAY, **more: Any
) -> Facts:
    """All that is there; the outages of the streaks are its deploy-caused incidents."""
    incidents = tuple(it for it in parts if isinstance(it, IncidentFact))
    usual: dict[str, Any] = {
        "deployments": tuple(it for it in parts if isinstance(it, DeploymentFact)),
        "incidents": incidents,
        "pages": tuple(it for it in parts if isinstance(it, SentPage)),
        "outages": tuple(outage(it) for it in incidents if it.cause == "deployment"),
        "known_since": dict.fromkeys(PLACES, at(since)),
        "services": PLACES,
    }
    return Facts(**{**usual, **more})


def outage(it: IncidentFact) -> Outage:
    teams = tuple(track.team for track in it.tracks)
    return Outage(it.number, it.services, teams, it.began_at, it.resolved_at)


def count(
    *parts: DeploymentFact | IncidentFact | SentPage | Facts,
    hours: tuple[float, float] = (0, 28 * DAY),
    now: float = 40 * DAY,
    zone: str = "UTC",
    **scope: str,
) -> Stats:
    """The numbers of the four weeks from that Monday on, looked at a while after."""
    known = parts[0] if parts and isinstance(parts[0], Facts) else facts(*parts)  # type: ignore[arg-type]
    period = Period(at(hours[0]), at(hours[1]), zone)
    return with_notes(stats_of(known, period, Scope(**scope), at(now)))
