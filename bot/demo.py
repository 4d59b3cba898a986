"""`midwatch demo`: the whole thing on one machine, with a local Twilio, Slack and two services.

No account, no internet. Everything is made up for this run and gone after it.
"""

import asyncio
import contextlib
import io
import logging
import secrets
import shlex
import sys
import tempfile
from base64 import b64encode
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from fastapi import FastAPI

from bot import demo_history
from bot.demo_controls import Deeds, demo_controls
from bot.demo_pipeline import STAGING
from bot.importing.take import take
from bot.logs import configure
from bot.running import prepare, serve
from bot.sandbox.controls import StatusItem
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.server import listening, running
from bot.sandbox.services import DemoService, router
from bot.sandbox.settings import Person, SandboxSettings
from bot.wiring import Midwatch, build
from config import load

PORT = 8000
LONDON = ZoneInfo("Europe/London")
PEOPLE = (
    Person("Ana", "IT", "+15005550101", "U0ANA"),
    Person("Mia", "IT", "+15005550103", "U0MIA"),
    Person("Bo", "Development", "+15005550102", "U0BO"),
    Person("Kai", "Development", "+15005550104", "U0KAI"),
)


async def main(port: int = PORT, sandbox_port: int = PORT + 1) -> None:
    """Start the sandbox, two services and the bot; end on Ctrl-C."""
    configure("text", logging.WARNING)  # the page tells the night; the links stay in view
    with tempfile.TemporaryDirectory(prefix="midwatch-demo-") as folder:
        async with contextlib.AsyncExitStack() as stack:
            await _run(Path(folder), port, sandbox_port, stack)


async def _run(
    folder: Path, port: int, sandbox_port: int, stack: contextlib.AsyncExitStack
) -> None:
    bot_url = f"http://127.0.0.1:{port}"
    sandbox = Sandbox(sandbox_settings(bot_url))
    sandbox_url = await stack.enter_async_context(running(sandbox, port=sandbox_port))
    live = {"checkout": "checkout", "payments": "payments", STAGING: "payments"}
    services = {
        name: DemoService(name, f"v1.{demo_history.LAST_VERSION[of]}") for name, of in live.items()
    }
    services_app = FastAPI()
    services_app.include_router(router(services))
    env = environment(sandbox.settings, folder, sandbox_url, bot_url, port)
    deeds = Deeds(sandbox, services, bot_url, env["HOOK_TOKEN"], env["RELEASE_WEBHOOK_SECRET"])
    services_app.include_router(deeds.pipeline.routes())
    services_url = await stack.enter_async_context(listening(services_app))
    path = _config(folder, services_url, sandbox_url)
    midwatch = await build(load(path, env, demo=True), env, demo=True)
    beside = _beside(folder, env | {"MIDWATCH_CONFIG": str(path)})
    sandbox.controls = demo_controls(deeds, lambda: _status(midwatch, services), bot_url)
    await _past(midwatch)
    hello = asyncio.create_task(_hello(deeds, midwatch, sandbox_url, beside))
    try:
        await serve(midwatch, host="127.0.0.1")
    finally:
        hello.cancel()


def sandbox_settings(bot_url: str) -> SandboxSettings:
    """A sandbox with secrets of its own, made up for this run."""
    return SandboxSettings(
        account_sid=f"AC{secrets.token_hex(16)}",
        auth_token=secrets.token_hex(16),
        from_number="+15005550006",
        slack_bot_token=f"xoxb-{secrets.token_hex(20)}",
        slack_signing_secret=secrets.token_hex(16),
        slack_app_token=f"xapp-{secrets.token_hex(20)}",
        bot_url=bot_url,
        webhook_secret=f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
        phones=PEOPLE,
        receipt_delay_seconds=0.6,
        channels=("incidents", "support", "releases", "leads"),
    )


def environment(
    settings: SandboxSettings, folder: Path, sandbox_url: str, bot_url: str, port: int
) -> dict[str, str]:
    """What a real installation would have in its environment, pointed at the sandbox."""
    return {
        "DATABASE_URL": f"sqlite:///{folder}/midwatch.db",
        "PORT": str(port),
        "PUBLIC_URL": bot_url,
        "SECRET_KEY": secrets.token_hex(24),
        "HOOK_TOKEN": secrets.token_hex(16),
        "API_TOKEN": secrets.token_hex(16),
        "RELEASE_WEBHOOK_SECRET": f"whsec_{b64encode(secrets.token_bytes(32)).decode()}",
        "TWILIO_ACCOUNT_SID": settings.account_sid,
        "TWILIO_AUTH_TOKEN": settings.auth_token,
        "TWILIO_FROM": settings.from_number,
        "TWILIO_API_URL": sandbox_url,
        "SLACK_BOT_TOKEN": settings.slack_bot_token,
        "SLACK_SIGNING_SECRET": settings.slack_signing_secret,
        "SLACK_API_URL": f"{sandbox_url}/api/",
        "PAGE_WEBHOOK_SECRET": settings.webhook_secret,
    }


def _config(folder: Path, services_url: str, sandbox_url: str) -> Path:
    text = (Path(__file__).parent / "demo_config.yaml").read_text(encoding="utf-8")
    path = folder / "midwatch.yaml"
    today = f"{datetime.now(LONDON):%Y-%m-%d}"
    text = text.replace("SERVICES", services_url).replace("TODAY", today)
    text = text.replace("WEBHOOKS", f"{sandbox_url}/webhooks")
    path.write_text(text, encoding="utf-8")
    return path


def _beside(folder: Path, env: dict[str, str]) -> Path:
    """A file for a shell that wants to run `midwatch doctor` and the like beside the demo."""
    path = folder / "environment"
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in env.items()]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def _status(midwatch: Midwatch, services: dict[str, DemoService]) -> list[StatusItem]:
    items = [
        StatusItem(name, f"{one.version} {_state(one)}", "good" if one.status < 400 else "bad")
        for name, one in services.items()
    ]
    failing = midwatch.troubles.failing.items()
    away = [f"{part.title()} since {at.astimezone():%H:%M:%S}" for part, (at, _detail) in failing]
    if away:
        items.append(StatusItem("Midwatch", f"cannot reach {', '.join(away)}", "bad"))
    return items


def _state(service: DemoService) -> str:
    if service.status >= 400:
        return str(service.status)
    return "slow" if service.slow_seconds else "up"


async def _past(midwatch: Midwatch) -> None:
    """A year to look at and to weigh against, by the way that an import takes, before it runs."""
    await prepare(midwatch.settings.database_url.get_secret_value())
    now = midwatch.clock.now()
    stream = io.BytesIO("\n".join(demo_history.lines(now)).encode())
    policy, history = midwatch.engine.policy, midwatch.store.history
    taken = await take(
        stream, history, policy, now, by="midwatch", name="the demo's year", pause_seconds=0
    )
    assert not taken.problems, taken.problems[0]


async def _hello(deeds: Deeds, midwatch: Midwatch, sandbox_url: str, beside: Path) -> None:
    """Where to look, once it answers."""
    for _try in range(100):
        if await deeds.up():
            break
        await asyncio.sleep(0.1)
    link = midwatch.sessions.link("ana")
    sys.stdout.write(
        f"\n  Midwatch demo\n\n"
        f"  Phones and Slack, side by side:  {sandbox_url}\n"
        f"  Midwatch's own pages, as Ana:    {link}\n"
        f"  For commands in another shell:   . {beside}\n\n"
        f"  Break a service, read the texts, answer them. Ctrl-C ends it.\n\n"
    )
    sys.stdout.flush()
