"""Counting segments and making texts fit. Worked numbers follow 3GPP TS 23.038."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.segments import (
    BASIC,
    EXTENSION,
    MUST,
    Fact,
    clean,
    fit,
    is_gsm7,
    segments,
    to_gsm7,
    units,
)

SEGMENTS = [
    ("", 1),
    ("a" * 160, 1),  # exactly full
    ("a" * 161, 2),  # a header of 7 units in each part: 153 each
    ("a" * 306, 2),
    ("a" * 307, 3),
    ("{" * 80, 1),  # two units each
    ("{" * 81, 2),
    ("{" * 153, 3),  # 76 to a part: none is divided, though 306 units would fill two parts
    ("a" * 152 + "{" + "a" * 153, 3),  # the brace does not fit the last unit of the first part
    ("ñ" * 160, 1),
    ("ç" * 70, 1),  # not in the alphabet: UCS-2
    ("ç" * 71, 2),
    ("ç" * 134, 2),  # 67 each
    ("ç" * 135, 3),
    ("😀" * 35, 1),  # a surrogate pair each
    ("😀" * 36, 2),
    ("😀" * 67, 3),  # 33 pairs to a part: none is divided
    ("a" * 69 + "😀", 2),
]

PLAIN = [
    ("Zoë’s “checkout” – down…", 'Zoe\'s "checkout" - down...'),
    ("é à ñ ö Ø ß £ € Ω", "é à ñ ö Ø ß £ € Ω"),  # all in the alphabet
    ("ç Š ă ű", "c S a u"),
    ("Łódź, Đorđe, Œuvre", "Lódz, Dorde, OEuvre".replace("ó", "o")),
    ("e\u0301", "é"),  # composed first
    ("a → b × 2 ≥ 1", "a -> b x 2 >= 1"),
    ("½ ﬁne №", "1/2 fine No"),
    ("fixed ✅ broken ❌", "fixed OK broken X"),
    ("party 🎉👩‍💻 over", "party  over"),
    ("Привет", "??????"),
    ("a\u202eb\u200bc\ud800", "abc"),  # marks that turn or hide text
    ("one\ttwo\xa0three\r\n", "one two three \n"),
]

FIRST_TEXT = (
    Fact("#12 DOWN checkout 03:12:", MUST),
    Fact("HTTP 503, 3 of 3 tries.", 2, ("HTTP 503.",)),
    Fact("Last deploy v1.42 a1b2c3d by Bo, 7 min before.", 1, ("v1.42 by Bo, 7 min before.",)),
    Fact("IT+Development paged.", 3),
    Fact("Reply 12 to ack", MUST),
)


@pytest.mark.parametrize(("text", "count"), SEGMENTS)
def test_segments_are_counted_as_the_carrier_does(text: str, count: int) -> None:
    assert segments(text) == count


def test_the_alphabet_has_its_128_places() -> None:
    """127 characters and the escape; ten more behind the escape."""
    assert len(BASIC) == 127
    assert len(EXTENSION) == 10
    assert not BASIC & EXTENSION


@pytest.mark.parametrize(("text", "plain"), PLAIN)
def test_text_becomes_gsm7_and_stays_readable(text: str, plain: str) -> None:
    assert to_gsm7(text) == plain


def test_text_from_outside_comes_on_one_line() -> None:
    assert clean(" a\r\n b\x00\x1b[31m\tc\x85d\u2028e ") == "a b [31m c d e"


def test_the_first_text_fits_as_it_is() -> None:
    assert fit(FIRST_TEXT) == (
        "#12 DOWN checkout 03:12: HTTP 503, 3 of 3 tries. "
        "Last deploy v1.42 a1b2c3d by Bo, 7 min before. IT+Development paged. Reply 12 to ack"
    )


def test_what_matters_least_is_shortened_before_anything_is_left_out() -> None:
    assert fit(FIRST_TEXT, 120) == (
        "#12 DOWN checkout 03:12: HTTP 503. Last deploy v1.42 a1b2c3d by Bo, 7 min before. "
        "IT+Development paged. Reply 12 to ack"
    )


def test_what_matters_least_is_left_out_whole() -> None:
    assert fit(FIRST_TEXT, 90) == (
        "#12 DOWN checkout 03:12: HTTP 503. v1.42 by Bo, 7 min before. Reply 12 to ack"
    )


def test_what_must_be_said_is_said_even_if_it_takes_two_segments() -> None:
    long = Fact("#12 DOWN " + "x" * 200, MUST)
    assert fit([long, Fact("and more", 1)]) == long.text


def test_a_name_that_needs_two_units_a_character_is_counted_so() -> None:
    facts = [Fact("a" * 140, MUST), Fact("{" * 9, 1), Fact("[" * 10, 2)]
    assert fit(facts) == "a" * 140 + " " + "{" * 9  # 140 + 1 + 18 = 159


def test_nothing_to_say_is_an_empty_text() -> None:
    assert fit([]) == ""
    assert fit([Fact("\n", MUST), Fact("🎉", 1)]) == ""


words = st.text(alphabet=st.characters(), max_size=60)
facts = st.builds(Fact, words, st.integers(MUST + 1, 4), st.lists(words, max_size=3).map(tuple))


@given(st.text())
def test_any_text_becomes_gsm7_once_and_for_all(text: str) -> None:
    plain = to_gsm7(text)
    assert is_gsm7(plain)
    assert to_gsm7(plain) == plain
    assert clean(clean(text)) == clean(text)
    assert "\n" not in clean(text)


@given(st.lists(facts, max_size=8), st.integers(0, 200))
def test_a_fitted_text_is_short_enough_and_splits_no_fact(given: list[Fact], limit: int) -> None:
    text = fit(given, limit)
    assert is_gsm7(text)
    assert units(text) <= limit
    assert text in _sayable(given)


@given(st.lists(facts, max_size=6), st.integers(0, 200))
def test_a_fitted_text_fits_again(given: list[Fact], limit: int) -> None:
    text = fit(given, limit)
    assert fit([Fact(text, 1)], limit) == text


@given(st.lists(facts, max_size=6))
def test_everything_is_said_in_full_where_there_is_room(given: list[Fact]) -> None:
    full = " ".join(text for fact in given if (text := clean(fact.text)))
    if units(full) <= 160 and all(clean(fact.text) for fact in given):
        assert fit(given) == full


@given(st.lists(facts, min_size=2, max_size=6), st.integers(0, 120))
def test_what_matters_most_is_never_left_out_for_something_else(
    given: list[Fact], limit: int
) -> None:
    first = min(given, key=lambda fact: fact.priority)
    alone = fit([first], limit)
    text = fit(given, limit)
    forms = {clean(form) for form in (first.text, *first.short)} - {""}
    if alone:
        assert any(form in text for form in forms)


@given(st.text(), st.text())
def test_a_longer_text_never_takes_fewer_segments(one: str, more: str) -> None:
    assert segments(one) <= segments(one + more)


def _sayable(given: list[Fact]) -> set[str]:
    """Every text that could be said without splitting a fact."""
    texts = {""}
    for fact in given:
        forms = {clean(form) for form in (fact.text, *fact.short)}
        texts |= {f"{text} {form}".strip() for text in texts for form in forms}
    return texts
