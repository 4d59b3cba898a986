"""Numbers, times, names and versions as a voice says them well. Pure; nothing but speech leaves it.

What comes out are letters, spaces and the marks that make a pause: no digit, no sign, no markup, so
that no engine has to guess how `v1.42` or `03:05` is read.
"""

import re
import unicodedata
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    *("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_LONGEST_CARDINAL = 3
"""Digits of a number inside a name that are read as one number; more are read one by one."""
LONGEST_VERSION = 8
"""Words of a version that anybody can hold in mind at night."""
_SHA = re.compile(r"(?=.*\d)[0-9a-f]{7,40}")


def number(value: int) -> str:
    """`twelve`, `one hundred and five`; from a million on, and below zero, digit by digit."""
    if not 0 <= value < 1_000_000:
        return digits(str(abs(value)))
    if value < 20:
        return _ONES[value]
    if value < 100:
        tens, ones = divmod(value, 10)
        return _TENS[tens - 2] + (f" {_ONES[ones]}" if ones else "")
    name, unit = ("hundred", 100) if value < 1000 else ("thousand", 1000)
    many, rest = divmod(value, unit)
    link = " and " if rest < 100 else " "
    return f"{number(many)} {name}" + (f"{link}{number(rest)}" if rest else "")


def digits(text: str) -> str:
    """`two zero two six`; what is no ASCII digit is left out."""
    return " ".join(_ONES[int(char)] for char in text if char in "0123456789")


def clock(at: datetime, zone: str) -> str:
    """The wall clock of the reader's zone, on 24 hours: `three twelve`, `fifteen oh five`."""
    local = at.astimezone(ZoneInfo(zone))
    if local.minute == 0:
        if local.hour in (0, 12):
            return "midnight" if local.hour == 0 else "noon"
        return f"{number(local.hour)} {'hundred' if local.hour > 12 else 'o clock'}"
    minute = number(local.minute)
    return f"{number(local.hour)} {minute if local.minute > 9 else f'oh {minute}'}"


def age(span: timedelta) -> str:
    """A span, in the units of `bot.core.age`: `forty seconds`, `one minute`, `three days`."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return _counted(seconds, "second")
    if seconds < 2 * 3600:
        return _counted(seconds // 60, "minute")
    if seconds < 48 * 3600:
        return _counted(seconds // 3600, "hour")
    return _counted(seconds // 86400, "day")


def name(text: str, most_words: int = 6) -> str:
    """A service, a team or a person: `checkout-api_v2` becomes `checkout api v two`."""
    parts = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _plain(text)).split()
    return " ".join([_word(part) for part in parts][:most_words])


def version(text: str) -> str:
    """`v1.42` becomes `version one point forty two`. Empty for what nobody could keep in mind."""
    if _SHA.fullmatch(text.strip()):
        return ""
    dotted = re.sub(r"(?<=\d)\.(?=\d)", " point ", re.sub(r"\A\s*[vV](?=\d)", "", text))
    words = [_word(part) for part in _plain(dotted).split()]
    spoken = " ".join(words)
    if not words or len(spoken.split()) > LONGEST_VERSION:
        return ""
    return spoken if words[0] in ("release", "version") else f"version {spoken}"


def sentence(text: str) -> str:
    """With a capital letter at its beginning, and no other change."""
    return text[:1].upper() + text[1:]


def _counted(count: int, unit: str) -> str:
    return f"{number(count)} {unit}{'' if count == 1 else 's'}"


def _plain(text: str) -> str:
    """Letters and ASCII digits, apart from each other; everything else divides words."""
    found = []
    for char in unicodedata.normalize("NFC", text):
        if unicodedata.category(char) == "Nd":
            found.append(str(unicodedata.decimal(char)))
        else:
            found.append(char if char.isalpha() or char == "'" else " ")
    plain = "".join(found)
    return re.sub(r"(?<=[0-9])(?=[^\s0-9])|(?<=[^\s0-9])(?=[0-9])", " ", plain)


def _word(part: str) -> str:
    if not part.isdigit():
        return part.strip("'")
    if len(part) > _LONGEST_CARDINAL or (len(part) > 1 and part.startswith("0")):
        return digits(part)
    return number(int(part))
