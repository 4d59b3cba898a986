"""Whether owning it together works: who came how fast, and who carries the nights. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.fairness import Load, loads
from bot.core.stats.delivery import middle
from bot.core.stats.facts import IncidentFact, SentPage
from bot.core.stats.period import Scope
from bot.core.stats.result import Acknowledgement, Learned
from bot.core.stats.scoping import View


@dataclass(frozen=True, slots=True)
class Together:
    """Of `asked` incidents, in how many every team came."""

    asked: int
    all_came: int


def acknowledgements(view: View) -> list[Acknowledgement]:
    """Team by team, of the incidents that began in the period.

    Seconds from the team's first page to its "we have it"; who never came has no time, and is seen
    in `paged` against `acknowledged`.
    """
    times: dict[str, list[float]] = {}
    paged: dict[str, int] = {}
    for it in view.began:
        for track in it.tracks:
            if view.scope.team not in (None, track.team):
                continue
            paged[track.team] = paged.get(track.team, 0) + 1
            if track.acknowledged_at is not None:
                waited = (track.acknowledged_at - track.paged_at).total_seconds()
                times.setdefault(track.team, []).append(max(0.0, waited))
    return [
        Acknowledgement(
            team=team,
            paged=paged[team],
            acknowledged=len(times.get(team, ())),
            median_seconds=middle(times.get(team, ())),
            slowest_seconds=max(times.get(team, ()), default=None),
        )
        for team in sorted(paged)
    ]


def together(view: View) -> Together:
    """Of the incidents that paged several teams and asked each of them.

    One that is open and not acknowledged by all is not told yet; one that was over before all of
    them came counts as one to which they did not.
    """
    asked = [it for it in view.began if len(it.tracks) > 1 and not _one_is_enough(it, view)]
    came = [it for it in asked if all(track.acknowledged_at for track in it.tracks)]
    over = [it for it in asked if it.resolved_at is not None]
    return Together(len({it.number for it in (*came, *over)}), len(came))


def learned(view: View) -> list[Learned]:
    """What will keep it from happening again: asked of each team after a deploy-caused incident.

    Of the incidents that began in the period, in their order.
    """
    return [
        Learned(it.number, part.team, part.by, part.at, part.text, part.customers)
        for it in sorted(view.began, key=lambda it: it.number)
        for part in it.follow_ups
        if view.scope.team in (None, part.team)
    ]


def loads_in(view: View) -> list[Load]:
    """Who was paged how often, and at night: 22:00-07:00 on their own clock (`core/fairness`)."""
    zones, zone = view.facts.zones, view.period.zone
    return loads(
        _pages(view), lambda key: zones.get(key, zone), view.period.start, view.at, view.scope.team
    )


def _pages(view: View) -> Iterable[SentPage]:
    """Of one service: those that name an incident in which it was down."""
    if view.scope == Scope(team=view.scope.team):
        return view.facts.pages
    numbers = {it.number for it in view.incidents}
    return [it for it in view.facts.pages if not numbers.isdisjoint(it.incidents)]


def _one_is_enough(it: IncidentFact, view: View) -> bool:
    return bool(it.parts) and view.place(it.parts[0].service).any_team
