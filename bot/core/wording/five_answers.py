"""The five questions of a lead, answered in large and in one sentence. Plain text, no markup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core.fairness import nights_by_person
from bot.core.policy import Policy
from bot.core.stats.period import Period
from bot.core.stats.result import Stats, Streak
from bot.core.wording.outside import one_line
from bot.core.wording.spans import lasted, percent
from bot.core.wording.words import and_list, plural

FEW_DEPLOYMENTS, FEW_RECOVERIES = 20, 5
"""Below these a share or a median is mostly chance; it is shown, and said."""
NOT_KNOWN = "Not known yet"
EQUALS_NAMED, NAMED_AT_NIGHT = 2, 3
"""So many who bear the same are named in large; so many in the sentence below."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`value` is read at a glance, `words` is what it means, `counted` how it is counted.

    `before`: the same in the period before, empty where it is not known. `small`: too few to rely
    on. `key` names the chart that belongs to it.
    """

    key: str
    question: str
    value: str
    words: str
    counted: str
    before: str = ""
    small: str = ""


def answers(stats: Stats, before: Stats | None, policy: Policy) -> list[Answer]:
    """In the order in which leads ask. `before`: the period of the same length before it."""
    earlier = before if before is not None and before.deployments is not None else None
    return [
        how_often(stats, earlier),
        how_harmful(stats, earlier),
        how_fast(stats, earlier),
        how_long_since(stats, policy.timezone),
        who_at_night(stats, earlier, policy),
    ]


def length(period: Period) -> str:
    """`28 days`, `1 day`."""
    return plural(max(1, round(period.seconds / 86400)), "day")


def how_often(stats: Stats, before: Stats | None) -> Answer:
    """How often do we deploy?"""
    count, often = stats.deployments, stats.deployment_frequency_per_day
    words = "Nothing was reported that far back."
    if count is not None:
        words = f"{plural(count, 'deployment')} in {length(stats.period)}"
        words += _among(stats) + "."
    return Answer(
        "deployments",
        "How often do we deploy?",
        NOT_KNOWN if count is None else frequency(often),
        words,
        "Deployments that ended in this period, successful or not, each once; "
        f"{_where(stats)}. Cancelled ones do not count.",
        f"{plural(before.deployments or 0, 'deployment')} in the {length(before.period)} before."
        if before
        else "",
    )


def frequency(per_day: float | None) -> str:
    """`2.3 a day`, `4.5 a week`, `2 a month`, `One in 40 days`, `None`."""
    if not per_day:
        return "None"
    for unit, days in (("day", 1), ("week", 7), ("month", 30)):
        if per_day * days >= 1:
            return f"{_short(per_day * days)} a {unit}"
    return f"One in {round(1 / per_day)} days"


def how_harmful(stats: Stats, before: Stats | None) -> Answer:
    """How often does it hurt? A range: what people said, and with what is only suspected."""
    low, high = stats.change_failure_rate, stats.change_failure_rate_with_suspected
    failed, count = stats.failed_deployments, stats.deployments
    value, words = NOT_KNOWN, "Without a deployment there is no share to tell."
    if low is not None and failed is not None:
        value = share(low, high)
        more = (stats.failed_deployments_with_suspected or failed) - failed
        of = f"{failed} of {plural(count or 0, 'deployment')}" if failed else "No deployment"
        words = f"{of} caused downtime, as people decided"
        if more:
            is_, are = ("more is", "more are") if failed else ("is", "are")
            words += f"; {plural(more, is_, are)} suspected and undecided"
        words += "."
    few = count is not None and 0 < count < FEW_DEPLOYMENTS
    earlier = before.change_failure_rate if before else None
    return Answer(
        "failures",
        "How often does it hurt?",
        value,
        words,
        "The share of those deployments that people said caused an incident, each once however "
        "many it caused; the higher end adds those that are suspected while nobody has decided.",
        f"{share(earlier, before.change_failure_rate_with_suspected)} before."
        if before and earlier is not None
        else "",
        f"Small sample: one more would move it by {round(100 / count)} points."
        if few and count
        else "",
    )


def share(low: float, high: float | None) -> str:
    """`5 %`, or a range: `5 % to 12 %`."""
    first = percent(low)
    last = percent(high) if high is not None else first
    return first if first == last else f"{first} to {last}"


def how_fast(stats: Stats, before: Stats | None) -> Answer:
    """How fast are we back?"""
    median, since_failure = (
        stats.recovery_time_median_seconds,
        stats.recovery_time_from_failure_median_seconds,
    )
    count = len(stats.recoveries)
    value, words = NOT_KNOWN, "No deployment that failed was recovered from in this period."
    if stats.failed_deployments == 0:
        value, words = "Nothing to recover from", "No deployment failed, as far as people decided."
    elif median is not None:
        value = lasted(median)
        words = (
            f"The one failed deployment was over {lasted(median)} after it"
            if count == 1
            else f"Half of {count} failed deployments were over so soon after them"
        )
        if since_failure is not None:
            words += f"; {lasted(since_failure)} after the first failed probe"
        words += (
            f". {plural(stats.unrecovered, 'is', 'are')} not over yet."
            if stats.unrecovered
            else "."
        )
    earlier = before.recovery_time_median_seconds if before else None
    return Answer(
        "recovery",
        "How fast are we back?",
        value,
        words,
        "The median of the time from a failed deployment until every incident that it caused was "
        "over.",
        f"{lasted(earlier)} before." if earlier is not None else "",
        "Small sample: the next one may change it much." if 0 < count < FEW_RECOVERIES else "",
    )


def how_long_since(stats: Stats, zone: str) -> Answer:
    """How many days since a deployment last took us down?"""
    streak = stats.streak
    value, words = NOT_KNOWN, "Nothing is on record yet."
    if streak is not None and streak.down:
        value = "Down now"
        words = f"A deployment keeps something down.{_record(streak, zone)}"
    elif streak is not None and streak.days is not None:
        value = plural(streak.days, "day")
        since = day(streak.since, zone)
        words = (
            f"No deployment took us down since the first record, {since}."
            if streak.from_first_record
            else f"The last time ended {since}."
        )
        if not streak.from_first_record:
            words += _record(streak, zone)
    return Answer(
        "streak",
        "How long since a deployment took us down?",
        value,
        words,
        "Whole days of 24 hours since the end of the last downtime of which people said that a "
        "deployment was the cause; of all time, up to now or the end of the period.",
    )


def who_at_night(stats: Stats, before: Stats | None, policy: Policy) -> Answer:
    """Who carries the nights?"""
    carried = nights_by_person(stats.loads)
    value, words = NOT_KNOWN, "Nothing is known of pages in this period."
    if stats.pages_at_night == 0 or (stats.pages is not None and not carried):
        value, words = "Nobody", "Nobody was paged at night."
    elif carried:
        names = [(one_line(policy.name_of(person), 60), count) for person, count in carried.items()]
        most = [name for name, count in names if count == names[0][1]]
        few = len(most) <= EQUALS_NAMED
        whose = and_list(most) if few else plural(len(most), "person", "people")
        each = " each" if len(most) > 1 else ""
        value = f"{whose}: {plural(names[0][1], 'night')}{each}"
        others = names[len(most) :] if few else names
        rest = [f"{name} {count}" for name, count in others[:NAMED_AT_NIGHT]]
        if len(others) > NAMED_AT_NIGHT:
            rest.append(plural(len(others) - NAMED_AT_NIGHT, "more person", "more people"))
        after = f"After that {and_list(rest)}." if few else f"{and_list(rest)}."
        words = after if rest else "Nobody else was paged at night."
        words += f" {plural(stats.pages_at_night or 0, 'page')} at night in all."
    earlier = before.pages_at_night if before else None
    return Answer(
        "nights",
        "Who carries the nights?",
        value,
        words,
        "Nights with at least one page, 22:00 to 07:00 on the person's own clock. What only "
        "informs does not count.",
        f"{plural(earlier, 'page')} at night before." if earlier is not None else "",
    )


def day(at: datetime | None, zone: str) -> str:
    """`3 Aug 2026`, in that zone."""
    return at.astimezone(ZoneInfo(zone)).strftime("%-d %b %Y") if at else "not known when"


def _record(streak: Streak, zone: str) -> str:
    if streak.longest_days is None:
        return ""
    if streak.days is not None and streak.days >= streak.longest_days:
        return " This is the longest streak so far."
    first, last = day(streak.longest_from, zone), day(streak.longest_until, zone)
    return f" The longest streak was {plural(streak.longest_days, 'day')}, {first} to {last}."


def _among(stats: Stats) -> str:
    parts: Sequence[tuple[int | None, str]] = (
        (stats.unsuccessful, "unsuccessful"),
        (stats.rollbacks, "back to an older version"),
        (stats.by_hand, "by hand"),
    )
    said = [f"{count} {what}" for count, what in parts if count]
    return f", {', '.join(said)}" if said else ""


def _where(stats: Stats) -> str:
    where = stats.scope.environment
    return f"only in {one_line(where, 60)}" if where else "only where users are"


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
