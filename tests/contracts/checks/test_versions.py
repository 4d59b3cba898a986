"""`$version`: the same version written in several ways, and others that only look like it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import Outcome, Versions
from checks.versions import judged

SHA = "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6a1b2"
UP, DEGRADED, DOWN = Outcome.UP, Outcome.DEGRADED, Outcome.DOWN


@pytest.mark.parametrize(
    ("deployed", "told", "outcome"),
    [
        ("v1.42", "v1.42", UP),
        ("v1.42", "1.42", UP),  # a leading v makes no difference
        ("1.42", "v1.42", UP),
        ("v1.42", "1.421", DEGRADED),
        ("v1.42", "1.42-rc1", DEGRADED),
        ("v1.42", "1.41", DOWN),  # ran before
        ("v1.42", "v1.41", DOWN),
        ("v1.42", "", DOWN),  # no version at all
        ("v1.42", "not known", DOWN),
        ("version-7", "ersion-7", DEGRADED),
        (SHA, SHA[:7], UP),  # a commit, short or in full
        (SHA[:7], SHA, UP),
        (SHA, SHA[:6], DEGRADED),
        ("20261127", "20261128", DEGRADED),  # dates look like commits
    ],
)
def test_a_version_is_right_former_or_another(deployed: str, told: str, outcome: Outcome) -> None:
    versions = Versions((deployed,), ("v1.41",))
    assert judged("$version", told, versions, whole=True) is outcome


def test_where_nobody_knows_what_ran_before_another_version_is_wrong() -> None:
    assert judged("$version", "1.43", Versions(("1.42",)), whole=True) is DOWN


@pytest.mark.parametrize(
    ("template", "text", "outcome"),
    [
        ("$version", "shop 1.42 (build 7)", UP),
        ("$version", "running v1.42.", UP),
        ("$version", "1.42.1", DEGRADED),
        ("$version", "11.42", DEGRADED),
        ("version: $version", "name: shop\nversion: 1.42\n", UP),
        ("version: $version", "version: 1.41", DOWN),
        ("version: $version", "version: 1.43", DEGRADED),
        ("version: $version", "no such thing", DOWN),
        ('"$version-live"', 'is "1.42-live"', UP),
        ("shop/$version", "shop/1.421", DEGRADED),
        ("(.*)$version", "1.42", DOWN),  # no pattern
    ],
)
def test_a_text_contains_it(template: str, text: str, outcome: Outcome) -> None:
    versions = Versions(("v1.42",), ("v1.41",))
    assert judged(template, text, versions, whole=False) is outcome


def test_during_a_roll_out_old_and_new_are_right() -> None:
    versions = Versions(("1.42", "1.41"), ("1.41", "1.40"))
    assert judged("$version", "1.41", versions, whole=True) is UP


@given(st.text(max_size=40), st.text(max_size=40), st.text(min_size=1, max_size=20))
def test_any_text_and_version_are_judged(around: str, text: str, version: str) -> None:
    around = around.replace("$version", "")
    versions = Versions((version,), ("1.0",))
    assert judged(f"{around}$version", text, versions, whole=False) in (UP, DEGRADED, DOWN)
    assert judged(f"{around}$version", f"{around}{version}", versions, whole=True) is UP


def test_no_text_takes_long() -> None:
    started = time.monotonic()
    versions = Versions(("1.42",), ("1.41",))
    assert judged("a$version!", "a" * (1 << 20), versions, whole=False) is DOWN
    assert time.monotonic() - started < 1
