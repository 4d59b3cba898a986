"""A local Twilio with three phones, and the channel on the real SDK."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.channels.sms import Sms
from bot.channels.twilio_channel import TwilioChannel, TwilioSettings
from bot.sandbox import Sandbox, SandboxSettings, running

SID, TOKEN, OURS = "AC" + "a" * 32, "token-of-the-test", "+15005550100"
ANA, BO, CY = "+15005550101", "+15005550102", "+15005550103"
PHONES = {"ana": ANA, "bo": BO, "cy": CY, "nobody": None, "broken": "12", "far": "+88299999999"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    settings = SandboxSettings(
        account_sid=SID,
        auth_token=TOKEN,
        from_number=OURS,
        slack_bot_token="xoxb-t",
        slack_signing_secret="s",
        slack_app_token="xapp-t",
        bot_url="http://127.0.0.1:9",
        phones=[
            ("Ana", "IT", ANA, "U1"),
            ("Bo", "Development", BO, "U2"),
            ("Cy", "Development", CY, "U3"),
        ],
        blocked_prefixes=("+882",),
    )
    world = Sandbox(settings)
    async with running(world):
        yield world


class Channels:
    """Builds channels on the sandbox and closes them."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.settings = TwilioSettings(SID, (TOKEN,), OURS, api_url=sandbox.base_url)
        self.made: list[TwilioChannel] = []

    def __call__(self, **changes: object) -> Sms:
        sms = Sms(replace(self.settings, **changes), PHONES.get)  # type: ignore[arg-type]
        self.made.append(sms)
        return sms


@pytest.fixture
async def channel(sandbox: Sandbox) -> AsyncIterator[Channels]:
    channels = Channels(sandbox)
    yield channels
    for sms in channels.made:
        await sms.close()
