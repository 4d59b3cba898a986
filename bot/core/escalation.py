"""Each team's way through the escalation policy, as far as time has come.

A track's `step` is the next step to run and `next_at` when. The last step repeats a set number
of times; after that comes the last resort: everyone in the teams that have not acknowledged is
paged, the others get one notice, and the thread says that nobody came. While it stays down the
last resort is repeated, an hour later each time and three times at most.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from bot.core import quiet, recipients
from bot.core.draft import Draft
from bot.core.incident import HOLDS_AFTER, Incident, IncidentState, Track, TrackState
from bot.core.page import Urgency
from bot.core.paging import page_step, replace_track
from bot.core.policy import Policy, Step
from bot.core.rules_of import led_by
from bot.core.wording import thread_replies as say

DEFAULT_STEPS = (Step("on_call", ("sms",)),)
LAST_RESORT_EVERY = timedelta(hours=1)
LAST_RESORTS_MORE = 3
REPEAT_AFTER = timedelta(minutes=5)
"""How long a repeat waits when its step names no time of its own."""


def steps_of(incident: Incident, policy: Policy) -> tuple[Step, ...]:
    """The escalation policy of the incident: that of the service it is called by."""
    service = led_by(incident, policy)
    return service.steps if service and service.steps else DEFAULT_STEPS


def advance_all(draft: Draft, number: int) -> None:
    """Run every step of every track that is due now."""
    for track in draft.incidents[number].tracks:
        advance(draft, number, track.team)


def advance(draft: Draft, number: int, team: str) -> None:
    """Run the steps of one team's track that are due, in order, and set the next time."""
    while True:
        incident = draft.incidents[number]
        track = incident.track(team)
        if track is None or track.next_at is None or track.next_at > draft.now:
            return
        if not incident.open or not track.open:
            _put(draft, incident, replace(track, next_at=None))
            return
        resume = quiet_end(draft, incident)
        if resume is not None:
            _put(draft, incident, replace(track, next_at=resume))
            return
        steps = steps_of(incident, draft.policy)
        if track.state is TrackState.EXHAUSTED or track.step >= len(steps):
            _last_resort(draft, incident, track)
            return
        _run_step(draft, incident, track, steps)


def escalate_now(draft: Draft, number: int, team: str, *, again: bool) -> None:
    """The next step of this team now. `again`: even though the team has acknowledged.

    Another team asking pages a team that has acknowledged once more: whoever is on call
    next, without undoing the acknowledgement. A quiet does not hold this one step back: a person
    asks for people now. What comes after it waits for the quiet's end as always.
    """
    incident = draft.incidents[number]
    track = incident.track(team)
    if track is None:
        return
    steps = steps_of(incident, draft.policy)
    if track.open:
        step = min(track.step, len(steps) - 1)
        ready = replace(
            track,
            state=TrackState.PAGING,
            step=step,
            repeated=0 if track.state is TrackState.EXHAUSTED else track.repeated,
            next_at=draft.now,
            round=track.round + 1,
        )
        _run_step(draft, _put(draft, incident, ready), ready, steps)
        advance(draft, number, team)
    elif again:
        ready = replace(track, round=track.round + 1)
        _put(draft, incident, ready)
        pairs = _pairs(draft, ready, steps[min(track.step, len(steps) - 1)])
        page_step(
            draft, draft.incidents[number], ready, pairs, reason="escalated", urgency=Urgency.FIRST
        )


def quiet_end(draft: Draft, incident: Incident, at: datetime | None = None) -> datetime | None:
    """When paging may go on, if every service of it that is down is quiet then (None: now)."""
    at, ends = at or draft.now, []
    for service in incident.down() or (incident.service,):
        span = quiet.quiet_until(service, draft.silences.values(), draft.policy.windows, at)
        if span is None:
            return None
        ends.append(span[0])
    return min(ends, default=None)


def held_back(draft: Draft, incident: Incident, track: Track) -> bool:
    """Whether a quiet, or its flapping, and nothing else keeps the team from being paged.

    Neither is true of another service that goes down and becomes part of the incident.
    """
    if track.state is not TrackState.PAGING:
        return False
    waits_to_hold = incident.flapping and track.reopening and not track.begun
    return waits_to_hold or quiet_end(draft, incident) is not None


def let_go(draft: Draft, before: Incident, teams: tuple[str, ...]) -> tuple[str, ...]:
    """Teams among these that were held back by what is not true of a service that is down now.

    `before`: the incident as it was without that service. Their next step is due.
    """
    tracks = [track for team in teams if (track := before.track(team)) is not None]
    held = [track for track in tracks if held_back(draft, before, track)]
    for track in held:
        _put(draft, draft.incidents[before.number], replace(track, next_at=draft.now))
    return tuple(track.team for track in held)


def _run_step(draft: Draft, incident: Incident, track: Track, steps: tuple[Step, ...]) -> None:
    step = steps[track.step]
    pairs = _pairs(draft, track, step)
    told = _told(draft, incident, track)
    news = [pair for pair in pairs if not told or pair[0] not in told]
    again = [pair for pair in pairs if pair not in news]
    page_step(draft, incident, track, news, reason="step", urgency=Urgency.FIRST)
    page_step(draft, incident, track, again, reason="step", urgency=Urgency.LATER)
    if not pairs:
        draft.reply(incident.number, say.nobody_reachable(track.team, draft.policy))
        draft.note(
            "nobody_reachable",
            "midwatch",
            f"Nobody in {draft.policy.team_name(track.team)} can be reached by anything",
            incident=incident.number,
        )
    _put(draft, draft.incidents[incident.number], _next(track, steps, draft.now))


def _told(draft: Draft, incident: Incident, track: Track) -> set[str]:
    """Who has been paged for it since the track (re)started. Empty: nobody of this team was.

    A person's first text is never delayed; and while no text of the team has arrived, its next
    one is still the first.
    """
    pages = [
        page
        for page in draft.pages_of(incident.number)
        if page.reached and page.created_at >= track.started_at
    ]
    ours = any(page.team == track.team for page in pages)
    return {page.person for page in pages} if ours else set()


def _pairs(draft: Draft, track: Track, step: Step) -> list[tuple[str, str]]:
    team = draft.policy.teams.get(track.team)
    if team is None:
        return []
    people = recipients.named_by(step.who, team, draft.policy, draft.now)
    return recipients.reachable(people, team, step.by, draft.policy, draft.unusable)


def _next(track: Track, steps: tuple[Step, ...], now: datetime) -> Track:
    """Where the track stands after its step ran."""
    last = track.step == len(steps) - 1
    if not last:
        return replace(
            track, step=track.step + 1, repeated=0, next_at=now + steps[track.step + 1].after
        )
    wait = steps[track.step].after or REPEAT_AFTER
    if track.repeated < steps[track.step].repeat:
        return replace(track, repeated=track.repeated + 1, next_at=now + wait)
    return replace(track, step=track.step + 1, repeated=0, next_at=now + wait)


def _last_resort(draft: Draft, incident: Incident, track: Track) -> None:
    """Everyone of this team by everything; those who have come get one notice. Then hourly."""
    team = draft.policy.teams.get(track.team)
    everyone = tuple(key for key in team.members if key in draft.policy.people) if team else ()
    pairs = [
        (key, channel)
        for key in everyone
        for channel in recipients.channels_of(draft.policy.people[key], draft.unusable)
    ]
    again = track.state is TrackState.EXHAUSTED
    count = track.repeated + 1 if again else 0
    track = replace(track, state=TrackState.EXHAUSTED, repeated=count, at=draft.now)
    page_step(draft, incident, track, pairs, reason="last_resort", urgency=Urgency.FIRST)
    following = draft.now + LAST_RESORT_EVERY if count < LAST_RESORTS_MORE else None
    _put(draft, draft.incidents[incident.number], replace(track, next_at=following))
    if again:
        draft.reply(incident.number, say.nobody_came_still(track.team, count, draft.policy))
    else:
        draft.reply(incident.number, say.nobody_came(track.team, draft.policy))
    often = f", {count + 1} times" if again else ""
    draft.note(
        "exhausted",
        "midwatch",
        f"Nobody in {draft.policy.team_name(track.team)} came; everyone was paged{often}",
        incident=incident.number,
    )
    _notice_the_others(draft, incident.number)


def _notice_the_others(draft: Draft, number: int) -> None:
    incident = draft.incidents[number]
    if incident.last_resort_at is not None:
        return
    draft.put_incident(replace(incident, last_resort_at=draft.now))
    for track in incident.tracks:
        person = draft.policy.people.get(track.by or "")
        if track.state is not TrackState.ACKNOWLEDGED or person is None:
            continue
        channels = recipients.quietly(person, draft.unusable)
        pairs = [(person.key, channel) for channel in channels]
        page_step(draft, incident, track, pairs, reason="notice", urgency=Urgency.INFO)


def _put(draft: Draft, incident: Incident, track: Track) -> Incident:
    return draft.put_incident(replace_track(incident, track))


def start_tracks(
    draft: Draft, teams: tuple[str, ...], steps: tuple[Step, ...]
) -> tuple[Track, ...]:
    """A fresh track for each team; the first step is due at once unless it says otherwise."""
    first = steps[0].after if steps else timedelta()
    return tuple(
        Track(team, TrackState.PAGING, draft.now, next_at=draft.now + first) for team in teams
    )


def restart(draft: Draft, number: int) -> None:
    """After a reopening every team is paged anew; while it flaps, once it has stayed down."""
    incident = draft.incidents[number]
    first = steps_of(incident, draft.policy)[0].after
    if incident.flapping:
        first += HOLDS_AFTER
    tracks = tuple(
        Track(
            track.team,
            TrackState.PAGING,
            draft.now,
            next_at=draft.now + first,
            round=track.round + 1,
            reopening=True,
        )
        for track in incident.tracks
    )
    draft.put_incident(replace(incident, state=IncidentState.TRIGGERED, tracks=tracks))
    advance_all(draft, number)
