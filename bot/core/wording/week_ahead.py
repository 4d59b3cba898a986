"""What is said about the hours of the coming week in which a duty is nobody's, or out of reach."""

from collections.abc import Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.holes import Hole, Lack
from bot.core.policy import Policy
from bot.core.wording.words import day_and_clock, escape, plural, slack_day

MOST_ALIKE = 3
"""Spans that are told of one lack; the others are counted."""
MOST_LINES = 12
"""Teams and people of whom one message tells; the page and the command tell of all."""
_MARKS = {"opted_out": "has opted out of texts", "landline": "is a landline"}
Moment = Callable[[datetime], str]


def told(found: Sequence[Hole], policy: Policy) -> str:
    """In the channel (Slack mrkdwn, escaped), each time in its reader's zone."""
    sentences = lines(found, policy, lambda at: slack_day(at, policy.timezone), escape)
    more = len(sentences) - MOST_LINES
    return "\n".join(
        [
            "*On call in the coming 7 days*: not everything is covered.",
            *[f"\u2022 {sentence}" for sentence in sentences[:MOST_LINES]],
            *[f"\u2022 and {more} more"] * (more > 0),
            f"What mends it: {escape(mend(found, policy))}.",
        ]
    )


def plain(found: Sequence[Hole], policy: Policy, zone: str, now: datetime) -> list[str]:
    """The same sentences for a page and a terminal, in one reader's zone."""
    return lines(found, policy, lambda at: day_and_clock(at, now, zone), str)


def mend(found: Sequence[Hole], policy: Policy, zone: str | None = None) -> str:
    """What fills the first of them. `zone`: the only reader's, by whose clock the times are."""
    first = found[0]
    span = "FROM-TO"
    if zone is not None:
        start, end = (at.astimezone(ZoneInfo(zone)) for at in (first.start, first.end))
        span = f"{start:%Y-%m-%d %H:%M}-{end:%Y-%m-%d %H:%M}"
    how = "" if zone else " (written 2026-11-27 18:00, by your own clock)"
    phoneless = [hole.person for hole in found if hole.lack is Lack.NO_PHONE]
    name = policy.name_of(phoneless[0]) if phoneless else ""
    phone = f", or a phone of {name}'s that works" if name else ""
    return f"`/midwatch override NAME {span} in {first.team}`{how}{phone}"


def lines(
    found: Sequence[Hole], policy: Policy, moment: Moment, quoted: Callable[[str], str]
) -> list[str]:
    """A sentence for each team and lack, the first span before the others."""
    groups: dict[tuple[str, Lack, str | None], list[Hole]] = {}
    for hole in found:
        groups.setdefault((hole.team, hole.lack, hole.person), []).append(hole)
    return [_line(group, policy, moment, quoted) for group in groups.values()]


def _line(
    group: Sequence[Hole], policy: Policy, moment: Moment, quoted: Callable[[str], str]
) -> str:
    first = group[0]
    team, who = quoted(policy.team_name(first.team)), quoted(policy.name_of(first.person))
    spans = [_span(hole, moment) for hole in group[:MOST_ALIKE]]
    more = len(group) - MOST_ALIKE
    when = ", ".join(spans) + (f", and {plural(more, 'more time')}" if more > 0 else "")
    if first.lack is Lack.NOBODY:
        return f"{team}: nobody is on call {when}. Then all of {team} is paged."
    why = f" (it {_MARKS.get(first.mark, first.mark)})" if first.mark else ""
    return f"{team}: {who} is on call {when}, and has no phone that works{why}."


def _span(hole: Hole, moment: Moment) -> str:
    """As far as its beginning and its end could be seen."""
    if hole.until:
        since = f"from {moment(hole.start)} " if hole.since else ""
        return f"{since}{'to' if hole.since else 'until'} {moment(hole.end)}"
    return f"from {moment(hole.start)} on" if hole.since else "all the time"
