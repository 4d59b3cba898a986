"""The sandbox as one object: a local Twilio, a local Slack, a receiver of webhooks, one journal."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bot.sandbox.context import Context
from bot.sandbox.controls import DemoControls
from bot.sandbox.journal import Journal
from bot.sandbox.settings import SandboxSettings
from bot.sandbox.slack import Slack
from bot.sandbox.twilio import Twilio
from bot.sandbox.webhooks import Webhooks


def real_time() -> datetime:
    """Now, aware, in UTC."""
    return datetime.now(UTC)


class Sandbox:
    """In-memory state of both providers. Used from one event loop; gone when it is closed."""

    def __init__(self, settings: SandboxSettings, now: Callable[[], datetime] = real_time) -> None:
        self.settings = settings
        self.journal = Journal(now)
        self.context = Context(settings, now, self.journal)
        self.twilio = Twilio(self.context)
        self.slack = Slack(self.context)
        self.webhooks = Webhooks(self.context)
        self.controls = DemoControls()

    @property
    def base_url(self) -> str:
        """Where the sandbox listens, without a slash at the end; "" before it is served."""
        return self.context.base_url

    async def settled(self, timeout_seconds: float = 5.0) -> None:
        """Wait until every receipt is sent and answered. Raises TimeoutError."""
        await self.context.courier.settled(timeout_seconds)

    async def aclose(self) -> None:
        """End every stream, hanging request, socket and task."""
        self.journal.close()
        self.twilio.faults.clear()
        self.slack.faults.clear()
        self.webhooks.faults.clear()
        await self.slack.socket.aclose()
        await self.context.courier.aclose()

    def view(self) -> dict[str, Any]:
        """Everything the page shows."""
        return {
            "number": self.journal.number,
            "now": self.context.now().timestamp(),
            "from_number": self.settings.from_number,
            "phones": self.twilio.view(),
            "slack": self.slack.view(),
            "faults": {
                "twilio": self.twilio.faults.active,
                "slack": self.slack.faults.active,
            },
            "controls": self.controls.view(),
            "status": self.controls.status(),
            "title": self.controls.title,
            "bot_pages_url": self.controls.bot_pages_url,
            "hint": self.controls.hint,
        }
