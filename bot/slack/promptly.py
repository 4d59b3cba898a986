"""Within the three seconds that Slack waits: for an answer, and for a form after a click."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.incident import Incident
from bot.core.wording import answers
from bot.ports import DeliveryError, StoreUnavailable
from bot.slack.engine_port import EnginePort
from bot.slack.payloads import Click
from bot.slack.refusals import asked
from bot.slack.thread import SlackChat

log = logging.getLogger(__name__)

WITHIN_SECONDS = 2.2
"""For the database, of the three seconds that Slack waits."""
T = TypeVar("T")
Form = Callable[[Incident], Awaitable[View]]


async def in_time(work: Awaitable[T]) -> T:
    """Raises StoreUnavailable too when it takes longer than Slack waits.

    A commit that still goes through does no harm: a second try has the same key.
    """
    try:
        async with asyncio.timeout(WITHIN_SECONDS):
            return await work
    except TimeoutError:
        _late()


async def open_form(
    engine: EnginePort, chat: SlackChat, client: AsyncWebClient, click: Click, form: Form
) -> None:
    """Show the form of an incident to whoever pressed its button."""

    async def shown() -> View | None:
        view = await engine.store.incident(click.number) if click.number is not None else None
        return await form(view.incident) if view else None

    await show_form(chat, client, click, shown)


async def show_form(
    chat: SlackChat,
    client: AsyncWebClient,
    click: Click,
    form: Callable[[], Awaitable[View | None]],
) -> None:
    """Show this form, if any, to whoever pressed its button; else say why it cannot be shown."""
    try:
        shown = await form()
        if shown is not None:
            await asked(client.views_open(trigger_id=click.trigger, view=shown))
    except StoreUnavailable:
        await chat.tell(answers.NOT_ANSWERED, click.response_url, click.user)
    except DeliveryError as error:
        # Too late for Slack (it takes a form within three seconds), or Slack has trouble.
        log.warning("slack_form_not_opened: %s", error)
        await chat.tell(answers.NO_FORM, click.response_url, click.user)


def _late() -> NoReturn:
    raise StoreUnavailable("the database did not answer in time")
