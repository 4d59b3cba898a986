"""What somebody typed after `/midwatch`, or wrote to the bot, as a command. Pure; never raises.

Beside the words of `USAGE` it understands what people text by SMS (`12`, `all`, `12 ok 30m`).
"""

import difflib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from bot.core import replies
from bot.core.moments import Moment, duration, read
from bot.slack.override_words import Cover, EndCover, cover
from bot.slack.period_words import Period, wanted
from bot.slack.span_words import when

HIGHEST_NUMBER = 999_999_999
USAGE = {
    "status": "what is open, and who has it",
    "ack 12": "I have it, for my teams (`ack all` for every open one)",
    "resolve 12": "it is over (refused while it is down)",
    "escalate 12": "page the next step now",
    "open SERVICE what happened": "say that something is down",
    "silence 12 30m": "nobody is paged for a while (also `silence SERVICE 2h why`)",
    "unsilence 12": "end that quiet now (also `unsilence SERVICE`, `unsilence all`)",
    "maintenance SERVICE 2h reason": "planned work (`all`, or several with commas; also "
    "`… 22:00-23:30 reason`, `… tomorrow 22:00-23:30 …`, `… Fri 22:00 2h …`)",
    "maintenance list": "what is quiet, now and later",
    "maintenance end 3": "end that one now, or take it back",
    "maintenance extend 3 1h": "let it last longer",
    "deployed SERVICE what": "note a deployment made by hand",
    "deployments SERVICE": "the last ones",
    "stats": "deployments, what they cost, how fast we are back (also `stats 90d SERVICE`, "
    "`stats week`, `stats 2026-10-01..2026-11-01`)",
    "on-call": "who is on call now, and who was paged at night lately (`on-call Fri 18:00`, "
    "`… 2026-12-24 18:00`: then; `on-call calendar`: my shifts, for my calendar)",
    "override bo 18:00-09:00": "Bo takes the duty (also `… 2026-12-24 18:00 to 2026-12-26 09:00`, "
    "`… for ana` instead of her only, `… in TEAM`)",
    "override list": "who stands in, now and later",
    "override end 3": "the rota goes on as it is configured",
    "login": "a one-time link to the web pages",
    "help": "this",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Something that changes nothing. `at`: who is on call then (None: now)."""

    what: Literal["status", "on_call", "overrides", "calendar", "deployments", "sign_in", "quiets"]
    service: str | None = None
    at: Moment = None


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to one incident. `number` None: the only open one (`ack`) or all (`all`)."""

    what: Literal["ack", "ack_all", "resolve", "escalate"]
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Loud:
    """The end of a quiet: of an incident, of a service, the one of its own number (`quiet`), or of
    all that people asked for.
    """

    number: int | None = None
    service: str | None = None
    quiet: int | None = None


@dataclass(frozen=True, slots=True)
class Lengthen:
    """The silence or maintenance of that number is to last longer."""

    quiet: int
    by: timedelta


@dataclass(frozen=True, slots=True)
class Quiet:
    """Silence of an incident, of a service (and `more`), or of all (neither).

    `planned`: maintenance. From `start` for `lasts`, or until `end` where that is None.
    """

    lasts: timedelta | None
    number: int | None = None
    service: str | None = None
    reason: str = ""
    planned: bool = False
    more: tuple[str, ...] = ()
    start: Moment = None
    end: Moment = None


@dataclass(frozen=True, slots=True)
class Tell:
    """`open` or `deployed`: somebody tells Midwatch what it does not know."""

    what: Literal["open", "deployed"]
    service: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class Stats:
    """The numbers of a period (None: the usual one). `unread`: what could not be read."""

    period: Period | None = None
    service: str | None = None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """The list, or what was wrong: `about` is the usage that was meant, `said` what was typed."""

    about: str | None = None
    said: str = ""


Command = Question | Act | Quiet | Loud | Lengthen | Tell | Cover | EndCover | Stats | Help

_MENTION = re.compile(r"^\s*<@[UW][A-Z0-9]+(\|[^>]*)?>[\s:,]*")
_NUMBER = re.compile(r"#?(\d{1,9})")
_END = re.compile(r"end #?(\d{1,9})", re.IGNORECASE)
_EXTEND = re.compile(r"extend #?(\d{1,9}) (?:by )?(.+)", re.IGNORECASE)
_SERVICES = re.compile(r"([^\s,]+(?:\s*,\s*[^\s,]+)*) ")


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
        return _quiet_of(rest) or Help("silence 12 30m", f"silence {rest}"[:80])
    after = rest[match.end() :].strip()
    found = duration(after)
    if found is None and after.isdigit() and len(after) < 5 and int(after) > 0:
        found = timedelta(minutes=int(after)), ""
    if found is None or not rest[match.end() :].startswith(" "):
        return Help("silence 12 30m", f"silence {rest}"[:80])
    return Quiet(found[0], number=int(match[1]), reason=found[1])


def _maintenance(rest: str) -> Command:
    if rest.casefold() in ("", "list"):
        return Question("quiets")
    end, longer = _END.fullmatch(rest), _EXTEND.fullmatch(rest)
    if end is not None:
        return Loud(quiet=int(end[1]))
    lasts = duration(longer[2]) if longer is not None else None
    if longer is not None and lasts is not None and not lasts[1]:
        return Lengthen(int(longer[1]), lasts[0])
    found, verb = _quiet_of(rest), rest.split()[0].casefold()
    if found is not None:
        return replace(found, planned=True)
    usage = {"end": "maintenance end 3", "extend": "maintenance extend 3 1h"}
    about = usage.get(verb, "maintenance SERVICE 2h reason")
    return Help(about, f"maintenance {rest}"[:80])


def _quiet_of(rest: str) -> Quiet | None:
    """`checkout, search 22:00-23:30 new disks`; None for what is not surely one."""
    match = _SERVICES.match(rest)
    found = when(rest[match.end() :]) if match is not None else None
    if match is None or found is None:
        return None
    names = [name for name in re.split(r"\s*,\s*", match[1]) if name]
    everything = any(name.casefold() in ("all", "everything") for name in names)
    service, *more = [None] if everything else names
    return Quiet(
        found.lasts,
        service=service,
        reason=found.rest,
        more=tuple(name for name in more if name),
        start=found.start,
        end=found.end,
    )


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
    """At a time that is none it is not answered for now: that would be taken for the answer."""
    if rest.casefold() in ("calendar", "my calendar"):
        return Question("calendar")
    try:
        return Question("on_call", at=read(rest.removeprefix("at ")) if rest else None)
    except ValueError:
        return Help("on-call", f"on-call {rest}"[:80])


def _override(rest: str) -> Command:
    if rest.casefold() in ("", "list"):
        return Question("overrides")
    usage = "override end 3" if rest.casefold().startswith("end") else "override bo 18:00-09:00"
    return cover(rest) or Help(usage, f"override {rest}"[:80])


def _stats(rest: str) -> Command:
    found = wanted(rest)
    return Stats(found.period, found.service, found.unread)


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
    "stats": _stats,
    "statistics": _stats,
    "login": _LOGIN,
    "web": _LOGIN,
    "help": _help,
}
