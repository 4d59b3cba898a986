"""Many services with two people each, and what can be seen of their outages from outside."""

import secrets
from collections import Counter

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.settings import Person, SandboxSettings

PATIENCE_SECONDS = 60.0
"""For anything that takes a second on an idle machine."""
HEAD = """
timezone: UTC
slack: {incidents: "#incidents", support: "#support", releases: "#releases"}
defaults: {every: 500ms, recheck: 100ms, timeout: 5s, failures: 2, successes: 2}
escalation:
  - {page: on_call, by: [sms]}
"""


def config(services: int, url: str = "", storm: int = 1000) -> str:
    """Services that share nobody, so that no text waits for another one's. No `url`: no checks."""
    lines = [HEAD, f"storm: {storm}", "people:"]
    for index in range(2 * services):
        number, slack = phone(index), slack_id(index)
        lines.append(f'  p{index}: {{name: P{index}, phone: "{number}", slack: {slack}}}')
    lines.append("teams:")
    for index in range(services):
        lines.append(f"  it{index}: {{name: IT{index}, members: [p{2 * index}]}}")
        lines.append(f"  dev{index}: {{name: Dev{index}, members: [p{2 * index + 1}]}}")
    lines.append("services:")
    for index in range(services):
        health = f"{url}/services/s{index}/health"
        checks = f'[{{name: health, http: "{health}"}}]' if url else "[]"
        lines.append(f"  s{index}: {{teams: [it{index}, dev{index}], checks: {checks}}}")
    return "\n".join(lines) + "\n"


def phone(index: int) -> str:
    return f"+1500555{1000 + index}"


def slack_id(index: int) -> str:
    return f"U0P{index:03}"


class Seen:
    """The phones and the channel."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def paged(self, index: int) -> bool:
        """Each of its two people has a first page."""
        numbers = (phone(2 * index), phone(2 * index + 1))
        return all(
            any(f"DOWN s{index} " in body for body in self.sandbox.twilio.phone(number).bodies)
            for number in numbers
        )

    async def until_paged(self, count: int) -> None:
        """The people of the first so many services."""
        await self.sandbox.journal.until(
            lambda: all(map(self.paged, range(count))), timeout_seconds=PATIENCE_SECONDS
        )

    def doubled_texts(self) -> list[tuple[str, str]]:
        """(number, words) that came more than once."""
        counts = Counter(
            (number, body)
            for number, one in self.sandbox.twilio.phones.items()
            for body in one.bodies
        )
        return [text for text, times in counts.items() if times > 1]

    def doubled_messages(self) -> list[str]:
        """Keys of Slack messages (threads, replies, posts) that stand there more than once."""
        counts = Counter(
            str((message.metadata or {}).get("event_payload", {}).get("key"))
            for name in ("incidents", "support", "releases")
            for message in self.sandbox.slack.channel(name).messages
        )
        return [key for key, times in counts.items() if times > 1]

    def threads(self) -> int:
        """First messages in the incidents channel that began a thread."""
        return sum(
            str((message.metadata or {}).get("event_payload", {}).get("key")).startswith("thread:")
            for message in self.sandbox.slack.messages("incidents")
        )


def settings(services: int, bot_url: str) -> SandboxSettings:
    people = [
        Person(f"P{index}", "Dev" if index % 2 else "IT", phone(index), slack_id(index))
        for index in range(2 * services)
    ]
    return SandboxSettings(
        account_sid=f"AC{secrets.token_hex(16)}",
        auth_token=secrets.token_hex(16),
        from_number="+15005550006",
        slack_bot_token=f"xoxb-{secrets.token_hex(12)}",
        slack_signing_secret=secrets.token_hex(16),
        slack_app_token=f"xapp-{secrets.token_hex(12)}",
        bot_url=bot_url,
        phones=people,
    )
