"""A running sandbox, a bot that notes what it is sent, and the real SDKs pointed at them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from bot.sandbox import Person, Sandbox, SandboxSettings, running
from bot.sandbox.server import listening
from bot.sandbox.settings import DEFAULT_SCOPES

ACCOUNT = "AC" + "1" * 32
TOKEN = "a-made-up-auth-token"
NUMBER = "+15005550006"
BOT_TOKEN = "xoxb-made-up"
APP_TOKEN = "xapp-made-up"
SIGNING_SECRET = "a-made-up-signing-secret"
MORE_SCOPES = {"pins:write", "reactions:write", "users.profile:read", "users:read.email"}
ANA, BO = "+15005550101", "+15005550102"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


class Seen:
    """One request to the bot."""

    def __init__(self, request: Request, body: bytes, form: dict[str, str]) -> None:
        self.path = request.url.path
        self.url = str(request.url)
        self.headers = dict(request.headers)
        self.body = body
        self.form = form


class Bot:
    """Stands where Midwatch would: notes every request, answers what it was told to."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[Seen] = []
        self.answers: dict[str, list[Response]] = {}

    def will_answer(self, path: str, *answers: Response) -> None:
        self.answers.setdefault(path, []).extend(answers)

    async def handle(self, request: Request) -> Response:
        body = await request.body()
        is_form = "form" in request.headers.get("content-type", "")
        form = {k: str(v) for k, v in (await request.form()).items()} if is_form else {}
        self.seen.append(Seen(request, body, form))
        waiting = self.answers.get(request.url.path)
        return waiting.pop(0) if waiting else Response(status_code=200)

    def at(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    stand_in = Bot()
    route = Route("/{path:path}", stand_in.handle, methods=["GET", "POST"])
    async with listening(Starlette(routes=[route])) as url:
        stand_in.url = url
        yield stand_in


@pytest.fixture
async def sandbox(bot: Bot, clock: Clock) -> AsyncIterator[Sandbox]:
    settings = SandboxSettings(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        from_number=NUMBER,
        slack_bot_token=BOT_TOKEN,
        slack_signing_secret=SIGNING_SECRET,
        slack_app_token=APP_TOKEN,
        bot_url=bot.url,
        phones=[
            Person("Ana", "IT", ANA, "U0ANA", "ana@example.com", "America/New_York"),
            ("Bo", "Development", BO, "U0BO"),
        ],
        slack_retry_delays_seconds=(0.0, 0.0, 0.0),
        slack_scopes=(DEFAULT_SCOPES | MORE_SCOPES) - {"chat:write.public"},
    )
    world = Sandbox(settings, clock)
    async with running(world):
        yield world


@pytest.fixture
async def twilio(sandbox: Sandbox) -> AsyncIterator[Client]:
    async with AsyncTwilioHttpClient(timeout=5) as http:
        client = Client(ACCOUNT, TOKEN, http_client=http)
        client.api.base_url = sandbox.base_url
        client.messaging.base_url = sandbox.base_url
        yield client


@pytest.fixture
def slack(sandbox: Sandbox) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=f"{sandbox.base_url}/api/", timeout=5)
