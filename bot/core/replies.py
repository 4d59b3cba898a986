"""What a person texted back, as a command. Written for thumbs at three in the morning.

Forgiving about case, spaces, quotes, punctuation, emoji, full-width digits and signatures; strict
about meaning: what is not surely a command is `Unknown` ("12 not me" acknowledges nothing).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

CARRIER_WORDS = frozenset(
    {
        *("stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout"),
        *("help", "info", "start", "yes", "unstop"),
    }
)
"""Words that the carrier acts on by itself: never commands of ours."""
LONGEST_SILENCE = timedelta(days=7)
HIGHEST_NUMBER = 9_999_999
MOST_NUMBERS = 5
FULL_WIDTH = frozenset(map(chr, range(0xFF01, 0xFF5F)))
"""The ASCII signs as East Asian keyboards type them."""


@dataclass(frozen=True, slots=True)
class Ack:
    """`12`: I have incident 12."""

    number: int


@dataclass(frozen=True, slots=True)
class AckOnly:
    """`ack`: the only open one; several open: ask which."""


@dataclass(frozen=True, slots=True)
class AckAll:
    """`all`: every open one."""


@dataclass(frozen=True, slots=True)
class EscalateIncident:
    """`12 esc`: the next step, now."""

    number: int


@dataclass(frozen=True, slots=True)
class ResolveIncident:
    """`12 ok`: it is over."""

    number: int


@dataclass(frozen=True, slots=True)
class SilenceIncident:
    """`12 ok 30m`: over as far as I am concerned, nobody is to be paged for `lasts`."""

    number: int
    lasts: timedelta


@dataclass(frozen=True, slots=True)
class EndSilence:
    """`12 loud`: a quiet ends now; what is down then is paged again."""

    number: int


@dataclass(frozen=True, slots=True)
class SignInLink:
    """`web`: a one-time link to the pages."""


@dataclass(frozen=True, slots=True)
class Status:
    """`?`: what is open, and what can I say."""


@dataclass(frozen=True, slots=True)
class CarrierWord:
    """`STOP`, `HELP`, …: the carrier's business, in lower case; not answered."""

    word: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not understood. `text` is what was said on one line, shortened to 80 characters."""

    text: str


Command = (
    Ack
    | AckOnly
    | AckAll
    | EscalateIncident
    | ResolveIncident
    | SilenceIncident
    | EndSilence
    | SignInLink
    | Status
    | CarrierWord
    | Unknown
)

# Each word becomes one letter; then the whole text is matched as a pattern of letters.
_MEANINGS = {
    "A": "ack acked acknowledge acknowledged have got mine take taking",
    "E": "esc escalate",
    "R": "ok okay resolve resolved fixed done",
    "S": "silence mute snooze",
    "U": "loud unsilence unmute unsnooze",
    "L": "all everything",
    "W": "web link login",
    "Q": "? status",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "": "# i im am ive we weve it thanks thank you thx please pls incident",
}
_LETTERS = {word: letter for letter, words in _MEANINGS.items() for word in words.split()}
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SILENCE = re.compile(r"(?:N[RS]|[RS]N)((?:N[mhd])+|N)")


def parse(body: str) -> Command:
    """Read a text message. Never raises, whatever the text.

    Lines after the first are taken for a signature unless they belong to the command or are one
    themselves.
    """
    whole = _parse_line(body)
    lines = [line for line in body.splitlines() if _tokens(line)]
    if not isinstance(whole, Unknown) or len(lines) < 2:
        return whole
    first, rest = _parse_line(lines[0]), _parse_line(" ".join(lines[1:]))
    signed = not isinstance(first, Unknown) and isinstance(rest, Unknown)
    return first if signed else whole


def _parse_line(line: str) -> Command:
    tokens = _tokens(line)
    if len(tokens) == 1 and tokens[0] in CARRIER_WORDS:
        return CarrierWord(tokens[0])
    pattern = "".join("N" if token.isdigit() else _LETTERS.get(token, "X") for token in tokens)
    numbers = [_number(token) for token in tokens if token.isdigit()]
    understood = _without_number(pattern)
    if understood is None and numbers and 0 < numbers[0] <= HIGHEST_NUMBER:
        understood = _with_number(pattern, numbers)
    return understood or Unknown(_excerpt(line))


def _without_number(pattern: str) -> Command | None:
    if re.fullmatch("A+", pattern):
        return AckOnly()
    if re.fullmatch("A*LA*", pattern):
        return AckAll()
    if pattern == "W":
        return SignInLink()
    return Status() if re.fullmatch("Q+|NQ+|Q+N", pattern) else None


def _with_number(pattern: str, numbers: list[int]) -> Command | None:
    if re.fullmatch("A*NA*", pattern):
        return Ack(numbers[0])
    if pattern in ("NE", "EN"):
        return EscalateIncident(numbers[0])
    if pattern in ("NR", "RN"):
        return ResolveIncident(numbers[0])
    if pattern in ("NU", "UN"):
        return EndSilence(numbers[0])
    return _silence(pattern, numbers)


def _silence(pattern: str, numbers: list[int]) -> Command | None:
    """A number without a unit is minutes. Nothing, or more than seven days, is a slip."""
    match = _SILENCE.fullmatch(pattern)
    if match is None:
        return None
    units = [letter for letter in match[1] if letter in _UNITS] or ["m"]
    lasts = timedelta()
    for amount, unit in zip(numbers[1:], units, strict=True):
        if amount > LONGEST_SILENCE // _UNITS[unit]:
            return None
        lasts += amount * _UNITS[unit]
    return SilenceIncident(numbers[0], lasts) if timedelta() < lasts <= LONGEST_SILENCE else None


def numbers_in(body: str) -> tuple[int, ...]:
    """The first few incident numbers that a text may name, in whatever script its digits are."""
    found = dict.fromkeys(_number(token) for token in _tokens(body) if token.isdigit())
    return tuple(number for number in found if 0 < number <= HIGHEST_NUMBER)[:MOST_NUMBERS]


def _number(digits: str) -> int:
    """Its value; what is longer than any number of ours only counts as too high."""
    significant = digits.lstrip("0")
    return int(significant or 0) if len(significant) < 10 else HIGHEST_NUMBER + 1


def _tokens(line: str) -> list[str]:
    """Numbers, words and the signs that mean something, in plain lower-case ASCII."""
    plain = "".join(map(_plain, line)).lower()
    plain = re.sub("(?<=[a-z])'(?=[a-z])", "", plain)
    return re.findall(r"\d+|[a-z]+|[?#]", re.sub(r"\bon\s+it\b", "ack", plain))


def _plain(char: str) -> str:
    """Any script's digit as ASCII; invisible marks vanish; what is neither divides words."""
    if char in FULL_WIDTH:
        return chr(ord(char) - 0xFEE0)
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.decimal(char))
    if char in "’`":
        return "'"
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return ""
    if char.isascii():
        return char
    # A letter that is not ours must not split a word in two: "ackö" is no "ack".
    return "x" if char.isalpha() else " "


def _excerpt(line: str) -> str:
    visible = "".join(char if char.isprintable() else " " for char in line)
    return " ".join(visible.split())[:80]
