"""`midwatch doctor` and webhooks."""

import pytest
from fastapi import FastAPI, Response

from bot.sandbox.server import listening
from tests.commands.test_doctor import examined, told
from tests.commands.world import World

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def eve_has(world: World, url: str) -> None:
    world.change("email: eve@example.com", f'webhook: "{url}"')


@pytest.mark.parametrize(
    ("status", "state", "said"),
    [
        (405, "ok", "something answers at eve's"),  # HEAD is not what it expects
        (410, "fail", "eve's says that it is gone (410)"),
        (308, "warn", "eve's leads elsewhere (308), which is not followed"),
        (503, "warn", "eve's answers 503"),
    ],
)
async def test_each_address_is_asked_without_a_page(
    world: World, status: int, state: str, said: str
) -> None:
    app, asked = FastAPI(), list[str]()

    @app.head("/hush")
    async def hook() -> Response:
        asked.append("HEAD")
        return Response(status_code=status)

    async with listening(app) as url:
        eve_has(world, f"{url}/hush")
        _, found = await examined(world, PAGE_WEBHOOK_SECRET=SECRET)
    assert told(found, "webhooks", state) == said
    assert asked == ["HEAD"]
    assert "hush" not in str(found)


async def test_an_address_where_nobody_answers_and_one_without_a_secret_fail(world: World) -> None:
    eve_has(world, "http://127.0.0.1:1/hush")
    code, found = await examined(world, PAGE_WEBHOOK_SECRET=SECRET)
    assert code == 1
    assert told(found, "webhooks", "fail") == "eve's does not answer from here (ConnectError)"
    _, found = await examined(world)
    assert "PAGE_WEBHOOK_SECRET is not set" in told(found, "webhooks", "fail")
