"""How often we deploy, how often it hurts, how fast we are back: told by small examples."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.deployment import DeploymentState
from bot.core.fairness import Load
from bot.core.follow_up import FollowUp
from bot.core.link import Label
from bot.core.stats.facts import PartFact
from bot.core.stats.period import Period, of_days
from tests.core.stats_world import DAY, at, count, deployed, facts, incident, page, track

HOUR = 3600.0
FOUR_WEEKS = 28 * DAY
RATES = (
    "change_failure_rate",
    "change_failure_rate_with_suspected",
    "rework_rate",
    "both_teams_acknowledged_rate",
    "recovery_time_median_seconds",
    "recovery_time_from_failure_median_seconds",
    "lead_time_median_seconds",
)

COUNTED = [
    # what went out, and whether it is a deployment of the period
    (deployed("d", 5), True),
    (deployed("d", 5, state=DeploymentState.FAILED), True),
    (deployed("d", 5, state=DeploymentState.ROLLED_BACK), True),  # it had been out before
    (deployed("d", 5, state=DeploymentState.CANCELLED), False),
    (deployed("d", None, state=DeploymentState.STARTED, started=5), False),  # it still rolls out
    (deployed("d", 5, environment="staging"), False),
    (deployed("d", 5, environment=" Production"), True),  # environments compare without case
    (deployed("d", 5, "mail", environment="live"), True),  # what users see has another name there
    (deployed("d", 5, "mail"), False),
    (deployed("d", 5, "gone"), True),  # a service that left the configuration
    (deployed("d", 5, untouched=True), False),  # of the repository, but nothing of this service
    (deployed("d", 5, rollback=True), True),
    (deployed("d", 5, by_hand=True), True),
    (deployed("d", 0), True),  # the start is in the period
    (deployed("d", -0.001), False),
    (deployed("d", FOUR_WEEKS), False),  # the end is not
    (deployed("d", FOUR_WEEKS - 0.001), True),
    (deployed("d", 0.5, started=-3), True),  # what counts is when it ended
]


@pytest.mark.parametrize(("one", "counts"), COUNTED)
def test_a_deployment_counts_when_it_ended_in_the_period_where_users_are(
    one: object, counts: bool
) -> None:
    found = count(one, deployed("other", 6))  # type: ignore[arg-type]
    assert found.deployments == 1 + counts
    assert found.deployment_frequency_per_day == (1 + counts) / 28


def test_a_deployment_fails_once_however_many_incidents_it_caused() -> None:
    found = count(
        *(deployed(f"d{n}", n) for n in range(4)),
        incident(1, 1.1, 2, by="d1"),
        incident(2, 1.5, 3, "search", by="d1"),
        incident(3, 9, 10, cause="other"),
    )
    assert (found.deployments, found.failed_deployments, found.failed_ids) == (4, 1, ("d1",))
    assert found.change_failure_rate == found.change_failure_rate_with_suspected == 0.25
    assert found.incidents == 3
    assert found.incidents_by_cause == {"deployment": 2, "other": 1, "undecided": 0}


def test_what_nobody_decided_is_a_range_and_never_passes_all_of_them() -> None:
    found = count(
        *(deployed(f"d{n}", n) for n in range(4)),
        incident(1, 0.1, 2, by="d0"),
        incident(2, 1.1, 2, perhaps="d1"),
        incident(3, 1.2, 2, perhaps="d1"),
        incident(4, 2.1, 3, label=Label.ONE_OF, suspected="d2"),
        incident(5, 3.1, 4, label=Label.POSSIBLE, suspected="d3"),
        incident(6, 3.1, 4, perhaps="d0"),  # it failed already
        incident(7, 3.1, 4, perhaps="d3", cause="other"),  # people said that it was not
    )
    assert (found.failed_ids, found.suspected_ids) == (("d0",), ("d1", "d2"))
    assert (found.change_failure_rate, found.change_failure_rate_with_suspected) == (0.25, 0.75)
    assert "5 incidents are undecided" in " ".join(found.notes)


def test_an_empty_period_has_no_rates_and_one_before_all_records_no_numbers() -> None:
    empty = count(facts())
    assert (empty.deployments, empty.incidents, empty.pages) == (0, 0, 0)
    assert [getattr(empty, name) for name in RATES] == [None] * len(RATES)
    before = count(facts(deployed("d", 500), since=500), hours=(0, 400))
    assert (before.deployments, before.incidents, before.downtime_seconds_by_cause) == (None,) * 3
    assert before.notes == ("Nothing is known of this period.",)
    ahead = count(deployed("d", 5), hours=(50 * DAY, 60 * DAY))
    assert (ahead.deployments, ahead.series) == (None, ())


def test_a_deployment_of_the_period_may_hurt_after_it_and_one_before_it_inside() -> None:
    last = (deployed("d", FOUR_WEEKS - 1), incident(1, FOUR_WEEKS + 1, FOUR_WEEKS + 2, by="d"))
    found = count(*last)
    assert (found.change_failure_rate, found.incidents) == (1.0, 0)
    assert found.downtime_seconds_by_cause == {"deployment": 0, "other": 0, "undecided": 0}
    first = (deployed("d", -1), incident(1, -0.5, 2, by="d"))
    found = count(*first)
    assert (found.deployments, found.change_failure_rate, found.incidents) == (0, None, 0)
    assert found.downtime_seconds_by_cause == {"deployment": 2 * HOUR, "other": 0, "undecided": 0}


def test_recovery_runs_from_the_deployment_and_from_the_first_failed_probe() -> None:
    found = count(
        deployed("slow", 10),  # hurt an hour later
        deployed("at once", 24, started=23),  # hurt while it rolled out
        deployed("twice", 50),
        deployed("open", 70),
        incident(1, 11, 12, by="slow"),
        incident(2, 23.5, 24.5, by="at once"),
        incident(3, 51, 52, by="twice"),
        incident(4, 53, 55, "search", by="twice"),
        incident(5, 71, None, by="open"),
    )
    told = {
        it.deployment: (it.incident, it.seconds, it.seconds_from_failure) for it in found.recoveries
    }
    assert told == {
        "slow": (1, 2 * HOUR, HOUR),
        "at once": (2, HOUR, HOUR),
        "twice": (4, 5 * HOUR, 4 * HOUR),
    }
    assert found.recovery_time_median_seconds == 2 * HOUR
    assert found.recovery_time_from_failure_median_seconds == HOUR
    assert (found.failed_deployments, found.unrecovered, found.open_incidents) == (4, 1, 1)


REWORKS = [
    # after an incident from hour 10 to 12 that the deployment `bad` caused: is this one rework?
    (deployed("d", 11.5, started=11), True),
    (deployed("d", 13, started=12), True),
    (deployed("d", 13, started=12.1), False),
    (deployed("d", 10.2, started=9.9), False),  # it was on its way before anybody knew
    (deployed("d", 11.5, "search", started=11), False),
    (deployed("d", 11.5), True),  # its start was never reported
    (deployed("d", 100, rollback=True), True),
    # some say `rollback` of what was taken back itself
    (deployed("d", 100, rollback=True, state=DeploymentState.ROLLED_BACK), False),
    (deployed("d", 100, mends=True), True),
]


@pytest.mark.parametrize(("one", "again"), REWORKS)
def test_rework_is_what_an_incident_made_necessary(one: object, again: bool) -> None:
    bad = (deployed("bad", 9.5), incident(1, 10, 12, by="bad"))
    found = count(*bad, one)  # type: ignore[arg-type]
    assert (found.reworks, found.rework_rate) == (int(again), again / 2)


def test_what_shipped_the_trouble_is_under_repair_though_another_service_was_down() -> None:
    found = count(
        deployed("bad", 9.5, "search"),
        incident(1, 10, 12, "checkout", by="bad"),
        deployed("mends", 11.5, "search", started=11),
        incident(2, 30, 40, "search", cause="other"),
        deployed("planned", 36, "search", started=35),
    )
    assert (found.reworks, found.rollbacks) == (1, 0)


def test_lead_time_is_of_each_commit_once_in_what_reached_production() -> None:
    a, b, c, d = (("a", at(0)), ("b", at(4)), ("c", at(5)), ("d", at(1)))
    found = count(
        deployed("first", 6, commits=(a, b)),
        deployed("again", 30, commits=(a, b, c)),  # after going back: only c is new
        deployed("back", 20, commits=(d,), rollback=True),
        deployed("failed", 20, commits=(d,), state=DeploymentState.FAILED),
        deployed("other", 7, "search", commits=(a,)),
    )
    assert found.changes == 4
    assert found.lead_time_median_seconds == 6.5 * HOUR  # 2, 6, 7, 25
    ahead = count(deployed("d", 1, commits=(("a", at(2)),)))
    assert ahead.lead_time_median_seconds == 0, "clocks differ; time does not run backwards"


def test_downtime_is_cut_at_the_period_counts_an_open_one_up_to_now_and_splits_by_cause() -> None:
    found = count(
        incident(1, -5, 1, by="d"),
        incident(2, 10, 13, "checkout", "search", cause="other"),  # once, not per service
        incident(3, 11, 12, "mail"),
        incident(4, 30, None, "search"),
        now=32,
    )
    assert found.downtime_seconds_by_cause == {
        "deployment": HOUR,
        "other": 3 * HOUR,
        "undecided": 3 * HOUR,
    }
    assert found.open_incidents == 1


def test_between_down_and_down_again_it_was_up() -> None:
    found = count(incident(1, 10, 14, reopened=2, breaks=((at(13), at(13.5)), (at(11), at(11.25)))))
    assert found.downtime_seconds_by_cause == {
        "deployment": 0,
        "other": 0,
        "undecided": 3.25 * HOUR,
    }
    assert (found.reopenings, found.flapping) == (2, 0)


def test_of_one_service_only_its_own_part_of_an_incident_is_down() -> None:
    both = replace(
        incident(1, 10, 14),
        parts=(PartFact("checkout", at(10), at(14)), PartFact("search", at(11), at(12))),
    )
    undecided = {
        service: (count(both, service=service).downtime_seconds_by_cause or {})["undecided"]
        for service in ("checkout", "search", "mail")
    }
    assert undecided == {"checkout": 4 * HOUR, "search": HOUR, "mail": 0}


STREAKS = [
    # deploy-caused incidents (began, over) in hours, now, days, longest; known since hour 0
    ([], 12, None, None),
    ([], 5 * DAY + 1, 5, 5),
    ([(48, 49)], 48 + 10 * DAY, 9, 9),
    ([(10 * DAY, 10 * DAY + 1)], 12 * DAY, 1, 10),
    ([(48, None)], 10 * DAY, 0, 2),
    ([(24, 10 * DAY), (48, 72)], 11 * DAY, 1, 1),  # one inside of the other
    ([(10 * DAY, 11 * DAY)], 9 * DAY, 9, 9),  # it had not been then
]


@pytest.mark.parametrize(("outages", "now", "days", "longest"), STREAKS)
def test_days_since_a_deployment_last_took_us_down(
    outages: list[tuple[float, float | None]], now: float, days: int | None, longest: int | None
) -> None:
    known = facts(*(incident(n, *it, by="d") for n, it in enumerate(outages)), since=0)
    found = count(known, hours=(now - DAY, now), now=now)
    assert (found.days_since_deploy_caused_downtime, found.longest_streak_days) == (days, longest)
    assert found.streak is not None
    assert found.streak.from_first_record == (not outages or outages[0][0] > now)


def test_of_a_period_that_is_over_the_streak_is_as_of_its_end() -> None:
    known = (incident(1, 24, 25, by="d"), incident(2, 20 * DAY, 20 * DAY + 1, by="d"))
    found = count(*known, hours=(0, 10 * DAY))
    assert found.days_since_deploy_caused_downtime == 8
    other = count(*known, service="search")
    assert other.days_since_deploy_caused_downtime == 29, "search was never down: since it is known"


def test_acknowledgement_is_from_a_teams_first_page_and_both_have_to_come() -> None:
    found = count(
        incident(1, 1, 3, tracks=(track("it", 1, 1.5), track("development", 1.2, 2.2))),
        incident(2, 5, 7, tracks=(track("it", 5, 6.5), track("development", 5))),
        incident(3, 8, None, tracks=(track("it", 8), track("development", 8))),  # not told yet
        incident(4, 9, None, tracks=(track("it", 9, 10), track("development", 9, 9.5))),
        incident(5, 9, 10, "search", tracks=(track("it", 9, 10),)),
        incident(6, 9, 10, "mail", tracks=(track("office", 9, 9.1), track("it", 9))),  # any team
    )
    assert found.acknowledge_median_seconds_by_team == {
        "development": 0.75 * HOUR,
        "it": HOUR,
        "office": pytest.approx(0.1 * HOUR),
    }
    assert [(it.team, it.paged, it.acknowledged) for it in found.acknowledgements] == [
        ("development", 4, 2),
        ("it", 6, 4),
        ("office", 1, 1),
    ]
    assert (found.both_teams_incidents, found.both_teams_acknowledged_rate) == (3, 2 / 3)


def test_a_team_that_nobody_of_ever_came_has_no_median() -> None:
    found = count(incident(1, 1, 3, tracks=(track("it", 1),)))
    assert found.acknowledge_median_seconds_by_team == {"it": None}


def test_what_teams_say_will_keep_it_from_happening_again_is_shown() -> None:
    answered = FollowUp("it", at(3), by="ana", at=at(9), text="A canary first")
    asked = (answered, FollowUp("development", at(3)))
    found = count(deployed("d", 1), incident(1, 1, 2, by="d", follow_ups=asked))
    assert (found.follow_ups_asked, found.follow_ups_answered) == (2, 1)
    assert [(it.incident, it.team, it.text) for it in found.follow_ups] == [
        (1, "it", "A canary first"),
        (1, "development", ""),
    ]
    theirs = count(incident(1, 1, 2, by="d", follow_ups=asked), team="development")
    assert (theirs.follow_ups_asked, theirs.follow_ups_answered) == (1, 0)


FALSE_ALARMS = [
    (incident(1, 1, 1.08, tracks=(track("it", 1),)), True),
    (incident(1, 1, 1.09, tracks=(track("it", 1),)), False),
    (incident(1, 1, 1.08, tracks=(track("it", 1, 1.01),)), False),
    (incident(1, 1, 1.08, tracks=(track("it", 1),), by_itself=False), False),
    (incident(1, 1, 1.08, tracks=(track("it", 1),), by="d"), False),
    (incident(1, 1, 1.08, tracks=(track("it", 1),), reopened=1), False),
    (incident(1, 1, 1.08), False),  # nobody was paged
    (incident(1, 1, None, tracks=(track("it", 1),)), False),
]


@pytest.mark.parametrize(("one", "false"), FALSE_ALARMS)
def test_a_false_alarm_is_over_by_itself_before_anybody_came(one: object, false: bool) -> None:
    assert count(one).false_alarms == int(false)  # type: ignore[arg-type]


def test_pages_and_nights_are_of_the_person_the_team_and_the_service() -> None:
    known = facts(
        incident(1, 10, 11),
        incident(2, 22.5, 23, "search"),
        page("ana", 10.1, 1),
        page("ana", 22.6, 2, 1),
        page("bo", 22.6, 2, team="development", channel="call"),
        page("bo", FOUR_WEEKS, 3),
        zones={"bo": "America/New_York"},
    )
    found = count(known)
    assert (found.pages, found.pages_at_night) == (3, 1)
    assert found.loads[0] == Load("ana", "it", 2, 2, 0, 1, frozenset({at(22.6).date()}), at(22.6))
    assert count(known, team="development").pages == 1
    assert count(known, service="checkout").pages == 2
    assert count(known, service="mail").pages == 0


def test_scopes_of_teams_and_services_see_what_is_theirs() -> None:
    known = facts(
        deployed("c", 1),
        deployed("s", 2, "search"),
        incident(1, 1.5, 3, "search", by="c", tracks=(track("it", 1.5), track("development", 1.5))),
        incident(2, 2.5, 3, "search", tracks=(track("it", 2.5),)),
    )
    checkout = count(known, service="checkout")
    assert (checkout.failed_ids, checkout.incidents) == (("c",), 0), (
        "its deployment, not its outage"
    )
    search = count(known, service="search")
    assert (search.failed_deployments, search.incidents) == (0, 2)
    assert (count(known, team="development").deployments, count(known, team="it").deployments) == (
        1,
        2,
    )
    assert (count(known, team="development").incidents, count(known, team="it").incidents) == (1, 2)
    assert count(known, team="office").incidents == 0


def test_where_nobody_looks_for_outages_only_deployments_are_known() -> None:
    known = facts(
        deployed("d", 1, environment="staging"), deployed("p", 1), incident(1, 2, 3, by="p")
    )
    found = count(known, environment="staging")
    assert (found.deployments, found.failed_deployments, found.incidents) == (1, None, None)
    assert (found.change_failure_rate, found.streak, found.pages) == (None, None, None)
    assert any("not in staging" in note for note in found.notes)
    assert count(known, environment="PRODUCTION").change_failure_rate == 1.0


def test_a_cancelled_roll_out_that_hurt_is_said_though_it_is_not_counted() -> None:
    cut = deployed("cut", 1, state=DeploymentState.CANCELLED)
    found = count(cut, deployed("d", 2), incident(1, 1, 2, by="cut"))
    assert (found.deployments, found.failed_deployments) == (1, 0)
    assert found.downtime_seconds_by_cause == {"deployment": HOUR, "other": 0, "undecided": 0}
    assert any("1 deployment that caused an incident never ended" in note for note in found.notes)


def test_small_samples_and_half_known_periods_say_so() -> None:
    notes = " ".join(count(facts(deployed("d", 200), since=200), now=400).notes)
    assert "Nothing is known before 10 Mar 2026" in notes
    assert "The period is not over" in notes
    assert "Small sample, 1 deployment" in notes
    assert "days are since the first record, 10 Mar 2026" in notes
    many = count(*(deployed(f"d{n}", n) for n in range(20)))
    assert not any("Small sample" in note for note in many.notes)


def test_a_period_that_goes_on_is_per_day_of_what_has_been() -> None:
    found = count(deployed("d", 1), deployed("e", 30), now=48)
    assert found.deployment_frequency_per_day == 1.0
    assert found.at == at(48)
    assert len(found.series) == 2


def test_days_begin_at_local_midnight_also_where_the_clock_changes() -> None:
    """In Berlin, 29 March 2026 has 23 hours and 25 October 25."""
    spring = of_days(date(2026, 3, 28), date(2026, 3, 31), "Europe/Berlin")
    hours = [
        (b - a) / timedelta(hours=1)
        for a, b in zip(spring.edges(), spring.edges()[1:], strict=False)
    ]
    assert hours == [24, 23, 24]
    autumn = of_days(date(2026, 10, 25), date(2026, 10, 26), "Europe/Berlin")
    assert autumn.seconds == 25 * HOUR
    assert autumn.start == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert autumn.holds(datetime(2026, 10, 25, 22, 59, tzinfo=UTC))
    assert not autumn.holds(datetime(2026, 10, 25, 23, tzinfo=UTC))


def test_buckets_are_days_weeks_or_months_and_cut_off_at_the_ends() -> None:
    weeks = Period(at(36), at(60 * DAY), "UTC")
    assert weeks.unit == "week"
    edges = weeks.edges()
    assert (edges[0], edges[1], edges[-1]) == (at(36), at(7 * DAY), at(60 * DAY))
    year = of_days(date(2025, 1, 15), date(2026, 2, 15), "America/New_York")
    assert (year.unit, len(year.edges())) == ("month", 15)
    assert Period(at(5), at(5), "UTC").edges() == ()


def test_the_series_adds_up_and_splits_downtime_at_midnight() -> None:
    found = count(
        deployed("a", 1),
        deployed("b", 23.9),
        deployed("c", 24),
        incident(1, 23, 26, by="b"),
        incident(2, 30, 31, perhaps="c"),
        hours=(0, 72),
    )
    assert [it.deployments for it in found.series] == [2, 1, 0]
    assert [it.failed for it in found.series] == [1, 0, 0]
    assert [it.suspected for it in found.series] == [0, 1, 0]
    assert [(it.incidents, it.incidents_by_deployment) for it in found.series] == [
        (1, 1),
        (1, 0),
        (0, 0),
    ]
    down = [it.downtime_seconds_by_cause["deployment"] for it in found.series]
    assert down == [HOUR, 2 * HOUR, 0]
