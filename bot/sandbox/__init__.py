"""A local Twilio and a local Slack that speak the real protocols, with a page that shows them.

async with running(Sandbox(settings)) as base_url: ...
"""

from bot.sandbox.app import create_app
from bot.sandbox.controls import Control, DemoControls, StatusItem
from bot.sandbox.faults import Fault
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import NotLoopback, require_loopback, running
from bot.sandbox.settings import ChannelSpec, Person, SandboxSettings

__all__ = [
    "ChannelSpec",
    "Control",
    "DemoControls",
    "Fault",
    "NotLoopback",
    "Person",
    "Sandbox",
    "SandboxSettings",
    "StatusItem",
    "create_app",
    "require_loopback",
    "running",
]
