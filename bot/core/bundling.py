"""When a person's texts go out: the first at once, the rest together, all within bounds.

A person's first text goes at once; more first pages to them within 20 s go together at their
end. Later texts are bundled, at least a minute apart, and bounded; informational texts have a
budget of their own and wait for the end of the reader's quiet hours. A call waits while another
one of ours is on the person's line, which would be busy, and then speaks of every incident that
waited; calls that are not first ones have a distance and a bound of their own. The other channels
go as they come.

What waits says why (`Page.held`), and what went in another one's words says with which.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.core.page import Page, PageState, Urgency
from bot.core.policy import Person
from bot.core.quiet_hours import held_until
from bot.core.wording import held, texts, voice

BUNDLE = "bundle"
"""The `reason` of a page that carries the words of others."""
TOGETHER_AFTER = timedelta(seconds=20)
LATER_APART = timedelta(seconds=60)
LOOK_BACK = timedelta(hours=1)
LATER_AT_MOST = ((5, timedelta(minutes=15)), (11, timedelta(hours=1)))
INFO_AT_MOST = ((5, timedelta(minutes=15)), (10, timedelta(hours=1)))
CALLS_APART = timedelta(minutes=2)
CALLS_AT_MOST = ((4, timedelta(minutes=15)), (10, timedelta(hours=1)))
ON_THE_LINE = timedelta(minutes=2)
"""A call of which nothing was heard for so long holds up no other."""
CALL_AGAIN_AFTER = timedelta(seconds=5)
_SMS, _CALL = "sms", "call"
Bounds = Sequence[tuple[int, timedelta]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of the pages that are due.

    `ready`: keys to hand over now. `changed`: postponed, or `bundled` into a new one. `new`: the
    pages that carry those words (their keys are in `ready`). `told`: incidents whose thread says
    something else of its pages now.
    """

    ready: tuple[str, ...] = ()
    changed: tuple[Page, ...] = ()
    new: tuple[Page, ...] = ()
    told: tuple[int, ...] = ()


@dataclass(slots=True)
class _Draft:
    ready: list[str] = field(default_factory=list)
    changed: list[Page] = field(default_factory=list)
    new: list[Page] = field(default_factory=list)
    told: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Free:
    """When one more may go, and what it waits for until then."""

    at: datetime
    why: str = ""


def plan(
    due: Sequence[Page],
    recent: Iterable[Page],
    now: datetime,
    people: Mapping[str, Person] = MappingProxyType({}),
) -> Plan:
    """Plan the pages that are due. `recent`: these people's pages of the last hour, handed over.

    `people`: whose quiet hours hold what only informs.
    """
    out = _Draft()
    handed_over = list(recent)
    earlier = [page for page in handed_over if page.channel == _SMS and page.reason != "test"]
    by_person: dict[str, list[Page]] = {}
    calls: dict[str, list[Page]] = {}
    for page in sorted(due, key=lambda page: (page.created_at, page.key)):
        if page.channel == _SMS and page.reason != BUNDLE:
            by_person.setdefault(page.person, []).append(page)
        elif page.channel == _CALL and page.incident and page.reason != BUNDLE:
            calls.setdefault(page.person, []).append(page)
        else:
            out.ready.append(page.key)
    for person, pages in by_person.items():
        before = [page for page in earlier if page.person == person]
        if _first([p for p in pages if p.urgency is Urgency.FIRST], before, now, out):
            before.append(replace(pages[0], urgency=Urgency.FIRST, sent_at=now))
        _later([p for p in pages if p.urgency is Urgency.LATER], before, now, out)
        info = [p for p in pages if p.urgency is Urgency.INFO]
        _info(info, before, people.get(person), now, out)
    for person, pages in calls.items():
        _call([p for p in handed_over if (p.person, p.channel) == (person, _CALL)], pages, now, out)
    ready = set(out.ready) - {page.key for page in out.changed}
    out.changed += [replace(page, held=None) for page in due if page.held and page.key in ready]
    return Plan(tuple(out.ready), tuple(out.changed), tuple(out.new), tuple(sorted(out.told)))


def _first(pages: list[Page], before: list[Page], now: datetime, out: _Draft) -> bool:
    """Whether one goes now."""
    if not pages:
        return False
    sent = [_at(page) for page in before if page.urgency is Urgency.FIRST]
    last = max((at for at in sent if at <= now), default=None)
    if last is not None and now < last + TOGETHER_AFTER:
        _postpone(pages, _Free(last + TOGETHER_AFTER, held.FIRST_ONE_WENT), out)
        return False
    if any(page.due_at > page.created_at for page in pages):
        _together(pages, now, out)
    else:
        out.ready.append(pages[0].key)
        _postpone(pages[1:], _Free(now + TOGETHER_AFTER, held.FIRST_ONE_WENT), out)
    return True


def _later(pages: list[Page], before: list[Page], now: datetime, out: _Draft) -> None:
    if not pages:
        return
    sent = [_at(page) for page in before if page.urgency is not Urgency.INFO]
    later = [_at(page) for page in before if page.urgency is Urgency.LATER]
    free = max(
        _apart(sent, LATER_APART, _SMS, now),
        _within(later, LATER_AT_MOST, _SMS, now),
        key=lambda free: free.at,
    )
    if free.at > now:
        _postpone(pages, free, out)
    else:
        _together(pages, now, out)


def _info(
    pages: list[Page], before: list[Page], person: Person | None, now: datetime, out: _Draft
) -> None:
    sent = [_at(page) for page in before if page.urgency is Urgency.INFO]
    for page in pages:
        quiet = held_until(page, person, now)
        free = _Free(quiet, held.QUIET) if quiet else _within(sent, INFO_AT_MOST, _SMS, now)
        if free.at > now:
            _postpone([page], free, out)
        else:
            out.ready.append(page.key)
            sent.append(now)


def _call(before: list[Page], pages: list[Page], now: datetime, out: _Draft) -> None:
    """One call for all that wait, once the line is free. A first one waits for nothing else."""
    under_way = (PageState.SENDING, PageState.SENT)
    if any(page.state in under_way and _at(page) > now - ON_THE_LINE for page in before):
        _postpone(pages, _Free(now + CALL_AGAIN_AFTER, held.ON_THE_LINE), out)
        return
    sent = [_at(page) for page in before if page.reason != "test"]
    later = [_at(page) for page in before if page.urgency is Urgency.LATER]
    free = max(
        _apart(sent, CALLS_APART, _CALL, now),
        _within(later, CALLS_AT_MOST, _CALL, now),
        key=lambda free: free.at,
    )
    first = any(page.urgency is Urgency.FIRST for page in pages)
    if free.at > now and not first:
        _postpone(pages, free, out)
    else:
        _together(pages, now, out)


def _apart(sent: Sequence[datetime], apart: timedelta, channel: str, now: datetime) -> _Free:
    """So long after the last one."""
    return _Free(max(sent, default=now - apart) + apart, held.too_soon(channel, apart))


def _within(sent: Sequence[datetime], bounds: Bounds, channel: str, now: datetime) -> _Free:
    """When one more fits every (count, period) bound; `now` when it does already."""
    free = _Free(now)
    for count, period in bounds:
        within = sorted(at for at in sent if at > now - period)
        if len(within) >= count and within[-count] + period > free.at:
            free = _Free(within[-count] + period, held.too_many(channel, len(within), period))
    return free


def _together(pages: list[Page], now: datetime, out: _Draft) -> None:
    """One text for all; a page that goes alone keeps its own words."""
    latest = {page.incident: page for page in pages}
    if len(latest) == 1:
        alone = latest[pages[0].incident]
        out.ready.append(alone.key)
        rest = [page for page in pages if page is not alone]
        if any(page.urgency < alone.urgency for page in rest):
            # It speaks for a first page, so it is one: no bound counts it, nothing later holds it.
            urgency = min(page.urgency for page in rest)
            out.changed.append(replace(alone, urgency=urgency, held=None))
        _carried(rest, alone.key, held.newer(alone.channel), now, out)
        return
    members = sorted(latest.values(), key=lambda page: page.incident)
    names = "|".join(sorted(page.key for page in pages))
    key = f"bundle-{hashlib.sha256(names.encode()).hexdigest()[:20]}"
    several = voice.several if members[0].channel == _CALL else texts.several
    words = several([page.line for page in members])
    carrier = replace(
        members[0],
        key=key,
        reason=BUNDLE,
        text=words,
        line="",
        urgency=min(page.urgency for page in pages),
        created_at=now,
        due_at=now,
        state=PageState.QUEUED,
        state_at=now,
        held=None,
    )
    out.new.append(carrier)
    out.ready.append(key)
    for page in pages:
        others = [number for number in sorted(latest) if number != page.incident]
        _carried([page], key, held.went_with(page.channel, others), now, out)


def _carried(pages: list[Page], key: str, words: str, now: datetime, out: _Draft) -> None:
    for page in pages:
        gone = replace(page, state=PageState.BUNDLED, bundled_into=key, state_at=now, held=words)
        out.changed.append(gone)
        out.told.add(page.incident)


def _postpone(pages: list[Page], free: _Free, out: _Draft) -> None:
    """The thread is told only of a new reason: a busy line is looked at every few seconds."""
    out.changed += [replace(page, due_at=free.at, held=free.why) for page in pages]
    out.told |= {page.incident for page in pages if page.incident and page.held != free.why}


def _at(page: Page) -> datetime:
    return page.sent_at or page.state_at or page.created_at
