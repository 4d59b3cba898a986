"""When a stream of results is an outage: a table of streams, told as a story each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from checks import Outcome, Result
from checks.verdict import Judgement, Rollout, Rules, Streak, Verdict, judge

T0 = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
EVERY, RECHECK, GRACE = timedelta(seconds=30), timedelta(seconds=3), timedelta(seconds=30)
RULES = Rules(every=EVERY, recheck=RECHECK, rollout_grace=GRACE, failures=3, successes=2)
OUTCOMES = {"u": Outcome.UP, "w": Outcome.DEGRADED, "d": Outcome.DOWN, "?": Outcome.UNKNOWN}
WORDS = {
    ".": Verdict.FINE,
    "s": Verdict.SUSPICIOUS,
    "D": Verdict.DOWN,
    "x": Verdict.STILL_DOWN,
    "R": Verdict.RECOVERED,
    "W": Verdict.DEGRADED,
    "w": Verdict.STILL_DEGRADED,
    "N": Verdict.NO_LONGER_DEGRADED,
    "?": Verdict.UNKNOWN,
}


def said(outcome: Outcome, at: datetime) -> Result:
    return Result(outcome, "code", "words", at)


def run(
    probes: str, rules: Rules = RULES, rollout: Rollout | None = None, pace: float = 3.0
) -> list[Judgement]:
    """Judge one probe a letter (`u`p, `w`arning, `d`own, `?`), `pace` seconds apart."""
    streak, found = Streak(), []
    for index, letter in enumerate(probes):
        at = T0 + timedelta(seconds=pace * index)
        judgement = judge(streak, said(OUTCOMES[letter], at), rules, rollout)
        streak = judgement.streak
        found.append(judgement)
    return found


def test_a_final_result_needs_no_confirmation() -> None:
    streak, found = Streak(), []
    for index, letter in enumerate("udduuwwwuud"):
        result = replace(said(OUTCOMES[letter], T0 + timedelta(seconds=index)), final=True)
        found.append(judge(streak, result, RULES, None))
        streak = found[-1].streak
    assert verdicts(*found) == ".DxR.WwwN.D"


def test_a_final_failure_waits_for_a_roll_out_like_any_other() -> None:
    result = replace(said(Outcome.DOWN, T0), final=True)
    judgement = judge(Streak(), result, RULES, Rollout(running=True))
    assert (judgement.verdict, judgement.next_in) == (Verdict.SUSPICIOUS, RECHECK)


def verdicts(*judged: Judgement) -> str:
    letters = {word: letter for letter, word in WORDS.items()}
    return "".join(letters[one.verdict] for one in judged)


@pytest.mark.parametrize(
    ("probes", "expected"),
    [
        ("uuu", "..."),
        ("d", "s"),
        ("dd", "ss"),
        ("ddd", "ssD"),  # three in a row
        ("ddudd", "ss.ss"),  # one good one in between: not in a row
        ("ddddd", "ssDxx"),  # said once
        ("dddu", "ssDx"),  # one good one is not yet a recovery
        ("ddduu", "ssDxR"),
        ("ddduduu", "ssDxxxR"),  # the way back starts anew
        ("ddduuddd", "ssDxRssD"),  # down again
        ("d?d?d", "s?s?D"),  # our own fault neither counts nor resets
        ("ddd?uu", "ssD?xR"),
        ("dddu?u", "ssDx?R"),
        ("ddwdd", "ss.ss"),  # a warning is an answer
        ("dddww", "ssDxR"),  # and good enough to recover
        ("w", "."),
        ("www", "..W"),
        ("wuwuw", "....."),  # on the edge: no chatter
        ("wwwuu", "..WwN"),
        ("wwwuwuu", "..WwwwN"),
        ("wwwddd", "..WssD"),  # down is told whether or not it warned before
        ("wwwddduu", "..WssDxR"),
        ("wwwddduuuuu", "..WssDxR..."),  # the warning ended with the outage
        ("dddwwwww", "ssDxRWww"),  # still warning afterwards: told
    ],
)
def test_a_stream_of_probes_has_these_verdicts(probes: str, expected: str) -> None:
    assert verdicts(*run(probes)) == expected


def test_one_failure_is_enough_where_one_is_configured() -> None:
    once = Rules(EVERY, RECHECK, GRACE, failures=1, successes=1)
    assert verdicts(*run("dudu", once)) == "DRDR"


def test_an_outage_began_at_the_first_failed_probe_and_names_the_last_good_one() -> None:
    down = run("ud?dd")[-1]
    assert down.verdict is Verdict.DOWN
    assert down.streak.first_bad_at == T0 + timedelta(seconds=3)
    assert down.streak.last_good_at == T0
    assert down.streak.bad == 3


def test_an_outage_that_is_over_leaves_no_beginning_behind() -> None:
    assert run("dddu")[-1].streak.first_bad_at == T0
    assert run("ddduu")[-1].streak.first_bad_at is None
    assert run("du")[-1].streak.first_bad_at is None


@pytest.mark.parametrize(
    ("probes", "next_in"),
    [
        ("u", EVERY),
        ("d", RECHECK),  # confirmation takes seconds, not intervals
        ("dd", RECHECK),
        ("ddd", EVERY),  # confirmed: no hurry
        ("dddd", EVERY),
        ("dddu", RECHECK),  # so does recovery
        ("dddud", EVERY),
        ("ddduu", EVERY),
        ("w", RECHECK),
        ("www", EVERY),
        ("wwwu", RECHECK),
        ("d?", RECHECK),
        ("?", EVERY),
    ],
)
def test_the_next_probe_comes_soon_while_something_may_change(
    probes: str, next_in: timedelta
) -> None:
    assert run(probes)[-1].next_in == next_in


def test_a_recheck_is_never_slower_than_the_usual_pace() -> None:
    quick = Rules(timedelta(seconds=1), RECHECK, GRACE, failures=3, successes=2)
    assert run("d", quick)[-1].next_in == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("probes", "stored"),
    [
        ("uuu", "000"),
        ("udddd", "01111"),  # bad ones at once
        ("du", "11"),  # and the first good one after them
        ("duu", "110"),
        ("ddduuu", "111110"),
        ("d?", "10"),
        ("wwwuu", "00101"),  # what was told is not told again after a restart
    ],
)
def test_what_a_restart_must_not_forget_is_stored_at_once(probes: str, stored: str) -> None:
    assert "".join(str(int(one.store_now)) for one in run(probes)) == stored


@pytest.mark.parametrize(
    ("rollout", "tries"),
    [
        (None, 3),
        (Rollout(running=False), 3),
        (Rollout(running=True), 11),  # 3 s apart: 30 s have passed with the eleventh
        (Rollout(running=False, ended_at=T0 - timedelta(seconds=59)), 11),
        (Rollout(running=False, ended_at=T0 + timedelta(seconds=5)), 11),  # while it failed
        (Rollout(running=False, ended_at=T0 - timedelta(seconds=60)), 3),
        (Rollout(running=False, ended_at=T0 - timedelta(hours=3)), 3),
    ],
)
def test_a_restart_by_the_own_roll_out_wakes_nobody(rollout: Rollout | None, tries: int) -> None:
    assert verdicts(*run("d" * tries, rollout=rollout)) == "s" * (tries - 1) + "D"


def test_a_restart_that_ends_within_the_grace_is_no_outage() -> None:
    found = run("ddddddddu", rollout=Rollout(running=True))
    assert verdicts(*found) == "ssssssss."
    assert found[7].next_in == RECHECK


def test_a_service_that_was_down_before_stays_down_through_a_roll_out() -> None:
    down = run("ddd")[-1].streak
    again = judge(down, said(Outcome.DOWN, T0 + timedelta(minutes=1)), RULES, Rollout(running=True))
    assert again.verdict is Verdict.STILL_DOWN


def test_a_result_that_comes_late_or_twice_changes_nothing() -> None:
    streak = run("uud")[-1].streak
    for at in (T0, T0 + timedelta(seconds=6)):
        late = judge(streak, said(Outcome.DOWN, at), RULES, None)
        assert (late.streak, late.verdict) == (streak, Verdict.UNKNOWN)
        assert late.next_in == RECHECK
        assert not late.store_now


def test_a_clock_that_was_set_back_does_not_make_us_deaf() -> None:
    streak = run("dd")[-1].streak
    earlier = T0 - timedelta(hours=1)
    down = judge(streak, said(Outcome.DOWN, earlier), RULES, Rollout(running=True))
    assert down.streak.bad == 3
    assert down.streak.first_bad_at == earlier
    ends = judge(down.streak, said(Outcome.DOWN, earlier + GRACE), RULES, Rollout(running=True))
    assert ends.verdict is Verdict.DOWN


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "nonsense",
        "null",
        "[]",
        "7",
        "[" * 100_000,
        '{"bad": -1, "good": "many", "confirmed_down": 1, "first_bad_at": "yesterday"}',
        '{"bad": true, "first_bad_at": "2026-11-24T03:12:00", "last_at": 12, "other": {}}',
        '{"bad": 1e400, "last_at": "0001-01-01T00:00:00+14:00"}',
    ],
)
def test_a_stored_streak_that_cannot_be_read_is_forgotten(stored: str) -> None:
    assert Streak.from_json(stored) == Streak()


def test_of_a_stored_streak_that_is_half_known_the_known_half_is_kept() -> None:
    found = Streak.from_json('{"confirmed_down": true, "bad": 4, "a_later_versions": [1]}')
    assert found == Streak(confirmed_down=True, bad=4)
