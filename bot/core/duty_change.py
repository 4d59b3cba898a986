"""A duty changes hands: whoever comes on and whoever goes off is told, once, and told what is open.

What was seen last is in the scene, so it does not matter which process looks, how often, or after
which pause. Nothing is told of a first look at a rota that Midwatch did not know before it began,
nor of a change that is older than an hour because Midwatch itself was away.
"""

from datetime import timedelta

from bot.core import rota
from bot.core.draft import Draft
from bot.core.duty_events import DutyLooked
from bot.core.handing_over import hand_over
from bot.core.held import Held, moved, on_duty, turns_of
from bot.core.incident import Incident
from bot.core.informing import inform
from bot.core.overrides import merged, with_overrides
from bot.core.policy import Team
from bot.core.quiet_hours import quiet_until
from bot.core.spans import Lasting, lasting
from bot.core.wording import duties as say

TOLD_WITHIN = timedelta(hours=1)
NOTED_EVERY = timedelta(minutes=5)
"""How often it is written down that somebody looks: what came before that is known."""
BACK_AND_FORTH = timedelta(minutes=10)
"""Two replicas that read different configurations would tell it in turns, for as long as it takes.

So a configuration that gives the duty back within this time is followed and not told.
"""


def duty_looked(draft: Draft, event: DutyLooked) -> None:
    """See who has each duty now, however long the event waited.

    One that was to note a look alone brings no open incidents: what it finds is left to the next.
    """
    known = {it.team: it for it in draft.scene.duties}
    began = draft.scene.duty_seen is None
    teams = moved(draft.policy, known, draft.now)
    if teams and not event.moved:
        return
    for team in teams:
        held = known.get(team.key)
        people = on_duty(team, draft.policy, draft.now)
        before = held.people if held else ()
        if people == before:
            _put(draft, team, people, held.before if held else (), held)
            continue
        _put(draft, team, people, before, None)
        if team.rota is None or (held is None and began):
            continue
        _changed(draft, team, people, held)
    draft.duty_seen = draft.now


def _put(
    draft: Draft, team: Team, people: tuple[str, ...], before: tuple[str, ...], held: Held | None
) -> None:
    since = held.since if held else draft.now
    draft.put_duty(Held(team.key, people, before, since, turns_of(team)))


def _changed(draft: Draft, team: Team, people: tuple[str, ...], held: Held | None) -> None:
    before = held.people if held else ()
    span = _span(draft, team)
    text = say.noted(team, people, before, draft.policy)
    facts = (("team", team.key), ("people", " ".join(people)), ("before", " ".join(before)))
    draft.note("duty", "midwatch", text, facts=facts)
    hand_over(draft, team, people, before, span)
    if _worth_telling(draft, team, people, held, span):
        _tell(draft, team, people, before, span)


def _span(draft: Draft, team: Team) -> Lasting:
    """With the overrides that have just ended, which is when this one begins."""
    overrides = merged(draft.scene.past_overrides, draft.overrides.values())
    policy = with_overrides(draft.policy, overrides)
    return lasting(policy.teams[team.key], draft.now)


def _worth_telling(
    draft: Draft, team: Team, people: tuple[str, ...], held: Held | None, span: Lasting
) -> bool:
    by_file = held is not None and held.turns != turns_of(team)
    if by_file and held and people == held.before and draft.now - held.since < BACK_AND_FORTH:
        return False
    seen = draft.scene.duty_seen
    oldest = draft.now - TOLD_WITHIN
    return (seen is not None and seen >= oldest) or (
        span.start is not None and span.start >= oldest
    )


def _tell(
    draft: Draft, team: Team, people: tuple[str, ...], before: tuple[str, ...], span: Lasting
) -> None:
    incidents = open_of(draft, team)
    key = f"duty-{team.key}-{int(draft.now.timestamp())}"
    assert team.rota is not None
    following = rota.next_on_call(team.rota, draft.now, team.overrides)
    following = tuple(it for it in following if it in draft.policy.people)
    for person in people:
        if person in before or _over_before_it_is_read(draft, person, span):
            continue
        facts = say.comes_on(
            person, team, before, following, span, incidents, draft.policy, draft.now
        )
        inform(draft, f"{key}-on", person, team.key, facts)
    for person in before:
        if person not in people:
            facts = say.goes_off(person, team, people, span, incidents, draft.policy, draft.now)
            inform(draft, f"{key}-off", person, team.key, facts)


def _over_before_it_is_read(draft: Draft, key: str, span: Lasting) -> bool:
    """The duty ends in the quiet hours of somebody whom only texts reach: it would be no news."""
    person = draft.policy.people.get(key)
    quiet = quiet_until(person, draft.now) if person else None
    texts_only = person is not None and "slack" not in person.channels
    return texts_only and quiet is not None and span.end is not None and span.end <= quiet


def open_of(draft: Draft, team: Team) -> list[Incident]:
    """The team's open incidents, oldest first."""
    return [it for it in draft.open_incidents() if it.track(team.key) is not None]
