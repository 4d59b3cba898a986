"""What is said when somebody ends a quiet: in the channel, and to them."""

from collections.abc import Sequence
from datetime import datetime

from bot.core.events import Actor
from bot.core.policy import Policy
from bot.core.wording.texts import zone_of
from bot.core.wording.words import and_list, clock, escape


def said(services: Sequence[str | None], actor: Actor, policy: Policy, begun: bool = True) -> str:
    """In the threads or the channel (Slack mrkdwn, escaped). `begun`: it was quiet already."""
    by = escape(policy.name_of(actor.person))
    if not begun:
        return f"{by} took back what was planned for {escape(_named(services))}: it will be paged."
    return f"{by} ended the quiet for {escape(_named(services))}: what is down is paged again."


def answered(services: Sequence[str | None], begun: bool = True) -> str:
    """To the one who did."""
    if not begun:
        return f"Taken back, before it began: {_named(services)}."
    return f"No longer quiet: {_named(services)}. What is down is paged again now."


def not_by_this(service: str, until: datetime, actor: Actor, policy: Policy) -> str:
    """It is quiet by something wider, which this does not end."""
    zone = zone_of(actor.person or "", policy)
    return (
        f"{service} is quiet until {clock(until, zone)} by a maintenance of every service or one "
        "that the configuration plans. This does not end it."
    )


def nothing_quiet(services: Sequence[str]) -> str:
    """Nothing to end."""
    return f"Nothing was quiet: {and_list(list(services)) or 'no service'} is paged as always."


def _named(services: Sequence[str | None]) -> str:
    return and_list([service or "every service" for service in services])
