"""The numbers against the slow and obvious ones, in worlds that hypothesis makes up."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.core.deployment import DeploymentState
from bot.core.link import Label
from bot.core.stats.counting import stats_of
from bot.core.stats.facts import DeploymentFact, Facts, IncidentFact, PartFact, TrackFact
from bot.core.stats.period import Period, Scope
from tests.core.stats_reference import reference
from tests.core.stats_world import PLACES, at, facts

HOURS = 96
hours = st.integers(0, HOURS)
services = st.sampled_from(sorted(PLACES))
ids = st.sampled_from([f"d{n}" for n in range(6)])


@st.composite
def deployments(draw: st.DrawFn) -> list[DeploymentFact]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        ended = draw(st.none() | hours)
        service = draw(services)
        place = PLACES[service].environment
        started = None if ended is None else draw(st.none() | st.integers(max(0, ended - 5), ended))
        found.append(
            DeploymentFact(
                id=f"d{number}",
                service=service,
                environment=draw(st.sampled_from([place, place, "staging"])),
                state=draw(st.sampled_from(DeploymentState)),
                ended_at=None if ended is None else at(ended),
                started_at=None if started is None else at(started),
                rollback=draw(st.booleans()) and draw(st.booleans()),
                mends=draw(st.booleans()) and draw(st.booleans()),
            )
        )
    return found


@st.composite
def incidents(draw: st.DrawFn, number: int) -> IncidentFact:
    moments = sorted(draw(st.lists(hours, min_size=6, max_size=6)))
    began, up, again, triggered, over, later = (at(it) for it in moments)
    is_open = draw(st.booleans()) and draw(st.booleans())
    down = draw(st.lists(services, min_size=1, max_size=2, unique=True))
    cause = draw(st.sampled_from([None, "deployment", "other"]))
    teams = draw(st.lists(st.sampled_from(["it", "development", "office"]), unique=True))
    return IncidentFact(
        number=number,
        parts=tuple(
            PartFact(it, began, draw(st.sampled_from([None, over])) if not is_open else None)
            for it in down
        ),
        began_at=began,
        triggered_at=draw(st.sampled_from([began, up])),
        resolved_at=None if is_open else over,
        cause=cause,
        deployment=draw(ids) if cause == "deployment" else None,
        label=draw(st.sampled_from(Label)),
        suspected=draw(st.none() | ids),
        tracks=tuple(
            TrackFact(it, triggered, draw(st.sampled_from([None, over, later]))) for it in teams
        ),
        breaks=((up, again),) if draw(st.booleans()) else (),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Facts, Period, Scope, int]:
    count = draw(st.integers(0, 5))
    parts: list[Any] = [*draw(deployments()), *(draw(incidents(n)) for n in range(count))]
    start = draw(st.integers(0, HOURS - 1))
    end = draw(st.integers(start + 1, HOURS + 30))
    scope = Scope(
        service=draw(st.none() | services),
        team=draw(st.none() | st.sampled_from(["it", "development", "nobody"])),
    )
    known = facts(*parts, since=draw(st.integers(-48, 24)))
    return known, Period(at(start), at(end)), scope, draw(st.integers(HOURS, HOURS + 24))


@given(worlds())
def test_the_quick_numbers_are_the_obvious_ones(world: tuple[Facts, Period, Scope, int]) -> None:
    known, period, scope, now = world
    found = stats_of(known, period, scope, at(now))
    expected = reference(known, period, scope, at(now))
    assert (found.days_since_deploy_caused_downtime, found.longest_streak_days) == (
        expected["days"],
        expected["longest"],
    )
    if found.deployments is None:
        assert expected["deployments"] == expected["incidents"] == 0
        return
    assert found.deployments == expected["deployments"]
    assert set(found.failed_ids) == expected["failed"]
    assert set(found.suspected_ids) == expected["suspected"]
    assert found.change_failure_rate == expected["change_failure_rate"]
    assert found.rework_rate == expected["rework_rate"]
    told = [(it.deployment, it.seconds, it.seconds_from_failure) for it in found.recoveries]
    assert sorted(told) == expected["recoveries"]
    assert found.incidents == expected["incidents"]
    assert found.downtime_seconds_by_cause == expected["downtime"]
    assert found.acknowledge_median_seconds_by_team == expected["by_team"]


@given(worlds())
def test_the_series_adds_up_to_the_whole(world: tuple[Facts, Period, Scope, int]) -> None:
    known, period, scope, now = world
    found = stats_of(known, period, scope, at(now))
    if found.deployments is None:
        return
    assert sum(it.deployments for it in found.series) == found.deployments
    assert sum(it.failed for it in found.series) == found.failed_deployments
    assert sum(it.incidents for it in found.series) == found.incidents
    for cause, seconds in (found.downtime_seconds_by_cause or {}).items():
        assert sum(it.downtime_seconds_by_cause[cause] for it in found.series) == seconds
    rates = (found.change_failure_rate, found.change_failure_rate_with_suspected)
    assert rates == (None, None) or 0 <= rates[0] <= rates[1] <= 1  # type: ignore[operator]
