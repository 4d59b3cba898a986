"""What people text back. Each row is something a thumb may produce."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.replies import (
    CARRIER_WORDS,
    Ack,
    AckAll,
    AckOnly,
    CarrierWord,
    Command,
    EscalateIncident,
    ResolveIncident,
    SignInLink,
    SilenceIncident,
    Status,
    Unknown,
    numbers_in,
    parse,
)

HALF_HOUR = SilenceIncident(12, timedelta(minutes=30))

UNDERSTOOD = [
    ("12", Ack(12)),  # the plain one
    (" 12 \n", Ack(12)),  # spaces and a line end
    ("#12", Ack(12)),  # as it stands in our text
    ("# 12", Ack(12)),
    ("12.", Ack(12)),  # the keyboard's own full stop
    ('"12"', Ack(12)),  # quoted, as in "reply '12'"
    ("“12”", Ack(12)),
    ("012", Ack(12)),
    ("000000000012", Ack(12)),
    ("１２", Ack(12)),  # full-width
    ("＃１２", Ack(12)),
    ("١٢", Ack(12)),  # Arabic-Indic digits
    ("1️⃣2️⃣", Ack(12)),  # keycaps
    ("👍 12", Ack(12)),
    ("12👍🏽", Ack(12)),
    ("12 ✅", Ack(12)),
    ("ack 12", Ack(12)),
    ("Ack12", Ack(12)),
    ("ACK #12!", Ack(12)),
    ("12 ack", Ack(12)),
    ("incident 12", Ack(12)),
    ("12 thanks", Ack(12)),
    ("12 on it", Ack(12)),
    ("We’ve got it, 12", Ack(12)),
    ("12\nSent from my iPhone 15", Ack(12)),  # a signature, even one with a number
    ("12\r\n--\r\nAna, IT", Ack(12)),
    ("\n\n12\n\n", Ack(12)),
    ("ack", AckOnly()),
    ("I have it", AckOnly()),
    ("On it!", AckOnly()),
    ("all", AckAll()),
    ("ALL.", AckAll()),
    ("ack all", AckAll()),
    ("all mine", AckAll()),
    ("12 esc", EscalateIncident(12)),
    ("Esc 12", EscalateIncident(12)),
    ("12 escalate please", EscalateIncident(12)),
    ("12 ok", ResolveIncident(12)),
    ("12 OK", ResolveIncident(12)),
    ("ok 12", ResolveIncident(12)),
    ("12\nok", ResolveIncident(12)),  # one command on two lines
    ("#12 resolved.", ResolveIncident(12)),
    ("12 ok 30m", HALF_HOUR),
    ("12 OK 30 min", HALF_HOUR),
    ("12ok30m", HALF_HOUR),
    ("12 ok 30", HALF_HOUR),  # without a unit: minutes
    ("mute 12 30m", HALF_HOUR),
    ("12 ok 2h", SilenceIncident(12, timedelta(hours=2))),
    ("12 ok 1h30m", SilenceIncident(12, timedelta(minutes=90))),
    ("12 ok 7d", SilenceIncident(12, timedelta(days=7))),
    ("web", SignInLink()),
    ("Web.", SignInLink()),
    ("?", Status()),
    ("？？", Status()),
    ("status", Status()),
    ("12?", Status()),  # a question acknowledges nothing
]

NOT_SURELY_A_COMMAND = [
    "",
    "   \n ",
    "ok",  # seen? over? which one?
    "12 not me",
    "12 no",
    "can't take 12",
    "I don't have it",
    "12 ok?",
    "is 12 ok",
    "12 13",
    "12\n13",  # two commands: neither is dropped in silence
    "12.5",
    "1'2",
    "03:12",
    "0",
    "+15005550101",  # no incident has a phone number's digits
    "99999999999999999999",
    "12 ok 0m",  # a silence of nothing
    "12 ok 8d",  # a slip of the thumb, not a week and more
    "12 ok 99999999999999999999999h",
    "12 m",
    "12 ok 30m 5",
    "stop 12",  # not the carrier's word alone, and none of ours
    "12 yes",
    "cancel 12",
    "help me",
    "ackö",
    "Liked “#12 DOWN checkout 03:12: HTTP 503”",  # what a phone sends for a thumbs-up
    "\udcff\x00\x1b[2J",
]


@pytest.mark.parametrize(("body", "command"), UNDERSTOOD)
def test_a_command_is_understood_however_it_is_typed(body: str, command: Command) -> None:
    assert parse(body) == command


@pytest.mark.parametrize("body", NOT_SURELY_A_COMMAND)
def test_what_is_not_surely_a_command_changes_nothing(body: str) -> None:
    assert isinstance(parse(body), Unknown)


@pytest.mark.parametrize("word", sorted(CARRIER_WORDS))
@pytest.mark.parametrize("form", ["{}", " {} \n", "{}.", "'{}'"])
def test_the_carriers_words_are_left_to_the_carrier(word: str, form: str) -> None:
    for typed in (word, word.upper(), word.title()):
        assert parse(form.format(typed)) == CarrierWord(word)


def test_twilios_own_list_is_complete() -> None:
    """The list of the design, which is that of the carrier's default opt-out handling."""
    assert {"stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke"} < CARRIER_WORDS
    assert {"optout", "help", "info", "start", "yes", "unstop"} < CARRIER_WORDS


def test_an_unknown_text_is_quoted_short_and_without_control_characters() -> None:
    answer = parse("what\x1b[31m is\nthis " + "x" * 500)
    assert isinstance(answer, Unknown)
    assert answer.text.startswith("what [31m is this x")
    assert len(answer.text) == 80


@given(st.text())
def test_no_text_at_all_makes_it_raise(body: str) -> None:
    command = parse(body)
    if isinstance(command, Unknown):
        assert len(command.text) <= 80
        assert command.text.isprintable()


@given(st.text(alphabet="0123456789 ackeslorwbmhd#?.\n\r'\"“１２👍"))
def test_whatever_is_understood_names_a_number_that_was_typed(body: str) -> None:
    """Nothing is acknowledged, escalated or resolved that the person did not name."""
    command = parse(body)
    if isinstance(command, Ack | EscalateIncident | ResolveIncident | SilenceIncident):
        assert command.number in {int(digits) for digits in re.findall(r"\d+", body)}
        assert command.number in numbers_in(body), "what is to be decided is also looked up"


@given(
    st.integers(min_value=1, max_value=9_999_999),
    st.sampled_from(["{}", "#{}", "ack {}", "{} ack", "{}.", "'{}'", "({})", "{}!"]),
    st.sampled_from(["", " ", "\n", "\nSent from my phone", " 👍"]),
    st.booleans(),
)
def test_every_number_acknowledges_its_incident(
    number: int, form: str, tail: str, upper: bool
) -> None:
    body = form.format(number) + tail
    assert parse(body.upper() if upper else body) == Ack(number)


@given(st.integers(1, 9999), st.integers(1, 10080))
def test_a_silence_lasts_as_long_as_it_says(number: int, minutes: int) -> None:
    expected = SilenceIncident(number, timedelta(minutes=minutes))
    assert parse(f"{number} ok {minutes}m") == expected
    assert parse(f"{number} OK {minutes // 60}h{minutes % 60}min") == expected


@pytest.mark.parametrize(
    "body", ["12", "１２", "١٢ ok", " " * 200 + "#12 esc", "12\nCall 555 0101"]
)
def test_what_a_text_names_is_looked_up_whatever_its_script_and_place(body: str) -> None:
    assert numbers_in(body)[0] == 12


def test_a_text_full_of_numbers_looks_up_a_few() -> None:
    assert len(numbers_in(" ".join(map(str, range(1, 500))))) == 5
