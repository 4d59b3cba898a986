"""A configuration in a folder, an environment, and the command run as a user runs it."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from bot.cli import build
from bot.sandbox import Person, Sandbox, SandboxSettings

ACCOUNT = "AC" + "1" * 32
TWILIO_TOKEN = "d41d8cd98f00b204e9800998ecf8427e"
NUMBER = "+15005550006"
BOT_TOKEN = "xoxb-1234-5678-a-made-up-one"
SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
HOOK_TOKEN = "a-hook-token-that-nobody-guesses-4711"
SECRET_KEY = "a-secret-key-that-nobody-guesses-0815-and-more"
ANA, BO = "+15005550101", "+15005550102"
SECRETS = (TWILIO_TOKEN, BOT_TOKEN, SIGNING_SECRET, HOOK_TOKEN, SECRET_KEY, ANA, BO, NUMBER)

CONFIG = """
timezone: UTC
slack: {incidents: "#incidents", support: "#support", releases: "#releases"}
people:
  ana: {name: Ana, phone: "+15005550101", slack: U0ANA}
  bo: {name: Bo, phone: "+15005550102", slack: U0BO, timezone: America/New_York}
  kai: {name: Kai, phone: "+15005550104"}
  eve: {name: Eve, email: eve@example.com}
teams:
  it: {name: IT, members: [ana]}
  development:
    name: Development
    members: [bo, kai]
    on_call: {rota: [bo, kai], every: 1 week, starts: "2026-11-23 09:00", timezone: Europe/London}
services:
  checkout:
    repository: acme/checkout
    checks:
      - {http: "http://127.0.0.1:9/health", name: health, every: 10s}
  search: {checks: []}
"""


def sandbox_of(**changes: Any) -> Sandbox:
    """A local Twilio and Slack that know the people above."""
    given: dict[str, Any] = {
        "account_sid": ACCOUNT,
        "auth_token": TWILIO_TOKEN,
        "from_number": NUMBER,
        "slack_bot_token": BOT_TOKEN,
        "slack_signing_secret": SIGNING_SECRET,
        "slack_app_token": "xapp-made-up",
        "bot_url": "http://127.0.0.1:9",
        "phones": [
            Person("Ana", "IT", ANA, "U0ANA"),
            Person("Bo", "Development", BO, "U0BO"),
            Person("Kai", "Development", "+15005550104", "U0KAI"),
        ],
    }
    return Sandbox(SandboxSettings(**(given | changes)))


class World:
    """One user's folder and environment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "midwatch.yaml"
        self.file.write_text(CONFIG)
        self.database_url = f"sqlite:///{folder}/midwatch.db"
        self.env: dict[str, str | None] = {
            "DATABASE_URL": self.database_url,
            "MIDWATCH_CONFIG": str(self.file),
            "SECRET_KEY": SECRET_KEY,
            "HOOK_TOKEN": HOOK_TOKEN,
        }

    def with_sandbox(self, sandbox: Sandbox) -> None:
        """Accounts at this sandbox, which must be served already."""
        self.env |= {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
            "TWILIO_FROM": NUMBER,
            "TWILIO_API_URL": sandbox.base_url,
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"{sandbox.base_url}/api/",
        }

    def run(self, *words: str, env: Mapping[str, str | None] | None = None) -> Result:
        """`midwatch WORDS`."""
        return CliRunner().invoke(build(), list(words), env={**self.env, **(env or {})})

    async def runs(self, *words: str, env: Mapping[str, str | None] | None = None) -> Result:
        """The same beside servers of this event loop."""
        return await asyncio.to_thread(self.run, *words, env=env)

    def add(self, text: str) -> None:
        """More of the configuration."""
        self.file.write_text(self.file.read_text() + text)

    def change(self, old: str, new: str) -> None:
        """Another configuration."""
        text = self.file.read_text()
        assert old in text
        self.file.write_text(text.replace(old, new))


def read(result: Result) -> Any:
    """What `--json` printed. Nothing else may stand on stdout."""
    return json.loads(result.stdout)
