"""What holds for every stream of results, whatever is in it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from checks import Outcome, Result
from checks.verdict import Judgement, Rollout, Rules, Streak, Verdict, judge

T0 = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
CHANGES = {Verdict.DOWN, Verdict.RECOVERED, Verdict.DEGRADED, Verdict.NO_LONGER_DEGRADED}

seconds = st.integers(0, 90).map(lambda number: timedelta(seconds=number))
rules = st.builds(
    Rules,
    every=st.integers(1, 300).map(lambda number: timedelta(seconds=number)),
    recheck=st.integers(1, 30).map(lambda number: timedelta(seconds=number)),
    rollout_grace=seconds,
    failures=st.integers(1, 5),
    successes=st.integers(1, 4),
)
rollouts = st.none() | st.builds(
    Rollout,
    running=st.booleans(),
    ended_at=st.none() | st.integers(-200, 200).map(lambda number: T0 + timedelta(seconds=number)),
)
outcomes = st.sampled_from(list(Outcome))
steps = st.integers(1, 40)
streams = st.lists(st.tuples(outcomes, steps), max_size=40)


def results(stream: list[tuple[Outcome, int]]) -> list[Result]:
    at, found = T0, []
    for outcome, step in stream:
        at += timedelta(seconds=step)
        found.append(Result(outcome, "code", "words", at))
    return found


def judged(found: list[Result], rule: Rules, rollout: Rollout | None) -> list[Judgement]:
    streak, verdicts = Streak(), []
    for result in found:
        verdicts.append(judge(streak, result, rule, rollout))
        streak = verdicts[-1].streak
    return verdicts


def bad_run(found: list[Result]) -> list[Result]:
    """The bad results in a row at the end; unknown ones are not there at all."""
    known = [result for result in found if result.outcome is not Outcome.UNKNOWN]
    run: list[Result] = []
    for result in reversed(known):
        if result.outcome is not Outcome.DOWN:
            break
        run.insert(0, result)
    return run


@given(streams, rules, rollouts)
def test_down_means_enough_bad_probes_in_a_row_and_began_at_the_first_of_them(
    stream: list[tuple[Outcome, int]], rule: Rules, rollout: Rollout | None
) -> None:
    found = results(stream)
    for index, judgement in enumerate(judged(found, rule, rollout)):
        if judgement.verdict is Verdict.DOWN:
            run = bad_run(found[: index + 1])
            assert len(run) >= rule.failures
            assert judgement.streak.bad == len(run)
            assert judgement.streak.first_bad_at == run[0].at


@given(streams, rules, rollouts)
def test_recovered_means_enough_answers_in_a_row(
    stream: list[tuple[Outcome, int]], rule: Rules, rollout: Rollout | None
) -> None:
    found = results(stream)
    for index, judgement in enumerate(judged(found, rule, rollout)):
        if judgement.verdict is Verdict.RECOVERED:
            known = [one for one in found[: index + 1] if one.outcome is not Outcome.UNKNOWN]
            last = known[-rule.successes :]
            assert len(last) == rule.successes
            assert all(one.outcome is not Outcome.DOWN for one in last)


@given(streams, rules)
def test_without_a_roll_out_enough_bad_probes_in_a_row_are_always_down(
    stream: list[tuple[Outcome, int]], rule: Rules
) -> None:
    found = results(stream)
    for index, judgement in enumerate(judged(found, rule, None)):
        if len(bad_run(found[: index + 1])) >= rule.failures:
            assert judgement.streak.confirmed_down


@given(streams, rules, rollouts)
def test_a_roll_out_delays_an_outage_by_the_grace_and_no_longer(
    stream: list[tuple[Outcome, int]], rule: Rules, rollout: Rollout | None
) -> None:
    found = results(stream)
    for index, judgement in enumerate(judged(found, rule, rollout)):
        run = bad_run(found[: index + 1])
        if len(run) >= rule.failures and run[-1].at - run[0].at >= rule.rollout_grace:
            assert judgement.streak.confirmed_down


@given(streams, rules, rollouts)
def test_what_is_unknown_changes_nothing(
    stream: list[tuple[Outcome, int]], rule: Rules, rollout: Rollout | None
) -> None:
    found = results(stream)
    known = [result for result in found if result.outcome is not Outcome.UNKNOWN]
    everything = judged(found, rule, rollout)
    without = judged(known, rule, rollout)
    kept = [one for one, result in zip(everything, found, strict=True) if result in known]
    assert kept == without
    for result, judgement in zip(found, everything, strict=True):
        assert (result.outcome is Outcome.UNKNOWN) == (judgement.verdict is Verdict.UNKNOWN)


@given(streams, rules, rollouts)
def test_changes_alternate(
    stream: list[tuple[Outcome, int]], rule: Rules, rollout: Rollout | None
) -> None:
    """Down is told once until it recovered, a warning once until it ended or turned into down."""
    changes = [one.verdict for one in judged(results(stream), rule, rollout)]
    told = [verdict for verdict in changes if verdict in CHANGES]
    for before, after in pairwise(told):
        assert before is not after
        assert (before is Verdict.DOWN) == (after is Verdict.RECOVERED)
        if after is Verdict.NO_LONGER_DEGRADED:
            assert before is Verdict.DEGRADED


@given(streams, rules, rollouts)
def test_the_next_probe_is_never_later_than_its_turn(
    stream: list[tuple[Outcome, int]], rule: Rules, rollout: Rollout | None
) -> None:
    for judgement in judged(results(stream), rule, rollout):
        assert judgement.next_in in (rule.every, min(rule.every, rule.recheck))


@given(streams, rules, rollouts)
def test_a_restart_that_reads_the_streak_goes_on_the_same(
    stream: list[tuple[Outcome, int]], rule: Rules, rollout: Rollout | None
) -> None:
    for judgement in judged(results(stream), rule, rollout):
        assert Streak.from_json(judgement.streak.to_json()) == judgement.streak


@given(streams, rules, rollouts, st.integers(0, 40))
def test_a_crash_that_kept_only_what_was_stored_neither_repeats_nor_invents_an_outage(
    stream: list[tuple[Outcome, int]], rule: Rules, rollout: Rollout | None, crash: int
) -> None:
    found = results(stream)
    streak = stored = Streak()
    told_down = False
    for result in found[:crash]:
        judgement = judge(streak, result, rule, rollout)
        streak = judgement.streak
        if judgement.store_now:
            stored = streak
        if judgement.verdict in (Verdict.DOWN, Verdict.RECOVERED):
            told_down = judgement.verdict is Verdict.DOWN
    assert stored.confirmed_down == told_down
    assert stored.degraded == streak.degraded
    assert stored.bad == streak.bad
    for result in found[crash:]:
        judgement = judge(stored, result, rule, rollout)
        stored = judgement.streak
        assert not (told_down and judgement.verdict is Verdict.DOWN)
        if judgement.verdict in (Verdict.DOWN, Verdict.RECOVERED):
            told_down = judgement.verdict is Verdict.DOWN


@given(st.permutations(list(range(12))), st.lists(outcomes, min_size=12, max_size=12), rules)
def test_results_out_of_order_count_as_if_those_overtaken_had_not_been(
    order: list[int], said: list[Outcome], rule: Rules
) -> None:
    """All within a minute; each that is older than one before it is ignored."""
    shuffled = [
        Result(said[number], "code", "words", T0 + timedelta(seconds=number)) for number in order
    ]
    newest, in_order = T0 - timedelta(days=1), []
    for result in shuffled:
        if result.at > newest:
            in_order.append(result)
            newest = result.at if result.outcome is not Outcome.UNKNOWN else newest
    final = judged(shuffled, rule, None)[-1].streak
    expected = judged(in_order, rule, None)[-1].streak
    assert final == expected
