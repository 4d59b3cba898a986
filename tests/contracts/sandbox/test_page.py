"""The page's own doors: loopback only, nothing unasked, everything live."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from twilio.rest import Client

from bot.sandbox import Control, DemoControls, NotLoopback, Sandbox, StatusItem, running
from tests.contracts.sandbox.conftest import ANA, NUMBER, Bot


@pytest.fixture
async def page(sandbox: Sandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """A browser on the page."""
    headers = {"X-Sandbox": "1"}
    async with aiohttp.ClientSession(sandbox.base_url, headers=headers) as session:
        yield session


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "::", "example.com", ""])
async def test_the_sandbox_does_not_start_where_others_could_reach_it(
    sandbox: Sandbox, host: str
) -> None:
    with pytest.raises(NotLoopback, match="no sign-in"):
        async with running(Sandbox(sandbox.settings), host):
            pass


async def test_another_name_or_another_sites_page_gets_nothing(
    sandbox: Sandbox, bot: Bot, page: aiohttp.ClientSession
) -> None:
    rebound = await page.get("/sandbox/state", headers={"Host": "evil.example"})
    assert rebound.status == 403
    async with aiohttp.ClientSession(sandbox.base_url) as stranger:
        forged = await stranger.post(f"/sandbox/phones/{ANA}/text", json={"body": "12"})
        assert forged.status == 403
    assert bot.seen == []


async def test_the_page_is_served_with_a_strict_policy_and_its_files(
    page: aiohttp.ClientSession,
) -> None:
    index = await page.get("/")
    assert index.status == 200
    assert "default-src 'self'" in index.headers["Content-Security-Policy"]
    text = await index.text()
    assert "https://" not in text
    for name in ("page.css", "app.js"):
        assert (await page.get(f"/static/{name}")).status == 200


async def test_the_state_has_phones_channels_and_messages(
    page: aiohttp.ClientSession, twilio: Client, slack: AsyncWebClient, sandbox: Sandbox
) -> None:
    await twilio.messages.create_async(to=ANA, from_=NUMBER, body="#12 DOWN")
    await slack.chat_postMessage(channel="#incidents", text="#12 <down>")
    await sandbox.settled()
    state = await (await page.get("/sandbox/state")).json()
    assert [p["name"] for p in state["phones"]] == ["Ana", "Bo"]
    assert state["phones"][0]["texts"][0]["body"] == "#12 DOWN"
    assert state["slack"]["messages"][0]["text"] == "#12 <down>"


async def test_changes_are_streamed_as_they_happen(
    page: aiohttp.ClientSession, twilio: Client, sandbox: Sandbox
) -> None:
    stream = await page.get("/sandbox/stream")
    await twilio.messages.create_async(to=ANA, from_=NUMBER, body="#12 DOWN")
    async with asyncio.timeout(2):
        async for line in stream.content:
            if line.startswith(b"data:"):
                change = json.loads(line[5:])
                break
    assert (change["kind"], change["data"]["body"]) == ("text", "#12 DOWN")
    stream.close()


async def test_people_text_click_and_write_from_the_page(
    page: aiohttp.ClientSession, sandbox: Sandbox, bot: Bot
) -> None:
    await page.post(f"/sandbox/phones/{ANA}/text", json={"body": " 12 "})
    assert bot.seen[0].form["Body"] == "12"
    await page.post(f"/sandbox/phones/{ANA}/set", json={"on": False, "receipts": "sent only"})
    assert not sandbox.twilio.phone("Ana").on
    channel = sandbox.slack.channel("#incidents").id
    said = {"user": "U0ANA", "channel": channel, "text": "hello"}
    await page.post("/sandbox/slack/say", json=said)
    assert sandbox.slack.find("#incidents", "hello").user == "U0ANA"
    await page.post("/sandbox/slack/say", json=said | {"text": "/midwatch stats"})
    assert bot.seen[-1].form["text"] == "stats"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/sandbox/phones/{ANA}/text", {"body": " "}, 400),
        (f"/sandbox/phones/{ANA}/set", {"receipts": "magic"}, 404),
        ("/sandbox/phones/+1999/set", {"on": False}, 404),
        (f"/sandbox/phones/{ANA}/answer", {}, 404),
        ("/sandbox/controls/nothing", {}, 404),
        ("/sandbox/slack/say", {"user": "Ana", "channel": "#nowhere", "text": "x"}, 400),
        ("/sandbox/slack/say", {"user": "nobody", "channel": "#incidents", "text": "x"}, 404),
    ],
)
async def test_a_wrong_deed_is_refused(
    page: aiohttp.ClientSession, path: str, body: dict[str, object], status: int
) -> None:
    assert (await page.post(path, json=body)).status == status


async def test_the_demos_buttons_run_and_the_status_line_is_asked_anew(
    page: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    broken = []

    async def break_it() -> str:
        broken.append("checkout")
        return "checkout answers 503 now"

    sandbox.controls = DemoControls(
        [Control("break", "Break checkout", "HTTP 503", "Services", break_it, "danger")],
        lambda: [StatusItem("checkout", "down" if broken else "up", "bad" if broken else "good")],
    )
    state = await (await page.get("/sandbox/state")).json()
    assert state["controls"][0]["label"] == "Break checkout"
    assert state["status"][0]["value"] == "up"
    done = await (await page.post("/sandbox/controls/break", json={})).json()
    assert done["said"] == "checkout answers 503 now"
    assert (await (await page.get("/sandbox/status")).json())["status"][0]["value"] == "down"
