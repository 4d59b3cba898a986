"""A delivery of several events is in the inbox whole or not at all, whenever the database fails."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import sqlalchemy as sa
from fastapi import FastAPI

from bot.engine import Engine
from bot.hook import Secrets
from bot.sources import hooks
from bot.store import SqlStore, migrate, open_store
from bot.web.hooks import router
from tests.contracts.hooks.world import POLICY, FixedClock
from tests.contracts.sources.payloads import deployment, status
from tests.contracts.sources.test_every_source import TOKEN, credentials

FAILS_AT_THE_SECOND = """
CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM events) > 0 THEN
    RAISE EXCEPTION 'the server was made a stand-by' USING ERRCODE = '25006';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER fails BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION fails();
"""
OF_TWO_SERVICES = {
    "deployment_status": status(environment="Live"),
    "deployment": deployment(environment="Live"),
    "repository": {"full_name": "acme/mono"},
}
"""`search` and `mail` of `POLICY` share this repository and its environment."""


async def kept(store: SqlStore) -> int:
    async def count(db: Any) -> int:
        found: int = (await db.execute(sa.text("SELECT count(*) FROM events"))).scalar_one()
        return found

    return await store.database.read(count)


async def change(store: SqlStore, statement: str) -> None:
    await store.database.write(lambda db: db.execute(sa.text(statement)))


async def test_a_delivery_of_two_events_is_kept_whole_or_not_at_all(
    postgres_database: Callable[[], str],
) -> None:
    url, clock = postgres_database(), FixedClock()
    await migrate(url)
    store = open_store(url, clock=clock)
    secrets = Secrets(github_webhook_secret=TOKEN)
    app = FastAPI()
    app.include_router(router(Engine(store, clock, POLICY), hooks(), lambda: secrets, frozenset))
    body = json.dumps(OF_TWO_SERVICES).encode()
    headers = {**credentials(body), "x-github-event": "deployment_status"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        await change(store, FAILS_AT_THE_SECOND)
        answer = await http.post("/hooks/github", content=body, headers=headers)
        assert (answer.status_code, await kept(store)) == (503, 0)
        await change(store, "DROP TRIGGER fails ON events")
        answer = await http.post("/hooks/github", content=body, headers=headers)
        assert (answer.status_code, await kept(store)) == (200, 2)
    await store.close()
