"""What plugins print and how they end, as tables; and whatever else they may print."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import DETAIL_AT_MOST, Outcome
from checks.plugin_output import Measure, alerts, judged, measures, sentence
from checks.program import Ended


@pytest.mark.parametrize(
    ("code", "outcome", "reason", "detail"),
    [
        (0, "up", "ok", "DISK fine"),
        (1, "degraded", "warning", "DISK fine"),
        (2, "down", "critical", "DISK fine"),
        (3, "unknown", "unknown", "DISK fine"),
        (4, "unknown", "exit_code", "exit code 4 is none of a plugin's, which are 0 to 3: DISK"),
        (99, "unknown", "exit_code", "exit code 99 is none of a plugin's"),
        (255, "unknown", "exit_code", "exit code 255 is none of a plugin's"),
        # As Icinga 2 has it, and other than Nagios: it has learned nothing about the service.
        (-11, "unknown", "crashed", "the plugin was ended by SIGSEGV: DISK fine"),
        (-60, "unknown", "crashed", "the plugin was ended by signal 60: DISK fine"),
    ],
)
def test_how_it_ended_means(code: int, outcome: str, reason: str, detail: str) -> None:
    found = judged(Ended(code, b"DISK fine\nmore\n"))
    assert (found[0].value, found[1]) == (outcome, reason)
    assert found[2].startswith(detail)


@pytest.mark.parametrize(
    ("code", "detail"),
    [
        (0, "it printed nothing, exit code 0"),
        (2, "it printed nothing, exit code 2"),
        (-9, "the plugin was ended by SIGKILL"),
        (126, "exit code 126 is none of a plugin's, which are 0 to 3: something that it calls may"),
        (127, "exit code 127 is none of a plugin's, which are 0 to 3: something that it calls is"),
    ],
)
def test_without_a_word_the_code_is_told(code: int, detail: str) -> None:
    assert judged(Ended(code))[2].startswith(detail)


@pytest.mark.parametrize(
    ("out", "err", "said"),
    [
        (b"OK - fine | t=1s;;;0 u=2\nlong", b"warning", "OK - fine (t 1 s, u 2)"),
        (b"OK - 3 of 3 | t=1s", b"", "OK - 3 of 3"),  # a figure of its own
        (b"\n  \r\n WARNING: slow \r\n", b"", "WARNING: slow"),
        (b"", b"\nTraceback\nValueError", "Traceback"),
        (b"\x00\x1b\n", b"oops", "oops"),
        (b"caf\xe9 \xff", b"", "caf\ufffd \ufffd"),
        (b"|'free space'=5%;10:;5: used=96%;90;95 b=1 c=2", b"", "used 96%, free space 5%, b 1"),
        (b"|", b"", ""),
        (b"", b"", ""),
    ],
)
def test_the_first_line_is_the_sentence(out: bytes, err: bytes, said: str) -> None:
    assert sentence(out, err) == said


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (" time=0.01s;1;2;0;10", [Measure("time", 0.01, "s", "1", "2")]),
        ("/=5678MB;48000;54000;0;60000", [Measure("/", 5678, "MB", "48000", "54000")]),
        ("'a b''s'=5 x=-1.5e3", [Measure("a b's", 5, ""), Measure("x", -1500, "")]),
        ("'C:\\ used %'=.5%;~:80;@90:", [Measure("C:\\ used %", 0.5, "%", "~:80", "@90:")]),
        ("a=U b=1", [Measure("b", 1, "")]),  # U: the plugin does not know
        ("a=1c;;5", [Measure("a", 1, "c", "", "5")]),
        ("a= b=2 =3 'c=4 d", [Measure("b", 2, "")]),
        ("no figures at all", []),
    ],
)
def test_performance_data_is_read_as_far_as_it_goes(data: str, found: list[Measure]) -> None:
    assert list(measures(data)) == found


@pytest.mark.parametrize(
    ("limits", "good", "bad"),  # the guidelines' own examples, and what is none
    [
        ("10", (0, 10), (-1, 10.1)),
        ("10:", (10, 99), (9.9,)),
        ("~:10", (-99, 10), (10.1,)),
        ("10:20", (10, 20), (9.9, 20.1)),
        ("@10:20", (9.9, 20.1), (10, 20)),
        ("", (0, 99), ()),
        ("ten", (0, 99), ()),
        ("20:10", (0, 15, 99), ()),
        ("nan:", (0,), ()),
    ],
)
def test_ranges_alert(limits: str, good: tuple[float, ...], bad: tuple[float, ...]) -> None:
    assert [value for value in (*good, *bad) if alerts(limits, value)] == list(bad)


LINES = st.lists(
    st.sampled_from(
        ["'", "''", "=", "|", ";", "a", "1", "9" * 30, "%", "\n", "\r", " ", "é", "\x1b"]
    )
).map(lambda parts: "".join(parts).encode())


@given(code=st.integers(-70, 300), out=st.binary() | LINES, err=st.binary(), flooded=st.booleans())
def test_whatever_is_printed_there_is_a_bounded_sentence(code: int, **printed: Any) -> None:
    outcome, reason, detail = judged(Ended(code, **printed))
    assert reason
    assert detail == detail.strip()
    assert 0 < len(detail) < 3 * DETAIL_AT_MOST
    assert (outcome is Outcome.UNKNOWN) == (printed["flooded"] or code not in (0, 1, 2))


@pytest.mark.parametrize("pattern", [b"'", b"'a", b"=", b"'a'=1 ", b" ", b"\n", b"|'"])
def test_the_longest_output_is_read_in_no_time(pattern: bytes) -> None:
    judged(Ended(2, b"CRITICAL |" + pattern * (64 * 1024 // len(pattern))))
