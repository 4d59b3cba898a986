"""What charts say: titles that give the answer, and the smaller text below them. Plain text."""

import textwrap

from bot.core.stats.result import Stats, Streak
from bot.core.wording.outside import one_line
from bot.core.wording.spans import days, lasted, percent
from bot.core.wording.words import and_list, plural

FEW_DEPLOYMENTS = 20
NOT_KNOWN = "Nothing is known of this period"
UNDECIDED = "Nobody has said yet"


def scope(stats: Stats) -> str:
    """` of checkout` where only a part is looked at."""
    found = [one_line(it, 60) for it in (stats.scope.service, stats.scope.team) if it]
    return f" of {' and '.join(found)}" if found else ""


def deployments(stats: Stats) -> str:
    """`2 of 41 deployments caused downtime (5 %)`, and how many more are suspected.

    Of few deployments no share is said: one of seven is no trend, and 14 % reads like one.
    """
    count, failed = stats.deployments, stats.failed_deployments
    if not count or failed is None:
        return no_deployments(stats)
    more = (stats.failed_deployments_with_suspected or 0) - failed
    besides = " more" if failed else ""
    suspected = f"; {more}{besides} {'is' if more == 1 else 'are'} suspected" if more > 0 else ""
    of = scope(stats)
    if failed == 0:
        each = "The one deployment" if count == 1 else f"None of {count} deployments"
        cause = "caused no downtime" if count == 1 else "caused downtime"
        return f"{each}{of} {cause}{suspected}"
    share = stats.change_failure_rate
    rate = f" ({percent(share)})" if share is not None and count >= FEW_DEPLOYMENTS else ""
    return f"{failed} of {plural(count, 'deployment')}{of} caused downtime{rate}{suspected}"


def no_deployments(stats: Stats) -> str:
    """Nothing went out, or nothing is known of it."""
    return f"No deployments{scope(stats)}" if stats.deployments == 0 else NOT_KNOWN


UNITS = {"day": "day", "week": "week", "month": "month"}


def below_deployments(stats: Stats) -> str:
    """How to read it."""
    hollow = " Hollow: suspected." if any(it.suspected for it in stats.series) else ""
    return (
        f"{days(stats.period)}. Upward: deployments a {UNITS[stats.unit]}. Downward: incidents "
        f"that a deployment caused, as people decided.{hollow}"
    )


def recovery(stats: Stats) -> str:
    """How fast we are back."""
    median, count = stats.recovery_time_median_seconds, len(stats.recoveries)
    if stats.failed_deployments is None:
        return NOT_KNOWN
    if median is None or not count:
        return f"No failed deployment{scope(stats)} to recover from"
    if count == 1:
        return f"The one failed deployment{scope(stats)} was recovered from in {lasted(median)}"
    return f"Half of {count} failed deployments{scope(stats)} were over within {lasted(median)}"


def below_recovery(stats: Stats) -> str:
    """How to read it."""
    return (
        f"{days(stats.period)}. Each mark is a failed deployment: the higher, the longer it took "
        "from the deployment until the service was up."
    )


def streak(found: Streak | None) -> str:
    """`12 days since a deployment last took us down; the record is 41`."""
    if found is None or found.days is None:
        return "Since when no deployment took anything down is not known yet"
    if found.down:
        return "Something is down now because of a deployment: the streak is at 0"
    longest = found.longest_days or 0
    if found.from_first_record:
        return f"No deployment has taken us down in the {plural(found.days, 'day')} on record"
    record = (
        "the longest streak so far"
        if found.days >= longest
        else f"the record is {plural(longest, 'day')}"
    )
    return f"{plural(found.days, 'day')} since a deployment last took us down; {record}"


def below_streak(stats: Stats) -> str:
    """How to read it."""
    return (
        f"{days(stats.period)}. Whole days since the last downtime that a deployment caused: it "
        "climbs, and falls to 0 with the next."
    )


CAUSES = {"deployment": "A deployment", "other": "Something else", "undecided": UNDECIDED}


def downtime(stats: Stats) -> str:
    """How much of the downtime deployments caused."""
    seconds = stats.downtime_seconds_by_cause
    if seconds is None:
        return NOT_KNOWN
    total, own = sum(seconds.values()), seconds.get("deployment", 0.0)
    if not total:
        return f"No downtime{scope(stats)}"
    undecided = seconds.get("undecided", 0.0)
    if not own and undecided:
        said = f"{lasted(undecided)} of {lasted(total)}" if undecided < total else lasted(total)
        return f"Nobody has said what caused {said} of downtime{scope(stats)}"
    if not own:
        return f"No deployment caused any of {lasted(total)} of downtime{scope(stats)}"
    if own == total:
        return f"All {lasted(total)} of downtime{scope(stats)} was caused by deployments"
    return f"Deployments caused {lasted(own)} of {lasted(total)} of downtime{scope(stats)}"


def below_downtime(stats: Stats) -> str:
    """How to read it."""
    return f"{days(stats.period)}. By the cause that people decided."


def cause_line(seconds: float, total: float) -> str:
    """`2 h 10 min (42 %)`."""
    return f"{lasted(seconds)} ({percent(seconds / total)})" if total else lasted(seconds)


def acknowledgement(stats: Stats, medians: list[tuple[str, float]]) -> str:
    """Teams by name with their medians: who answers how quickly."""
    if stats.acknowledge_median_seconds_by_team is None:
        return NOT_KNOWN
    if not medians:
        return "No team has acknowledged anything in this period"
    some = [f"{one_line(name, 40)} {lasted(seconds)}" for name, seconds in medians[:3]]
    return f"Half of the pages are answered within: {and_list(some)}"


def below_acknowledgement(stats: Stats) -> str:
    """How to read it."""
    return f"{days(stats.period)}. Median time from a team's first page to its acknowledgement."


def answered(median: float | None, acknowledged: int, paged: int) -> str:
    """`3 min (41 of 44 incidents)`."""
    of = f"{acknowledged} of {plural(paged, 'incident')}"
    return f"not once ({of})" if median is None else f"{lasted(median)} ({of})"


def nights(stats: Stats, people: list[tuple[str, int]]) -> str:
    """Who carries the nights: people by name, the most disturbed first."""
    if stats.pages is None:
        return NOT_KNOWN
    total = sum(count for _, count in people)
    if not total:
        return "Nobody was paged at night"
    name, most = people[0]
    if len([it for it in people if it[1]]) == 1:
        return f"{one_line(name, 60)} was paged in {plural(most, 'night')}, nobody else was"
    if most == people[1][1]:
        return f"Nights with a page are {total} in all, {most} at most for one person"
    return f"{one_line(name, 60)} had {most} of {total} nights with a page"


def below_nights(stats: Stats) -> str:
    """How to read it."""
    return f"{days(stats.period)}. Nights (22:00-07:00 on the person's clock) with a page."


def nights_line(nights_disturbed: int, pages: int) -> str:
    """`4 nights, 9 pages`."""
    if not nights_disturbed:
        return "none"
    return f"{plural(nights_disturbed, 'night')}, {plural(pages, 'page')}"


def nothing(title: str, what: str) -> str:
    """Inside an empty frame: `No deployments in this period.`, if that is known."""
    return f"{NOT_KNOWN}." if title == NOT_KNOWN else f"{what} in this period."


IN_THE_TABLE = "The numbers are in the table below."


def not_drawn(title: str, narrow: bool) -> list[str]:
    """In the place of a chart: its answer, and where its numbers are."""
    sentences = (title, "This chart could not be drawn. Reload to try again.", IN_THE_TABLE)
    return [line for it in sentences for line in textwrap.wrap(it, 40 if narrow else 90)]
