"""Twilio's codes and words: one table, and tolerance for what is not in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import twilio_words as words
from bot.core.page import NOT_PAGED, TERMINAL, PageState


@pytest.mark.parametrize(
    ("code", "again", "mark", "ours"),
    [
        (20003, False, None, True),
        (20429, True, None, False),
        (21211, False, None, False),
        (21408, False, None, True),
        (21606, False, None, True),
        (21610, False, "opted_out", False),
        (21614, False, "landline", False),
        (21617, False, None, False),
        (30001, True, None, False),
        (30003, False, None, False),
        (30006, False, None, False),  # "landline or unreachable": too vague to mark a number
        (30034, False, None, True),
        (63038, False, None, True),
    ],
)
def test_the_codes_that_matter(code: int, again: bool, mark: str | None, ours: bool) -> None:
    known = words.MEANINGS[code]
    assert (known.again, known.mark, known.ours) == (again, mark, ours)
    assert (words.account_fault(str(code)) is not None) is ours


@given(st.none() | st.integers(), st.integers(100, 599))
def test_an_unknown_code_is_judged_by_its_http_status(code: int | None, status: int) -> None:
    found = words.meaning(code, status)
    assert found.words
    if code not in words.MEANINGS:
        assert found.again is (status in (408, 429) or status >= 500)


@given(st.text(), st.none() | st.integers(0, 99999))
def test_any_word_and_code_can_be_read(word: str, code: int | None) -> None:
    reading = words.receipt(word, code)
    assert reading is None or reading[0] in PageState
    words.account_fault(word)


def test_a_text_still_at_twilio_is_not_an_end_and_a_lost_one_is_not_paged() -> None:
    for word in ("accepted", "scheduled", "queued", "sending"):
        assert words.state_of(word) is PageState.SENDING
    for word in ("delivered", "read", "undelivered", "failed", "canceled"):
        assert words.state_of(word) in TERMINAL
    for word in ("undelivered", "failed", "canceled"):
        assert words.state_of(word) in NOT_PAGED
    assert words.state_of("received") is None
