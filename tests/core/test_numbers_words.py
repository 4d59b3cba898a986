"""What leads read in Slack: plain words, counts before rates, nothing worse than it is."""

from dataclasses import replace

from bot.core.fairness import nights_of
from bot.core.stats.facts import Facts
from bot.core.stats.result import Stats
from bot.core.wording import numbers
from tests.core.stats_world import DAY, count, deployed, facts, incident, page, track
from tests.core.world import policy

POLICY = replace(policy(), public_url="https://midwatch.example.com")
WEEK, BEFORE = (21 * DAY, 28 * DAY), (-7 * DAY, 21 * DAY)


def weeks(known: Facts) -> tuple[Stats, Stats]:
    return count(known, hours=WEEK), count(known, hours=BEFORE)


def digest(known: Facts) -> str:
    last, before = weeks(known)
    return numbers.week(last, before, nights_of(last.loads), POLICY)


def a_deployment_a_day() -> Facts:
    """One of the last week took us down, and one of the weeks before it."""
    return facts(
        *(deployed(f"d{number}", number * DAY + 10) for number in range(1, 28)),
        incident(1, DAY + 11, DAY + 13, by="d1"),
        incident(2, 24 * DAY + 11, 24 * DAY + 11.6, by="d24"),
        incident(3, 25 * DAY, 25 * DAY + 1),
        page("ana", 24 * DAY + 1.0, 2),
        since=-90 * DAY,
    )


def test_the_week_stands_against_the_four_before_it_in_counts() -> None:
    assert digest(a_deployment_a_day()).split("\n") == [
        "*The week of 23 Mar to 29 Mar 2026*",
        "• 1 of 7 deployments caused downtime (in the four weeks before: 1 of 20)",
        "• 2 incidents, 1 h 36 min of downtime (in the four weeks before: 1 incident, 2 h)",
        "• The one failed deployment was recovered from in 1 h 36 min",
        "• 3 days since a deployment last took us down; the record is 91 days",
        "• Paged at night: Ana 1 night",
        "• 1 incident waits for somebody to say in the thread whether it was a deployment",
        "<https://midwatch.example.com/stats?from=2026-03-23&amp;to=2026-03-30"
        "|All numbers, with charts>",
    ]


def test_a_quiet_week_is_said_as_such() -> None:
    said = digest(facts(since=-90 * DAY))
    assert "A quiet week: nothing was deployed, and nothing was down." in said
    assert "No deployment has taken us down in the 118 days on record" in said
    assert "four weeks" not in said


def test_a_week_of_which_nothing_is_known_is_not_called_quiet() -> None:
    said = digest(facts(since=35 * DAY))
    assert "quiet" not in said
    assert "Nothing is known of this period" in said


def test_of_few_deployments_no_share_is_said() -> None:
    known = a_deployment_a_day()
    last, _ = weeks(known)
    assert "%" not in numbers.answer(last, {}, POLICY).split("_")[0]
    month = count(known, hours=(0, 28 * DAY))
    assert "*2 of 27 deployments caused downtime (7 %)*" in numbers.answer(month, {}, POLICY)


def test_names_are_escaped_and_many_people_are_counted() -> None:
    many = {f"p{number}": (9 - number, 9) for number in range(7)} | {"<!here>": (9, 9)}
    last, _ = weeks(a_deployment_a_day())
    said = numbers.answer(last, dict(sorted(many.items())), POLICY)
    assert "<!here>" not in said
    assert "and 3 more" in said


def test_a_stranger_is_told_of_nobodys_nights() -> None:
    last, _ = weeks(a_deployment_a_day())
    assert "at night" in numbers.answer(last, {}, POLICY)
    assert "at night" not in numbers.answer(last, None, POLICY)


def test_a_team_that_did_not_come_is_named_without_a_time() -> None:
    stats = count(
        deployed("d1", DAY),
        incident(1, DAY, DAY + 2, tracks=(track("it", DAY, DAY + 0.05), track("development", DAY))),
    )
    said = numbers.answer(stats, {}, POLICY)
    assert "Development not once (0 of 1 incident) and IT 3 min (1 of 1 incident)" in said
    assert "every team came in 0 %" in said
