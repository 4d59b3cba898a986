"""What is said about silences and maintenance windows: asked for, listed, lengthened, over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.actor import Actor
from bot.core.effects import Entry
from bot.core.incident import Incident, IncidentState, TrackState
from bot.core.policy import Policy
from bot.core.quiet import QuietSpan
from bot.core.quiet_events import Silenced
from bot.core.signal import Level
from bot.core.wording.outside import one_line, said
from bot.core.wording.texts import zone_of
from bot.core.wording.words import and_list, day_and_clock, escape, plural, slack_day, slack_time

MOST_LINES = 15
"""Changes that one message tells, and windows that a list shows."""
SOON = timedelta(hours=12)
"""A clock time alone is plain up to here."""
_UNCHANGED = "Nothing was changed."
_NONE = "Nothing is quiet, and nothing is planned."


@dataclass(frozen=True, slots=True)
class Left:
    """A service that is not right at the end of a quiet: its open incident, or until when it is
    quiet by something else.
    """

    service: str
    level: Level
    incident: int | None
    quiet_until: datetime | None


def announced(span: QuietSpan, policy: Policy, now: datetime) -> str:
    """In the threads or the channel (mrkdwn, escaped), each time in its reader's zone."""
    what = f"{_kind(span)} {'of' if span.maintenance else 'for'} {escape(_services(span))}"
    why = f": {escape(span.reason)}" if span.reason else ""
    when = _when_in_slack(span, policy, now)
    goes_on = "Probes go on; nobody is paged." if span.since <= now else "Probes go on meanwhile."
    return f"{what} {when} by {escape(policy.name_of(span.by))}{why}. {goes_on}{_number(span)}"


def extended(span: QuietSpan, actor: Actor, policy: Policy) -> str:
    """The same for one that ends later."""
    by, until = escape(policy.name_of(actor.person)), slack_day(span.until, policy.timezone)
    return f"{by} lengthened it: {_called(span)} now ends {until}."


def answered(
    span: QuietSpan, incident: Incident | None, actor: Actor, policy: Policy, now: datetime
) -> str:
    """To the one who asked, perhaps for one incident: as it was understood, on their clock."""
    zone = zone_of(actor.person or "", policy)
    kind = "Quiet for" if incident or not span.maintenance else "Maintenance of"
    return (
        f"{kind} {_services(span)} {when(span, zone, now)}. "
        f"Still down then: {_at_the_end(incident, policy)}."
        f"{_end_it(span, incident, actor)}"
    )


def answered_extending(span: QuietSpan, actor: Actor, policy: Policy, now: datetime) -> str:
    """To the one who lengthened it."""
    zone = zone_of(actor.person or "", policy)
    return f"{_called(span, plain=True)} is lengthened: {when(span, zone, now)}."


def when(span: QuietSpan, zone: str, now: datetime) -> str:
    """`until 23:30`, or `from Fri 4 Dec 22:00 to Sat 5 Dec 02:00 (CET)`, plain."""
    if span.since <= now:
        return f"until {day_and_clock(span.until, now, zone)}"
    start, end = (at.astimezone(ZoneInfo(zone)) for at in (span.since, span.until))
    until = end.strftime("%H:%M" if start.date() == end.date() else "%a %-d %b %H:%M")
    names = list(dict.fromkeys((start.strftime("%Z"), end.strftime("%Z"))))
    return f"from {start.strftime('%a %-d %b %H:%M')} to {until} ({' to '.join(names)})"


def listed(spans: Sequence[QuietSpan], policy: Policy, zone: str, now: datetime) -> str:
    """What is going on and coming, one a line, plain."""
    lines = [f"{line(span, policy)} {when(span, zone, now)}{why(span)}" for span in spans]
    return "\n".join(lines) or _NONE


def listed_in_slack(spans: Sequence[QuietSpan], policy: Policy, now: datetime) -> str:
    """The same as mrkdwn, escaped, each time in its reader's zone."""
    lines = [
        f"{escape(line(span, policy))} {_when_in_slack(span, policy, now)}{escape(why(span))}"
        for span in spans[:MOST_LINES]
    ]
    if len(spans) > MOST_LINES:
        lines.append(f"and {len(spans) - MOST_LINES} more")
    if any(not span.planned for span in spans):
        how = "`/midwatch maintenance end N` ends one, `/midwatch maintenance extend N 1h`"
        lines.append(f"{how} lengthens it.")
    if any(span.planned for span in spans):
        lines.append(f"What has no number is planned: {_IN_THE_FILE}")
    return "\n".join(lines) or _NONE


_IN_THE_FILE = "it is changed in the configuration, under `maintenance`."


def line(span: QuietSpan, policy: Policy) -> str:
    """`3: maintenance of checkout and search, by Ana,`, plain."""
    head = f"{span.number}: " if span.number is not None else ""
    kind = "maintenance of" if span.maintenance else "silence of"
    by = ", planned," if span.planned else f", by {policy.name_of(span.by)},"
    return f"{head}{kind} {_services(span)}{by}"


def why(span: QuietSpan) -> str:
    """`: new disks`, plain; nothing without a reason."""
    return f": {one_line(span.reason, 200)}" if span.reason else ""


def over(span: QuietSpan, changes: Sequence[Entry], left: Sequence[Left], policy: Policy) -> str:
    """What happened under it, in one message (mrkdwn, escaped)."""
    since, until = slack_time(span.since, policy.timezone), slack_time(span.until, policy.timezone)
    if span.until - span.since > SOON:
        since = slack_day(span.since, policy.timezone)
        until = slack_day(span.until, policy.timezone)
    by = ", planned" if span.planned else f", by {escape(policy.name_of(span.by))}"
    head = (
        f"*{_kind(span)} {'of' if span.maintenance else 'for'} {escape(_services(span))} is over* "
        f"({since} to {until}{by}{escape(why(span))})."
    )
    if not changes and not left:
        return f"{head} Nothing happened under it."
    lines = [
        f"\N{BULLET} {slack_time(it.at, policy.timezone)} {said(it.text, 200)}"
        for it in changes[:MOST_LINES]
    ]
    if len(changes) > MOST_LINES:
        lines.append(f"and {plural(len(changes) - MOST_LINES, 'more change')}")
    happened = [f"{head} Under it:", *lines] if lines else [head]
    return "\n".join([*happened, *_all_left(left, policy)])


def began_in(span: QuietSpan, policy: Policy) -> str:
    """In the thread of an incident whose beginning nobody was paged for (mrkdwn, escaped)."""
    kind = "the maintenance" if span.maintenance else "the quiet"
    until = slack_time(span.until, policy.timezone)
    return (
        f"It began in {kind} of {escape(_services(span))} that ended {until}"
        f"{escape(why(span))}. Nobody was paged until then."
    )


def no_reason(event: Silenced) -> str:
    """Whoever comes upon it at night has to know why nobody is paged."""
    services = ",".join(event.named) or "all"
    example = f"maintenance {services} 2h new disks"
    how = {"slack": f": `/midwatch {example}`", "cli": ": --reason 'new disks'"}
    return f"Say why, so that others know{how.get(event.actor.via, '')}. {_UNCHANGED}"


def ends_before_it_begins() -> str:
    """The end is not after the start."""
    return f"That ends before it begins. {_UNCHANGED}"


def is_past() -> str:
    """All of it is past."""
    return f"That is over already. {_UNCHANGED}"


def too_long(longest: timedelta) -> str:
    """Longer than is allowed."""
    return (
        f"That is longer than {longest.days} days. {_UNCHANGED} What is to stay quiet for longer "
        "is planned in the configuration, under maintenance."
    )


def no_such_number(number: int) -> str:
    """A number that never was, or is over. What the configuration plans has none."""
    return (
        f"There is no silence or maintenance {number}, or it is over. {_UNCHANGED} What the "
        "configuration plans has no number: it is changed there, under maintenance."
    )


def _all_left(left: Sequence[Left], policy: Policy) -> Iterable[str]:
    for it in left[:MOST_LINES]:
        state = f"*{said(it.service, 80)}* is still {it.level.value}"
        if it.incident is not None:
            yield f"{state}: #{it.incident}."
        elif it.quiet_until is not None:
            yield f"{state}, and quiet until {slack_time(it.quiet_until, policy.timezone)}."
        else:
            yield f"{state}."
    if len(left) > MOST_LINES:
        yield f"and {plural(len(left) - MOST_LINES, 'more service')}"


def _at_the_end(incident: Incident | None, policy: Policy) -> str:
    if incident is None or not any(t.state is TrackState.ACKNOWLEDGED for t in incident.tracks):
        return "everybody is paged again" if incident else "everybody is paged"
    left = [policy.team_name(track.team) for track in incident.tracks if track.open]
    if incident.state is IncidentState.ACKNOWLEDGED or not left:
        return "those who have it are reminded"
    return f"{and_list(left)} {'is' if len(left) == 1 else 'are'} paged again"


def _end_it(span: QuietSpan, incident: Incident | None, actor: Actor) -> str:
    if actor.via == "cli":
        return f" midwatch maintenance end {span.number} ends it."
    if actor.via == "slack":
        how = f"unsilence {incident.number}" if incident else f"maintenance end {span.number}"
        return f" `/midwatch {how}` ends it."
    return f" {incident.number} loud ends it." if incident and actor.via == "sms" else ""


def _when_in_slack(span: QuietSpan, policy: Policy, now: datetime) -> str:
    zone = policy.timezone
    if span.since > now:
        return f"from {slack_day(span.since, zone)} to {slack_day(span.until, zone)}"
    soon = span.until - now <= SOON
    return f"until {slack_time(span.until, zone) if soon else slack_day(span.until, zone)}"


def _services(span: QuietSpan) -> str:
    return and_list(list(span.services)) or "every service"


def _kind(span: QuietSpan) -> str:
    return "Maintenance" if span.maintenance else "Quiet"


def _called(span: QuietSpan, *, plain: bool = False) -> str:
    kind = "maintenance" if span.maintenance else "silence"
    services = _services(span) if plain else escape(_services(span))
    called = f"{kind} {span.number} of {services}"
    return f"{called[0].upper()}{called[1:]}" if plain else called


def _number(span: QuietSpan) -> str:
    return f" {'Maintenance' if span.maintenance else 'Silence'} {span.number}."
