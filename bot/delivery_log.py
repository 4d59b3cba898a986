"""What the log tells of deliveries: each try of a page, and whatever else was given up."""

import structlog

from bot.core.effects import SendPage
from bot.core.page import PageState
from bot.ports import Delivery, Outcome

log = structlog.get_logger(__name__)


def write(delivery: Delivery, outcome: Outcome) -> None:
    """Each try of a page, and whatever else was given up."""
    said = {"key": delivery.key, "state": outcome.state.value, "error": outcome.error}
    if isinstance(delivery.effect, SendPage) and not outcome.free:
        page = delivery.effect.page
        log.info("page", person=page.person, channel=page.channel, **said)
    elif outcome.state is PageState.FAILED:
        log.info("not_delivered", kind=delivery.effect.kind, **said)
