"""What both providers share: settings, clock, journal, courier and where they listen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from bot.sandbox.courier import Courier
from bot.sandbox.journal import Journal
from bot.sandbox.settings import SandboxSettings


@dataclass
class Context:
    """Handed to the local Twilio and the local Slack when they are built."""

    settings: SandboxSettings
    now: Callable[[], datetime]
    journal: Journal
    courier: Courier = field(default_factory=Courier)
    base_url: str = ""

    def bot(self, path: str) -> str:
        """An URL of Midwatch, for instance `bot("/twilio/sms")`."""
        return self.settings.bot_url.rstrip("/") + path
