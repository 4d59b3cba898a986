"""How long a text message is, and how to make one fit: GSM-7 and UCS-2 segments.

The alphabet is that of 3GPP TS 23.038, 6.2.1. One segment holds 160 GSM-7 units or 70 UCS-2 ones;
each part of a longer message holds 153 or 67, because a header takes the rest.
"""

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ONE_SEGMENT = 160
GSM7_PART, UCS2_ONE, UCS2_PART = 153, 70, 67
LONGEST_ANSWER = 1000
"""Characters of an answer: Twilio refuses more than 1600, and a sign-in link may follow."""
MUST = 0
"""The priority of a fact that is never left out."""

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
"""These take two units each: an escape comes before them."""

_PLAIN_FOR = {
    "'": "‘’‚‛′`´ʼ",
    '"': "“”„‟″«»",
    "-": "‐‑‒–—―−·•‣∙",
    "...": "…",
    "->": "→⇒➜",
    "<-": "←⇐",
    "x": "×",
    "/": "÷⁄∕",
    ">=": "≥",
    "<=": "≤",
    " ": "\t",
    "OK": "✅✓✔",
    "X": "❌✗✘",
    "!": "⚠❗",
    "oe": "œ",
    "OE": "Œ",
    "l": "ł",
    "L": "Ł",
    "d": "đð",
    "D": "ĐÐ",
    "h": "ħ",
    "H": "Ħ",
    "i": "ı",
    "th": "þ",
    "Th": "Þ",
}
_REPLACED = {char: plain for plain, chars in _PLAIN_FOR.items() for char in chars}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that a text says. It is said whole, in one of its forms, or not at all.

    The lower the `priority`, the more it matters; `MUST` ones always stay. `short` are other
    forms, each shorter than the one before. `by_text`: true only of an answer by text.
    """

    text: str
    priority: int
    short: tuple[str, ...] = ()
    by_text: bool = False


def is_gsm7(text: str) -> bool:
    """Whether every character is in the GSM-7 alphabet or its extension."""
    return all(char in BASIC or char in EXTENSION for char in text)


def units(text: str) -> int:
    """Length in units: septets for GSM-7, where extension characters take two, else UTF-16."""
    if is_gsm7(text):
        return sum(_widths(text))
    return sum(_widths(text, ucs2=True))


def segments(text: str) -> int:
    """How many segments the carrier counts (and charges). The empty text is one."""
    gsm7 = is_gsm7(text)
    widths = _widths(text, ucs2=not gsm7)
    one, part = (ONE_SEGMENT, GSM7_PART) if gsm7 else (UCS2_ONE, UCS2_PART)
    if sum(widths) <= one:
        return 1
    # A character is never divided between two parts: one that does not fit opens the next.
    parts, room = 1, part
    for width in widths:
        if width > room:
            parts, room = parts + 1, part
        room -= width
    return parts


def to_gsm7(text: str) -> str:
    """Say it in the GSM-7 alphabet: accents that it lacks, quotes and dashes become plain.

    Emoji, invisible marks and control characters vanish (the line feed stays); a letter of
    another script becomes `?`, so that the reader sees that something stood there.
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(_to_gsm7(char) for char in composed)


def clean(text: str) -> str:
    """Text from outside on one line of GSM-7: no control characters, single spaces."""
    spaced = "".join(" " if char.isspace() or _is_control(char) else char for char in text)
    return " ".join(to_gsm7(spaced).split())


def as_answer(text: str, limit: int = LONGEST_ANSWER) -> str:
    """A sentence of ours as a text: in GSM-7, and ended between two words where it is too long."""
    return textwrap.shorten(clean(text), limit, placeholder=" ...")


def fit(facts: Sequence[Fact], limit: int = ONE_SEGMENT) -> str:
    """Join facts by spaces, in their order, so that they take at most `limit` GSM-7 units.

    First the facts that matter least are left out, until the rest fits in its shortest forms;
    then forms are lengthened, what matters most first. Only `MUST` facts may exceed the limit.
    """
    forms = [_forms(fact) for fact in facts]
    order = sorted(
        (index for index, each in enumerate(forms) if each), key=lambda index: facts[index].priority
    )
    chosen: dict[int, str] = {}
    for index in order:
        shortest = min(forms[index], key=units)
        if facts[index].priority <= MUST or _fits({**chosen, index: shortest}, limit):
            chosen[index] = shortest
    for index in order:
        if index in chosen:
            longer = (form for form in forms[index] if _fits({**chosen, index: form}, limit))
            chosen[index] = next(longer, chosen[index])
    return _joined(chosen)


def listed(what: str, items: Sequence[str], then: str) -> str:
    """`3 DOWN: a, b and 1 more. Reply` in one segment: items that do not fit are counted."""
    for shown in range(min(len(items), ONE_SEGMENT // 3), 0, -1):
        more = f" and {len(items) - shown} more" if shown < len(items) else ""
        text = clean(f"{what}: {', '.join(items[:shown])}{more}. {then}")
        if units(text) <= ONE_SEGMENT:
            return text
    return clean(f"{what}. {then}")


def _forms(fact: Fact) -> tuple[str, ...]:
    return tuple(form for form in map(clean, (fact.text, *fact.short)) if form)


def _fits(chosen: dict[int, str], limit: int) -> bool:
    return units(_joined(chosen)) <= limit


def _joined(chosen: dict[int, str]) -> str:
    return " ".join(chosen[index] for index in sorted(chosen))


def _widths(text: Iterable[str], ucs2: bool = False) -> list[int]:
    if ucs2:
        return [2 if ord(char) > 0xFFFF else 1 for char in text]
    return [2 if char in EXTENSION else 1 for char in text]


def _to_gsm7(char: str) -> str:
    if char == "\n" or (char not in "\r\f" and (char in BASIC or char in EXTENSION)):
        return char
    if char in _REPLACED:
        return _REPLACED[char]
    plain = unicodedata.normalize("NFKD", char)
    kept = "".join(_REPLACED.get(part, part) for part in plain if not unicodedata.combining(part))
    if kept and kept != char and is_gsm7(kept):
        return kept
    if char.isspace():
        return " "
    return "?" if char.isalnum() else ""


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc"
