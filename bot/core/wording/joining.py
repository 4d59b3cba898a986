"""What is said when outages belong together (Slack mrkdwn, escaped)."""

from bot.core.incident import Incident
from bot.core.signal import Signal
from bot.core.wording.outside import said
from bot.core.wording.words import escape, some

EACH_UP_TO = 10
"""Services of one incident that come and go with a reply each."""


def depends(signal: Signal, dependency: str) -> str:
    """A service joins the incident of what it depends on."""
    return f"{_down(signal)}: it depends on {escape(dependency)}, so it belongs here."


def takes_over(signal: Signal) -> str:
    """What others depend on is down, and was the reason."""
    return f"{_down(signal)}, and the others depend on it: this is about {escape(signal.service)}."


def storm(count: int) -> str:
    """Many at once are one incident."""
    return f"{count} services went down within a minute: this is one incident from now on."


def blows(signal: Signal, count: int) -> str:
    """One more of them, of so many by now."""
    return f"{_down(signal)} too, within a minute of the others: {count} services by now."


def one_is_up(service: str, incident: Incident) -> str:
    """One of several services is up."""
    ended = incident.part(service).ended
    why = f": {escape(ended)}" if ended else ""
    return f"*{escape(service)}* is up{why}. Still down: {escape(some(incident.down()))}."


def worth_a_reply(count: int) -> bool:
    """Whether the thread is told that so many are down now: of many only at each doubling.

    A reply for each of hundreds would hold up for minutes what Slack takes once a second. The
    thread's first message counts them all, and the timeline names each.
    """
    return count <= EACH_UP_TO or count & (count - 1) == 0


def merged(other: int, into: int, why: str) -> str:
    """In the thread of the one that ends."""
    return f"#{other} is part of *#{into}* now. {why} Answers to #{other} act on #{into}."


def took_in(other: int, into: int) -> str:
    """A line of the timeline of the one that remains."""
    return f"#{other} became part of #{into}"


def stays_down(service: str, dependency: str) -> str:
    """It leaves the incident."""
    return (
        f"{escape(dependency)} is back, {escape(service)} is not: "
        f"{escape(service)} is an incident of its own now."
    )


def was_part_of(service: str, dependency: str, number: int) -> str:
    """In its own thread."""
    return (
        f"{escape(service)} was part of #{number}: {escape(dependency)} is back, "
        f"{escape(service)} is not."
    )


def _down(signal: Signal) -> str:
    detail = f" ({said(signal.detail)})" if signal.detail else ""
    return f"*{escape(signal.service)}* is down{detail}"
