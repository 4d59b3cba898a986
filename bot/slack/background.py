"""Work that must not keep Slack waiting: it gives an app three seconds to answer."""

import asyncio
import logging
from collections.abc import Coroutine

from bot.ports import DeliveryError, StoreUnavailable

log = logging.getLogger(__name__)


class Background:
    """Tasks that are held until they end. Nothing done here may matter after a crash."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[None, None, None], what: str) -> None:
        """Do it soon. `what` names it in the log."""
        task = asyncio.get_running_loop().create_task(_guarded(work, what))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until nothing is left to do."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Stop what still runs."""
        for task in self._tasks:
            task.cancel()
        await self.settled()


async def _guarded(work: Coroutine[None, None, None], what: str) -> None:
    try:
        await work
    except (DeliveryError, StoreUnavailable) as error:
        log.warning("slack_background_failed: %s (%s)", what, error)
    except Exception:
        log.exception("slack_background_bug: %s", what)
