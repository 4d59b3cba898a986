"""The numbers as text in Slack (mrkdwn, escaped): the answer to `/midwatch stats`, and the digest.

Plain words, counts before rates: two weeks of a handful of deployments are no trend.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from bot.core.policy import Policy
from bot.core.stats.result import Stats
from bot.core.wording import charts
from bot.core.wording.outside import code, linked, said
from bot.core.wording.spans import days, lasted, percent
from bot.core.wording.words import and_list, escape, plural

MOST_PEOPLE = 5
EXAMPLES = "`28 days`, `90d`, `week`, `month`, `year` or `2026-10-01..2026-11-01`"
PICTURE_COMES = "_The picture comes in your direct messages with Midwatch._"
COUNTING = "This takes a moment to count: the numbers come as soon as they are there."
Nights = Mapping[str, tuple[int, int]]
"""Nights with a page and pages at night by person, the most disturbed first."""


def answer(stats: Stats, nights: Nights | None, policy: Policy) -> str:
    """What somebody asked for. Five facts, what to know about them, and where there is more.

    `nights` None: for somebody who is told of no people's nights.
    """
    of = f" of {code(stats.scope.service)}" if stats.scope.service else ""
    lines = [
        f"*{days(stats.period)}*{of}",
        *(f"• {line}" for line in _facts(stats, nights, policy)),
        *(f"_{escape(note)}_" for note in stats.notes),
    ]
    page = _page(stats, policy)
    comes = [] if stats.deployments is None else [PICTURE_COMES]
    return "\n".join([*lines, *([page] if page else []), *comes])


def alt(stats: Stats) -> str:
    """The picture in words, for those who do not see it. Plain."""
    title = charts.deployments(stats)
    return f"Chart. {title}. {charts.streak(stats.streak)}. The text beside it has the numbers."


def unread(words: str, policy: Policy) -> str:
    """Something that is neither a period nor a service."""
    services = ", ".join(sorted(policy.services)[:8])
    return (
        f"Not understood: {code(words, 80)}. Say a period, such as {EXAMPLES}, and a service if "
        f"you want only one of them: {said(services, 300)}."
    )


def not_yet(words: str) -> str:
    """A period of which nothing can be known."""
    return f"{code(words, 80)} is still to come. Say a period that has begun, such as {EXAMPLES}."


def _facts(stats: Stats, nights: Nights | None, policy: Policy) -> Iterable[str]:
    if stats.deployments is not None:
        yield f"*{escape(charts.deployments(stats))}*{_often(stats)}"
    if stats.recoveries:
        yield f"{escape(charts.recovery(stats))}{_from_failure(stats)}"
    if stats.streak is not None and stats.streak.days is not None:
        yield escape(charts.streak(stats.streak))
    if stats.incidents is not None:
        yield escape(charts.downtime(stats))
        yield from _answered(stats, policy)
        if nights is not None:
            yield _nights(nights, policy)


def _often(stats: Stats) -> str:
    """How often we deploy, in the unit in which it is more than one."""
    per_day = stats.deployment_frequency_per_day
    if not per_day:
        return ""
    for unit, many in (("day", 1), ("week", 7), ("month", 30)):
        if per_day * many >= 1:
            return f" · {per_day * many:.1f} a {unit}".replace(".0 ", " ")
    return f" · one in {round(1 / per_day)} days"


def _from_failure(stats: Stats) -> str:
    median = stats.recovery_time_from_failure_median_seconds
    return f" ({lasted(median)} from the first failed probe)" if median is not None else ""


def _answered(stats: Stats, policy: Policy) -> Iterable[str]:
    teams = [
        f"{said(policy.team_name(it.team), 60)} "
        + charts.answered(it.median_seconds, it.acknowledged, it.paged)
        for it in stats.acknowledgements
        if it.paged
    ]
    if not teams:
        return
    rate = stats.both_teams_acknowledged_rate
    both = f" · every team came in {percent(rate)}" if rate is not None else ""
    yield f"Pages are answered within (median): {and_list(teams)}{both}"


def _nights(nights: Nights, policy: Policy) -> str:
    disturbed = [(key, count) for key, (count, _) in nights.items() if count]
    if not disturbed:
        return "Nobody was paged at night"
    people = [
        f"{said(policy.name_of(key), 60)} {plural(count, 'night')}"
        for key, count in disturbed[:MOST_PEOPLE]
    ]
    more = len(disturbed) - MOST_PEOPLE
    return f"Paged at night: {and_list([*people, *([f'{more} more'] if more > 0 else [])])}"


def _page(stats: Stats, policy: Policy) -> str | None:
    if not policy.public_url:
        return None
    first, after = _dates(stats)
    query = {"from": first.isoformat(), "to": after.isoformat()}
    if stats.scope.service:
        query["service"] = stats.scope.service
    return linked(f"{policy.public_url}/stats?{urlencode(query)}", "All numbers, with charts")


def _dates(stats: Stats) -> tuple[date, date]:
    zone = ZoneInfo(stats.period.zone)
    return (
        stats.period.start.astimezone(zone).date(),
        stats.period.end.astimezone(zone).date(),
    )


def week(last: Stats, before: Stats, nights: Nights, policy: Policy) -> str:
    """The Monday digest: last week, against the four weeks before it."""
    lines = [f"*The week of {days(last.period)}*"]
    if _quiet(last):
        lines.append("A quiet week: nothing was deployed, and nothing was down.")
    else:
        lines += [f"• {line}" for line in _of_the_week(last, before)]
    lines.append(f"• {escape(charts.streak(last.streak))}")
    lines.append(f"• {_nights(nights, policy)}")
    undecided = (last.incidents_by_cause or {}).get("undecided", 0)
    if undecided:
        waits = "waits" if undecided == 1 else "wait"
        lines.append(
            f"• {plural(undecided, 'incident')} {waits} for somebody to say in the thread whether "
            "it was a deployment"
        )
    page = _page(last, policy)
    return "\n".join([*lines, *([page] if page else [])])


def _quiet(stats: Stats) -> bool:
    return stats.deployments == 0 and stats.incidents == 0


def _of_the_week(last: Stats, before: Stats) -> Iterable[str]:
    yield f"{escape(charts.deployments(last))}{_compared(_went(before))}"
    if last.incidents is not None:
        found = plural(last.incidents, "incident") if last.incidents else "No incident"
        down = sum((last.downtime_seconds_by_cause or {}).values())
        length = f", {lasted(down)} of downtime" if down else ""
        yield f"{found}{length}{_compared(_down(before))}"
    if last.recoveries:
        yield escape(charts.recovery(last))


def _went(before: Stats) -> str:
    if not before.deployments:
        return ""
    failed = before.failed_deployments or 0
    return f"{failed or 'none'} of {before.deployments}"


def _down(before: Stats) -> str:
    if before.incidents is None or before.deployments is None:
        return ""
    down = sum((before.downtime_seconds_by_cause or {}).values())
    length = f", {lasted(down)}" if down else ""
    return f"{plural(before.incidents, 'incident') if before.incidents else 'none'}{length}"


def _compared(words: str) -> str:
    return f" (in the four weeks before: {words})" if words else ""
