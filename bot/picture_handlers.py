"""How a picture leaves the process: drawn when it is sent, then shared in Slack.

Without a picture nothing is lost: its numbers went ahead as text. Whoever asked for it is told why.
"""

import hashlib
from datetime import timedelta

from bot.core.effects import SharePicture
from bot.core.page import PageState
from bot.core.wording import pictures as say
from bot.ports import CannotDraw, Chat, Delivery, Drawing, Outcome, Permanent, Picture

SKEW = timedelta(minutes=2)
DRAWN_AGAIN_SECONDS = 35.0
"""After a drawing failed; by then the drawer tries again, too."""
DRAWN_AT_MOST = 2
NOT_DRAWN = "not_drawn"


class Pictures:
    """A chart as a picture."""

    def __init__(self, chat: Chat, drawing: Drawing) -> None:
        self.chat, self.drawing = chat, drawing

    async def deliver(self, delivery: Delivery) -> Outcome:
        """Draw it and share it. A refusal says nothing about the rest of Slack, so it has no code
        that would count as trouble of ours.
        """
        effect = _effect(delivery)
        try:
            (png,) = await self.drawing.draw([effect.chart], "png")
        except CannotDraw as error:
            return await self._not_drawn(delivery, str(error))
        picture = Picture(_file_name(delivery), effect.title, effect.alt, png)
        try:
            id_ = await self.chat.share(picture, effect.channel, effect.slack)
        except Permanent as refused:
            missing = refused.code == "missing_scope"
            await self._tell(effect, say.MISSING_SCOPE if missing else say.NOT_SHARED)
            if missing and effect.channel:
                # Somebody can mend it, and would not know that there ever was to be a picture.
                await self.chat.post(f"{delivery.key}:why", effect.channel, say.MISSING_SCOPE)
            return Outcome(PageState.FAILED, error=f"{refused} ({refused.code})")
        return Outcome(PageState.SENT, id_)

    async def find(self, delivery: Delivery) -> Outcome | None:
        """By the file's name."""
        effect = _effect(delivery)
        since = (delivery.claimed_at or delivery.created_at) - SKEW
        id_ = await self.chat.shared(_file_name(delivery), effect.channel, effect.slack, since)
        return Outcome(PageState.SENT, id_) if id_ is not None else None

    async def _not_drawn(self, delivery: Delivery, error: str) -> Outcome:
        if delivery.attempts < DRAWN_AT_MOST:
            wait = DRAWN_AGAIN_SECONDS
            return Outcome(PageState.QUEUED, error=error, retry_in_seconds=wait, code=NOT_DRAWN)
        await self._tell(_effect(delivery), say.NOT_DRAWN)
        return Outcome(PageState.FAILED, error=error, code=NOT_DRAWN)

    async def _tell(self, effect: SharePicture, words: str) -> None:
        """Somebody who asked; in a channel the text stands for itself."""
        if effect.slack is not None:
            await self.chat.answer(words, effect.response_url, effect.slack)


def _effect(delivery: Delivery) -> SharePicture:
    assert isinstance(delivery.effect, SharePicture), f"{delivery.key} is no picture"
    return delivery.effect


def _file_name(delivery: Delivery) -> str:
    """One name a delivery, the same at each try: Slack is asked for it after a crash."""
    digest = hashlib.sha256(delivery.key.encode()).hexdigest()[:10]
    return f"midwatch-{digest}.png"
