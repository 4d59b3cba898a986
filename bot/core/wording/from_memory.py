"""Pages from memory: the text itself, and what the thread says about it afterwards."""

from collections.abc import Iterable, Sequence

from bot.core.events import PagedFromMemory, SignalReported, Unrecorded
from bot.core.policy import Policy
from bot.core.segments import ONE_SEGMENT, Fact, fit, listed, units
from bot.core.wording.words import and_list, clock, escape

_TEXT: dict[Unrecorded, tuple[str, str]] = {
    "database": (
        "Midwatch's database down: replies not recorded.",
        "Database down: replies not recorded.",
    ),
    "fault": (
        "Midwatch has a fault: replies not recorded.",
        "Midwatch fault: no replies recorded.",
    ),
    "behind": (
        "Midwatch is behind: replies not recorded yet.",
        "Midwatch behind: replies not recorded.",
    ),
}
_THREAD: dict[Unrecorded, str] = {
    "database": "While the database was down",
    "fault": "While a fault of Midwatch's own kept the outage from being recorded",
    "behind": "While the outage waited for many others to be recorded",
}
_BY = {
    "sms": "by text",
    "slack": "by Slack message",
    "call": "by phone",
    "email": "by e-mail",
    "webhook": "by webhook",
}


def page(outages: Sequence[SignalReported], zone: str, why: Unrecorded) -> str:
    """The first page of outages that are not recorded; those that do not fit are counted."""
    longer, shorter = (f"{when} Every team paged." for when in _TEXT[why])
    if len(outages) == 1:
        return fit([*_one(outages[0], zone), Fact(longer, priority=1, short=(shorter,))])
    what = f"{len(outages)} DOWN"
    items = [f"{outage.service} {clock(outage.began_at, zone)}" for outage in outages]
    whole = f"{what}: {', '.join(items)}. {longer}"
    return whole if units(whole) <= ONE_SEGMENT else listed(what, items, shorter)


def _one(outage: SignalReported, zone: str) -> list[Fact]:
    return [
        Fact(f"DOWN {outage.service} {clock(outage.began_at, zone)}:", priority=0),
        Fact(f"{outage.detail}.", priority=3),
    ]


def told(event: PagedFromMemory, policy: Policy) -> str:
    """Who was paged by what, said in the thread afterwards (Slack mrkdwn, escaped)."""
    at = clock(event.sent_at, policy.timezone)
    sent = _by_channel(event.sent, policy) or "nobody was reached"
    perhaps = _by_channel(event.doubtful, policy)
    failed = and_list([policy.name_of(key) for key in event.failed])
    more = f" Cut short, so perhaps sent: {perhaps}." if perhaps else ""
    more += f" Not reached: {failed}." if failed else ""
    return escape(
        f"{_THREAD[event.why]}, people were paged for {event.service} from memory at {at}: {sent}; "
        f"replies were not recorded.{more}"
    )


def _by_channel(pairs: Iterable[tuple[str, str]], policy: Policy) -> str:
    """`Ana and Bo by text, Dee by Slack message`."""
    people: dict[str, list[str]] = {}
    for person, channel in pairs:
        people.setdefault(channel, []).append(policy.name_of(person))
    return ", ".join(
        f"{and_list(names)} {_BY.get(channel, f'by {channel}')}"
        for channel, names in people.items()
    )
