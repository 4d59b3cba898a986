"""What somebody typed after `/midwatch`, or wrote to the bot, as a command. Pure; never raises.

Beside the words of `USAGE` it understands what people text by SMS (`12`, `all`, `12 ok 30m`).
"""

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from bot.core import replies
from bot.slack.override_words import Cover, EndCover, cover

HIGHEST_NUMBER = 999_999_999
LONGEST_QUIET = timedelta(days=7)
"""The rules keep no longer one either (`bot.core.silencing`)."""
USAGE = {
    "status": "what is open, and who has it",
    "ack 12": "I have it, for my teams (`ack all` for every open one)",
    "resolve 12": "it is over (refused while it is down)",
    "escalate 12": "page the next step now",
    "open SERVICE what happened": "say that something is down",
    "silence 12 30m": "nobody is paged for a while (also `silence SERVICE 2h why`)",
    "unsilence 12": "end that quiet now (also `unsilence SERVICE`, `unsilence all`)",
    "maintenance SERVICE 2h reason": "planned work (`all` for every service)",
    "deployed SERVICE what": "note a deployment made by hand",
    "deployments SERVICE": "the last ones",
    "on-call": "who is on call now, and who was paged at night lately "
    "(`on-call calendar`: my shifts, for my calendar)",
    "override bo 18:00-09:00": "Bo takes the duty (also `… 2026-12-24 18:00 to 2026-12-26 09:00`, "
    "`… for ana` instead of her only, `… in TEAM`)",
    "override list": "who stands in, now and later",
    "override end 3": "the rota goes on as it is configured",
    "login": "a one-time link to the web pages",
    "help": "this",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Something that changes nothing."""

    what: Literal["status", "on_call", "overrides", "calendar", "deployments", "sign_in"]
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to one incident. `number` None: the only open one (`ack`) or all (`all`)."""

    what: Literal["ack", "ack_all", "resolve", "escalate"]
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Loud:
    """The end of a quiet: of an incident, of a service, of all that people asked for."""

    number: int | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Quiet:
    """Silence of an incident, of a service, or of all (neither); `planned`: maintenance."""

    lasts: timedelta
    number: int | None = None
    service: str | None = None
    reason: str = ""
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Tell:
    """`open` or `deployed`: somebody tells Midwatch what it does not know."""

    what: Literal["open", "deployed"]
    service: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """The list, or what was wrong: `about` is the usage that was meant, `said` what was typed."""

    about: str | None = None
    said: str = ""


Command = Question | Act | Quiet | Loud | Tell | Cover | EndCover | Help

_DURATION = re.compile(
    r"(\d{1,6})\s*(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?![a-z])"
    r"\s*(?:and\b|,)?\s*",
    re.IGNORECASE,
)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_MENTION = re.compile(r"^\s*<@[UW][A-Z0-9]+(\|[^>]*)?>[\s:,]*")
_NUMBER = re.compile(r"#?(\d{1,9})")


def parse(text: str) -> Command:
    """Read a command. What is not surely one is `Help`, naming the closest."""
    words = _plain(text)
    if not words:
        return Question("status")
    verb, _, rest = words.partition(" ")
    word = verb.casefold().rstrip(":,.!?") or verb
    if word == "on" and rest.casefold().startswith("call"):
        word, rest = "on-call", rest.removeprefix("call").removeprefix("Call")
    reader = _READERS.get(word)
    if reader is not None:
        return reader(rest.strip())
    return _texted(words) or Help(_closest(word), words[:80])


def duration(text: str) -> tuple[timedelta, str] | None:
    """A length of time at the beginning, and what follows it; None when there is none.

    `2h`, `90 min`, `1h30m`, `1 day`. None too for nothing, and for more than seven days.
    """
    lasts, position = timedelta(), 0
    while match := _DURATION.match(text, position):
        lasts += int(match[1]) * _UNITS[match[2][0].lower()]
        position = match.end()
        if lasts > LONGEST_QUIET:
            return None
    return (lasts, text[position:].strip()) if lasts else None


def _plain(text: str) -> str:
    """One line of ordinary text, without the mention of the bot it may begin with."""
    line = _MENTION.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(
        "".join(char if char.isprintable() else " " for char in line).split()
    ).removeprefix("/midwatch ")


def _question(what: Literal["status", "sign_in"]) -> Callable[[str], Command]:
    return lambda rest: Question(what)


def _deployments(rest: str) -> Command:
    return Question("deployments", rest.split()[0] if rest else None)


def _act(what: Literal["ack", "resolve", "escalate"], usage: str) -> Callable[[str], Command]:
    def read(rest: str) -> Command:
        if what == "ack" and not rest:
            return Act("ack")
        if what == "ack" and rest.casefold() in ("all", "everything"):
            return Act("ack_all")
        match = _NUMBER.fullmatch(rest)
        return Act(what, int(match[1])) if match else Help(usage, f"{what} {rest}"[:80])

    return read


def _silence(rest: str) -> Command:
    match = _NUMBER.match(rest)
    if match is None:
        service, _, after = rest.partition(" ")
        found = duration(after)
        if found is None:
            return Help("silence 12 30m", f"silence {rest}"[:80])
        return Quiet(found[0], service=_one_or_all(service), reason=found[1])
    after = rest[match.end() :].strip()
    found = duration(after)
    if found is None and after.isdigit() and len(after) < 5 and int(after) > 0:
        found = timedelta(minutes=int(after)), ""
    if found is None or not rest[match.end() :].startswith(" "):
        return Help("silence 12 30m", f"silence {rest}"[:80])
    return Quiet(found[0], number=int(match[1]), reason=found[1])


def _maintenance(rest: str) -> Command:
    service, _, after = rest.partition(" ")
    found = duration(after)
    if found is None:
        return Help("maintenance SERVICE 2h reason", f"maintenance {rest}"[:80])
    return Quiet(found[0], service=_one_or_all(service), reason=found[1], planned=True)


def _one_or_all(service: str) -> str | None:
    return None if service.casefold() in ("all", "everything") else service


def _unsilence(rest: str) -> Command:
    if not rest:
        return Help("unsilence 12", "unsilence")
    match = _NUMBER.fullmatch(rest)
    if match:
        return Loud(number=int(match[1]))
    return Loud() if rest.casefold() in ("all", "everything") else Loud(service=rest)


def _tell(what: Literal["open", "deployed"], usage: str) -> Callable[[str], Command]:
    def read(rest: str) -> Command:
        service, _, words = rest.partition(" ")
        return Tell(what, service, words.strip()) if service else Help(usage, what)

    return read


def _on_call(rest: str) -> Command:
    mine = rest.casefold() in ("calendar", "my calendar")
    return Question("calendar" if mine else "on_call")


def _override(rest: str) -> Command:
    if rest.casefold() in ("", "list"):
        return Question("overrides")
    usage = "override end 3" if rest.casefold().startswith("end") else "override bo 18:00-09:00"
    return cover(rest) or Help(usage, f"override {rest}"[:80])


def _help(rest: str) -> Command:
    return Help()


def _texted(words: str) -> Command | None:
    """What people text by SMS is understood here too."""
    match replies.parse(words):
        case replies.Ack(number):
            return Act("ack", number)
        case replies.AckOnly():
            return Act("ack")
        case replies.AckAll():
            return Act("ack_all")
        case replies.EscalateIncident(number):
            return Act("escalate", number)
        case replies.ResolveIncident(number):
            return Act("resolve", number)
        case replies.SilenceIncident(number, lasts):
            return Quiet(lasts, number=number)
        case replies.EndSilence(number):
            return Loud(number=number)
        case replies.SignInLink():
            return Question("sign_in")
        case replies.Status():
            return Question("status")
        case _:
            return None


def _closest(word: str) -> str | None:
    """The usage line whose word looks most like this one."""
    found = difflib.get_close_matches(word[:40], list(_READERS), n=1, cutoff=0.7)
    if not found:
        return None
    reader = _READERS[found[0]]
    first = next(name for name, known in _READERS.items() if known is reader)
    return next((usage for usage in USAGE if usage.split()[0] == first), None)


_ACK = _act("ack", "ack 12")
_RESOLVE = _act("resolve", "resolve 12")
_ESCALATE = _act("escalate", "escalate 12")
_STATUS, _LOGIN = _question("status"), _question("sign_in")
# The first name of each reader is the one in USAGE.
_READERS: dict[str, Callable[[str], Command]] = {
    "status": _STATUS,
    "incidents": _STATUS,
    "ack": _ACK,
    "acknowledge": _ACK,
    "resolve": _RESOLVE,
    "resolved": _RESOLVE,
    "escalate": _ESCALATE,
    "esc": _ESCALATE,
    "open": _tell("open", "open SERVICE what happened"),
    "silence": _silence,
    "quiet": _silence,
    "unsilence": _unsilence,
    "loud": _unsilence,
    "unmute": _unsilence,
    "maintenance": _maintenance,
    "deployed": _tell("deployed", "deployed SERVICE what"),
    "deployments": _deployments,
    "deploys": _deployments,
    "on-call": _on_call,
    "oncall": _on_call,
    "override": _override,
    "overrides": _override,
    "swap": _override,
    "login": _LOGIN,
    "web": _LOGIN,
    "help": _help,
}
