"""Piecing a deployment together from reports that come late, twice and out of order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.deployment import (
    Attempt,
    Commit,
    Deployment,
    DeploymentState,
    Report,
    apply,
    elsewhere,
    same_environment,
    with_commits,
)
from bot.core.rollout import as_of, end_of, start_of, usual_rollout

S, F, X, R = (
    DeploymentState.STARTED,
    DeploymentState.SUCCEEDED,
    DeploymentState.FAILED,
    DeploymentState.ROLLED_BACK,
)
TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
USUAL = timedelta(minutes=15)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def said(
    status: DeploymentState, started: float | None = None, ended: float | None = None
) -> Report:
    """A report; times are minutes after ten."""
    return Report(
        id="d1",
        service="checkout",
        environment="production",
        status=status,
        started_at=None if started is None else TEN + minutes(started),
        ended_at=None if ended is None else TEN + minutes(ended),
    )


def after(*reports: tuple[Report, float]) -> Deployment:
    """The deployment once these reports have arrived, each so many minutes after ten."""
    current: Deployment | None = None
    for report, arrived in reports:
        current = apply(current, report, TEN + minutes(arrived))
    assert current is not None
    return current


HISTORIES = [
    # (reports with their arrivals), state, start, end
    ([(said(S), 0.1)], S, 0.1, None),  # no time said: the arrival is the start
    ([(said(S, 0), 2)], S, 0, None),  # said earlier than it arrived
    ([(said(S, 9), 2)], S, 2, None),  # a clock that is ahead: the arrival is earlier
    ([(said(F, 0, 5), 6)], F, 0, 5),
    ([(said(F), 6)], F, None, 6),  # only the end: nobody knows the start
    ([(said(F, None, 9), 6)], F, None, 6),  # ended in the future: the arrival is earlier
    ([(said(F, 5, 3), 6)], F, 5, 5),  # ended before it started: a clock is wrong
    ([(said(S, 0), 1), (said(F, None, 5), 6)], F, 0, 5),
    ([(said(F, None, 5), 6), (said(S, 0), 7)], F, 0, 5),  # the start comes late
    ([(said(F), 6), (said(S), 7)], F, None, 6),  # late and without a time: says nothing
    ([(said(S), 1), (said(F, 0, 5), 6)], F, 0, 5),  # the earliest start wins
    ([(said(S, 0), 1), (said(F, 0.5, 5), 6)], F, 0, 5),
    ([(said(F), 6), (said(F, None, 5), 7)], F, None, 5),  # said is better than arrived
    ([(said(F, 0, 5), 6), (said(F, 0, 5), 9)], F, 0, 5),
    ([(said(F, 0, 5), 6), (said(X), 7)], F, 0, 5),  # an end does not change without a time
    ([(said(F, 0, 5), 6), (said(X, 0, 4), 7)], F, 0, 5),  # an older verdict
    ([(said(X, 0, 5), 6), (said(F, 0, 8), 9)], F, 0, 8),  # the same run's later verdict
    ([(said(F, 0, 5), 6), (said(R, None, 30), 31)], R, 0, 5),  # the roll-out ended when it did
    ([(said(R, None, 30), 31), (said(F, 0, 5), 32)], R, 0, 5),
    ([(said(S, 0), 1), (said(R), 8)], R, 0, 8),  # given up on the way
]


@pytest.mark.parametrize(("reports", "state", "start", "end"), HISTORIES)
def test_reports_make_one_deployment(
    reports: list[tuple[Report, float]],
    state: DeploymentState,
    start: float | None,
    end: float | None,
) -> None:
    known = after(*reports)
    assert known.state is state
    assert known.started_at == (None if start is None else TEN + minutes(start))
    assert known.ended_at == (None if end is None else TEN + minutes(end))
    assert known.earlier == ()
    assert known.reported_at == TEN + minutes(reports[0][1])


def test_a_start_after_the_end_is_a_new_attempt_and_the_first_is_not_forgotten() -> None:
    known = after((said(S, 0), 0), (said(X, 0, 5), 5), (said(S, 30), 30))
    assert (known.state, known.started_at, known.ended_at) == (S, TEN + minutes(30), None)
    assert known.earlier == (Attempt(X, TEN, TEN + minutes(5), TEN + minutes(5)),)


def test_a_later_verdict_without_a_start_is_a_new_attempt_of_unknown_start() -> None:
    known = after((said(X, 0, 5), 5), (said(F, None, 40), 40))
    assert (known.state, known.started_at, known.ended_at) == (F, None, TEN + minutes(40))
    assert start_of(known, USUAL) == (TEN + minutes(25), True)
    assert [attempt.state for attempt in known.earlier] == [X]


def test_reports_of_an_earlier_attempt_change_nothing_any_more() -> None:
    known = after((said(S, 0), 0), (said(X, 0, 5), 5), (said(S, 30), 30))
    for late in (said(S, 0), said(X, 0, 5), said(F, 0, 4)):
        assert apply(known, late, TEN + minutes(31)) is known


def test_a_sender_whose_clock_is_ahead_does_not_seem_to_deploy_again() -> None:
    """Its start, said to be at 10:20, arrived at 10:00; its end at 10:05. Then both come again."""
    start, end = said(S, 20), said(F, 20, 25)
    known = after((start, 0), (end, 5))
    assert (known.started_at, known.ended_at) == (TEN, TEN + minutes(5))
    assert apply(known, start, TEN + minutes(30)) is known
    assert apply(known, end, TEN + minutes(30)) is known


def test_later_reports_fill_gaps_and_overwrite_nothing() -> None:
    first = replace(said(S), version="v1", by="bo", commits=(Commit("a", "one"), Commit("b")))
    second = replace(
        said(F),
        version="v2",
        sha="a1b2c3d4e5",
        url="https://ci.example/1",
        created_at=TEN,
        commits=(Commit("b", "two", "Bo"), Commit("c", "three")),
    )
    known = after((first, 0), (second, 5))
    assert (known.version, known.by, known.sha) == ("v1", "bo", "a1b2c3d4e5")
    assert (known.short_sha, known.url, known.created_at) == (
        *("a1b2c3d", "https://ci.example/1"),
        TEN,
    )
    assert known.commits == (Commit("a", "one"), Commit("b", "two", "Bo"), Commit("c", "three"))


def test_commits_asked_for_later_are_added_once() -> None:
    known = after((said(F), 0))
    more = with_commits(known, [Commit("a", "one")])
    assert more.commits == (Commit("a", "one"),)
    assert with_commits(more, [Commit("a")]) is more


def test_an_id_used_elsewhere_is_told_apart_and_stays_short() -> None:
    staging = replace(said(F), id="run-7", environment="Staging")
    assert elsewhere(staging) == "run-7:checkout:staging"
    long = replace(staging, id="x" * 200)
    assert len(elsewhere(long)) == 200
    assert elsewhere(long) != elsewhere(replace(long, service="payments"))


def test_environments_compare_without_case() -> None:
    assert same_environment("Production ", "production")
    assert not same_environment("staging", "production")


def test_a_deployer_that_never_reports_a_start_started_when_its_record_was_made() -> None:
    report = replace(said(F, None, 9), created_at=TEN + minutes(3))
    assert start_of(after((report, 10)), USUAL) == (TEN + minutes(3), False)
    late = replace(said(F, None, 9), created_at=TEN + minutes(20))  # noted after the fact
    assert start_of(after((late, 21)), USUAL) == (TEN + minutes(9), False)


def test_a_start_that_nobody_reported_is_about_the_usual_length_before_the_end() -> None:
    assert start_of(after((said(F, None, 20), 21)), USUAL) == (TEN + minutes(5), True)
    assert start_of(after((said(F, None, 20), 21)), minutes(4)) == (TEN + minutes(16), True)


UNENDED = [
    (15, 44, None),  # three times 15 minutes are not over
    (15, 45, 45),
    (4, 12, 12),
    (30, 59, None),  # three times 30 would be 90: one hour at most
    (30, 60, 60),
]


@pytest.mark.parametrize(("usual", "now", "end"), UNENDED)
def test_a_roll_out_that_never_reports_its_end_counts_as_ended_in_time(
    usual: float, now: float, end: float | None
) -> None:
    known = after((said(S, 0), 0))
    expected = None if end is None else TEN + minutes(end)
    assert end_of(known, minutes(usual), TEN + minutes(now)) == expected


def test_the_usual_roll_out_is_the_median_once_five_are_known() -> None:
    known = [
        replace(after((said(F, 0, length), 100)), id=str(length)) for length in (2, 3, 4, 50, 60)
    ]
    assert usual_rollout(known) == minutes(4)
    assert usual_rollout(known[:4]) == minutes(15)
    by_hand = [replace(one, by_hand=True, ended_at=one.started_at) for one in known]
    assert usual_rollout([*known, *by_hand]) == minutes(4)
    failed = [replace(one, state=X) for one in known]
    assert usual_rollout(failed) == minutes(15)


def test_an_incident_sees_the_attempt_of_its_own_time() -> None:
    known = after((said(X, 0, 5), 5), (said(X, 30, 35), 35), (said(F, 60, 65), 65))
    seen = [
        (view.state, view.started_at)
        for at in (-1, 20, 40, 70)
        for view in [as_of(known, TEN + minutes(at), USUAL)]
    ]
    assert seen == [
        (X, TEN),  # before all of them: the first
        (X, TEN),
        (X, TEN + minutes(30)),
        (F, TEN + minutes(60)),
    ]


times = st.integers(0, 600).map(lambda seconds: seconds / 10)
maybe = st.none() | times
statuses = st.sampled_from(list(DeploymentState))
reports = st.builds(said, statuses, maybe, maybe)
arrivals = st.lists(st.tuples(reports, times), min_size=1, max_size=6).map(
    lambda each: sorted(each, key=lambda one: one[1])
)


@given(arrivals)
def test_the_same_report_again_says_nothing_new(each: list[tuple[Report, float]]) -> None:
    known = after(*each)
    last = each[-1][0]
    assert apply(known, last, TEN + minutes(61)) is known
    assert apply(known, last, TEN + minutes(600)) is known


@given(arrivals)
def test_an_ended_deployment_has_an_end_and_none_ends_before_it_starts(
    each: list[tuple[Report, float]],
) -> None:
    known = after(*each)
    assert (known.ended_at is None) is (known.state is S)
    if known.started_at is not None and known.ended_at is not None:
        assert known.started_at <= known.ended_at
    assert start_of(known, USUAL)[0] <= TEN + minutes(each[-1][1])


@given(arrivals, reports, st.integers(61, 100))
def test_an_ended_attempt_never_goes_back_to_started(
    each: list[tuple[Report, float]], late: Report, arrived: int
) -> None:
    known = after(*each)
    changed = apply(known, late, TEN + minutes(arrived))
    if known.state is not S and changed.state is S:
        assert len(changed.earlier) == len(known.earlier) + 1
        assert late.started_at is not None
        assert known.ended_at is not None
        assert late.started_at > known.ended_at


@given(st.floats(0, 10), st.floats(10, 30), st.sampled_from([F, X]), st.booleans(), st.booleans())
def test_the_order_in_which_one_attempts_reports_arrive_does_not_matter(
    start: float, end: float, verdict: DeploymentState, rolled_back: bool, ends_twice: bool
) -> None:
    each = [said(S, start), said(verdict, start, end)]
    each += [said(R, None, end + 10)] if rolled_back else []
    each += [said(verdict, None, end)] if ends_twice else []
    made = {replace(after(*((report, 60) for report in order))) for order in permutations(each)}
    assert len(made) == 1


@given(arrivals, st.integers(-720, 840))
def test_the_offset_that_a_time_is_written_in_does_not_matter(
    each: list[tuple[Report, float]], offset: int
) -> None:
    zone = timezone(minutes(offset))

    def moved(report: Report) -> Report:
        return replace(
            report,
            started_at=report.started_at and report.started_at.astimezone(zone),
            ended_at=report.ended_at and report.ended_at.astimezone(zone),
        )

    assert after(*((moved(report), at) for report, at in each)) == after(*each)
