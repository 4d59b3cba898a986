"""`doctor`: green where all is well, and for every part what is wrong and how to mend it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.clock import SystemClock
from bot.core.scene import Decision, Mark
from bot.ports import StoredResult
from bot.sandbox import ChannelSpec, Sandbox, running
from bot.sandbox.server import listening
from bot.sandbox.settings import DEFAULT_SCOPES
from bot.store import migrate, open_store, the_only_run
from tests.commands.world import SECRETS, World, read, sandbox_of
from tests.house.database import migrated


@pytest.fixture
async def sandbox(world: World) -> AsyncIterator[Sandbox]:
    """A world whose accounts work and whose database is there."""
    migrated(world.database_url)
    made = sandbox_of()
    async with running(made):
        world.with_sandbox(made)
        yield made


async def examined(world: World, **env: str | None) -> tuple[int, list[tuple[str, str, str]]]:
    """The exit code, and (part, state, what) of every finding."""
    result = await world.runs("doctor", "--json", env=env)
    found = read(result)
    assert found["ok"] is (result.exit_code == 0)
    assert not [secret for secret in SECRETS if secret in result.output]
    return result.exit_code, [(it["part"], it["state"], it["what"]) for it in found["findings"]]


def told(found: list[tuple[str, str, str]], part: str, state: str) -> str:
    return " | ".join(what for of, how, what in found if (of, how) == (part, state))


async def test_where_all_is_well_it_says_so_part_by_part(world: World, sandbox: Sandbox) -> None:
    code, found = await examined(world)
    assert code == 0, found
    assert "the account is active" in told(found, "Twilio", "ok")
    assert "can send texts" in told(found, "Twilio", "ok")
    assert "the token works" in told(found, "Slack", "ok")
    assert "posts incidents in #incidents" in told(found, "Slack", "ok")
    assert "member IDs of 2 people" in told(found, "Slack", "ok")
    assert "SQLite is up to date" in told(found, "database", "ok")


async def test_people_read_a_table_that_ends_with_the_counts(
    world: World, sandbox: Sandbox
) -> None:
    result = await world.runs("doctor")
    assert result.exit_code == 0
    assert "Midwatch is fit." in result.stdout
    assert " ok" in result.stdout.splitlines()[-2]


async def test_what_is_not_set_is_off_with_what_that_means(world: World) -> None:
    migrated(world.database_url)
    code, found = await examined(world, SECRET_KEY=None)
    assert code == 1
    assert "Slack" in told(found, "SLACK_BOT_TOKEN", "off")
    assert "sign-in" in told(found, "SECRET_KEY", "off")
    assert "the teams it and development can be paged" in told(found, "people", "fail")


async def test_a_bad_configuration_is_all_that_can_be_told(world: World) -> None:
    world.change("members: [ana]", "members: [anna]")
    code, found = await examined(world)
    assert code == 2
    assert "teams.it.members[0]: unknown person" in told(found, "configuration", "fail")
    assert len(found) == 1


async def test_tokens_that_are_refused_fail(world: World, sandbox: Sandbox) -> None:
    env = {"TWILIO_AUTH_TOKEN": "f" * 32, "SLACK_BOT_TOKEN": "xoxb-of-somebody-else"}
    code, found = await examined(world, **env)
    assert code == 1
    assert "refuses TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN" in told(found, "Twilio", "fail")
    assert "refuses SLACK_BOT_TOKEN (invalid_auth)" in told(found, "Slack", "fail")


async def test_while_tokens_rotate_both_are_looked_at(world: World, sandbox: Sandbox) -> None:
    good = world.env["TWILIO_AUTH_TOKEN"]
    code, found = await examined(world, TWILIO_AUTH_TOKEN_NEXT="a" * 31 + "b3c4")
    assert code == 0
    assert "TWILIO_AUTH_TOKEN_NEXT is refused" in told(found, "Twilio", "warn")
    env = {"TWILIO_AUTH_TOKEN": "0f1e2d3c" * 4, "TWILIO_AUTH_TOKEN_NEXT": good}
    _, found = await examined(world, **env)
    assert "only TWILIO_AUTH_TOKEN_NEXT works" in told(found, "Twilio", "warn")
    assert "can send texts" in told(found, "Twilio", "ok")


async def test_a_number_of_somebody_else_fails(world: World, sandbox: Sandbox) -> None:
    code, found = await examined(world, TWILIO_FROM="+15005550009")
    assert code == 1
    assert "TWILIO_FROM is not a number of this account" in told(found, "Twilio", "fail")
    code, found = await examined(world, TWILIO_CALL_FROM="+15005550009")
    assert code == 1
    assert "TWILIO_CALL_FROM is not a number of this account" in told(found, "Twilio", "fail")


async def test_a_messaging_service_is_looked_up(world: World, sandbox: Sandbox) -> None:
    code, found = await examined(world, TWILIO_FROM=sandbox.settings.messaging_service_sid)
    assert code == 0, found
    assert "1 number(s) that can text" in told(found, "Twilio", "ok")
    assert "can call" not in told(found, "Twilio", "ok"), "a messaging service cannot"
    code, found = await examined(world, TWILIO_FROM="MG" + "9" * 32)
    assert code == 1
    assert "does not exist" in told(found, "Twilio", "fail")


async def test_replies_must_come_to_this_midwatch(world: World, sandbox: Sandbox) -> None:
    sandbox.settings.bot_url = "https://midwatch.example.com"
    _, found = await examined(world, PUBLIC_URL="http://127.0.0.1:9")
    assert "replies go elsewhere" in told(found, "Twilio", "warn")
    assert "does not answer from here" in told(found, "PUBLIC_URL", "warn")
    sandbox.settings.bot_url = "http://127.0.0.1:9"
    _, found = await examined(world, PUBLIC_URL="http://127.0.0.1:9")
    assert "replies come to this Midwatch" in told(found, "Twilio", "ok")


async def test_a_trial_account_is_a_warning(world: World) -> None:
    async with running(sandbox := sandbox_of(trial=True)):
        world.with_sandbox(sandbox)
        _, found = await examined(world)
    assert "trial" in told(found, "Twilio", "warn")


async def test_without_the_scope_for_private_channels_the_public_ones_are_still_looked_up(
    world: World,
) -> None:
    scopes = DEFAULT_SCOPES - {"groups:read", "groups:history"}
    async with running(sandbox := sandbox_of(slack_scopes=scopes)):
        world.with_sandbox(sandbox)
        _code, found = await examined(world)
    assert told(found, "Slack", "fail") == ""
    assert "groups:read (private channels)" in told(found, "Slack", "warn")
    assert "posts incidents in #incidents" in told(found, "Slack", "ok")


async def test_the_token_for_socket_mode_is_tried(world: World, sandbox: Sandbox) -> None:
    _, found = await examined(world, SLACK_APP_TOKEN="xapp-made-up")
    assert "opens a connection (Socket Mode)" in told(found, "Slack", "ok")
    code, found = await examined(world, SLACK_APP_TOKEN="xapp-another")
    assert code == 1
    assert "refuses SLACK_APP_TOKEN (invalid_auth)" in told(found, "Slack", "fail")


async def test_slack_scopes_channels_and_people_are_looked_up(world: World) -> None:
    world.change('"#releases"', '"#nowhere", digest: "#leads"')
    world.change("slack: U0BO", "slack: U0GONE")
    channels = [
        ChannelSpec("incidents", bot_is_member=False),
        ChannelSpec("support", bot_is_member=False, private=True),
    ]
    scopes = frozenset({"chat:write", "channels:read", "groups:read", "users:read"})
    async with running(sandbox := sandbox_of(channels=channels, slack_scopes=scopes)):
        world.with_sandbox(sandbox)
        code, found = await examined(world)
    said = told(found, "Slack", "fail")
    assert code == 1
    assert "the scope channels:history is missing" in said
    assert "the scope commands is missing" in said
    assert "not in the channel #incidents" in said
    assert "the channel #support (support) does not exist, or is private" in said
    assert "the channel #nowhere (releases) does not exist" in said
    assert "the channel #leads (digest) does not exist" in said
    pictures = "files:write (pictures of `/midwatch stats` and of the Monday digest)"
    assert pictures in told(found, "Slack", "warn")
    assert "people.bo.slack is not a member" in said
    assert "ana" not in said


async def test_accounts_that_cannot_be_reached_fail_in_words(world: World) -> None:
    migrated(world.database_url)
    world.with_sandbox(sandbox_of())
    nowhere = {
        "TWILIO_API_URL": "http://127.0.0.1:9",
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_TOKEN": "ghp_made_up_token_0123",
    }
    code, found = await examined(world, **nowhere)
    assert code == 1
    for part in ("Twilio", "Slack", "GitHub"):
        assert "cannot be reached" in told(found, part, "fail")
    assert "no other clock" in told(found, "clock", "warn")


async def test_twilio_cannot_call_back_to_this_machine_only(world: World) -> None:
    world.with_sandbox(sandbox_of())
    env = {"TWILIO_API_URL": "http://twilio.invalid", "PUBLIC_URL": "http://localhost:8000"}
    _, found = await examined(world, SLACK_BOT_TOKEN=None, SLACK_API_URL=None, **env)
    assert "is this machine only" in told(found, "PUBLIC_URL", "fail")


@pytest.mark.parametrize(
    ("status", "state", "words"),
    [
        (200, "ok", "acme/checkout can be read"),
        (401, "fail", "refuses GITHUB_TOKEN"),
        (403, "fail", "may not read the deployments of acme/checkout"),
        (404, "fail", "there is no acme/checkout"),
        (502, "warn", "answers HTTP 502"),
    ],
)
async def test_github_is_asked_for_each_repository(
    world: World, status: int, state: str, words: str
) -> None:
    asked: list[str] = []

    async def deployments(request: Request) -> Response:
        asked.append(request.headers["authorization"])
        return JSONResponse([], status)

    routes = [Route("/repos/acme/checkout/deployments", deployments)]
    async with listening(Starlette(routes=routes)) as url:
        env = {"GITHUB_API_URL": url, "GITHUB_TOKEN": "ghp_made_up_token_0123"}
        _, found = await examined(world, **env)
    assert words in told(found, "GitHub", state)
    assert asked == ["Bearer ghp_made_up_token_0123"]


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (timedelta(), "ok", "agrees with that of GitHub"),
        (timedelta(seconds=-30), "warn", "ahead of the clock of GitHub"),
        (timedelta(hours=1), "fail", "behind the clock of GitHub"),
    ],
)
async def test_the_clock_is_compared_with_those_of_others(
    world: World, ahead: timedelta, state: str, words: str
) -> None:
    async def deployments(_request: Request) -> Response:
        date = format_datetime(SystemClock().now() + ahead, usegmt=True)
        return JSONResponse([], headers={"Date": date})

    routes = [Route("/repos/acme/checkout/deployments", deployments)]
    async with listening(Starlette(routes=routes)) as url:
        env = {"GITHUB_API_URL": url, "GITHUB_TOKEN": "ghp_made_up_token_0123"}
        _, found = await examined(world, **env)
    assert words in told(found, "clock", state)


async def test_a_database_that_is_not_there_yet_is_a_warning(world: World) -> None:
    _, found = await examined(world)
    assert "is not there yet" in told(found, "database", "warn")
    assert not (world.folder / "midwatch.db").exists()


async def test_a_database_that_is_old_fails(world: World) -> None:
    (world.folder / "midwatch.db").touch()
    code, found = await examined(world)
    assert code == 1
    assert "not up to date" in told(found, "database", "fail")


async def test_a_file_that_is_no_database_fails_in_words(world: World) -> None:
    (world.folder / "midwatch.db").write_text("this is a letter, not a database " * 100)
    code, found = await examined(world)
    assert code == 1
    assert "not a database" in told(found, "database", "fail")


async def test_it_says_whether_a_midwatch_runs(world: World) -> None:
    migrated(world.database_url)
    _, found = await examined(world)
    assert "no Midwatch runs on it now" in told(found, "database", "warn")
    with the_only_run(world.database_url):
        _, found = await examined(world)
    assert "a Midwatch runs on it" in told(found, "database", "ok")


async def test_on_postgresql_its_clock_is_compared_too(
    world: World, postgres_database: Any
) -> None:
    url = postgres_database()
    _, found = await examined(world, DATABASE_URL=url)
    assert "not up to date" in told(found, "database", "fail")
    await migrate(url)
    _, found = await examined(world, DATABASE_URL=url)
    assert "PostgreSQL is up to date" in told(found, "database", "ok")
    assert told(found, "clock", "ok") == "agrees with that of the database"


async def test_marked_phones_and_complaining_sources_are_shown(world: World) -> None:
    migrated(world.database_url)
    clock = SystemClock()
    store = open_store(world.database_url, clock=clock)
    now = clock.now()
    marks = (Mark("ana", "sms", "opted_out", now), Mark("kai", "sms", "landline", now))
    async with store.transaction() as transaction:
        await transaction.save(Decision(marks=marks), now)
    await store.note_source("deployments", now)
    await store.note_source("github", now, error="acme/unknown: no such repository")
    await store.close()
    code, found = await examined(world, GITHUB_WEBHOOK_SECRET="a-secret-of-github-4711")
    assert code == 1
    assert "ana's phone has opted out" in told(found, "people", "fail")
    assert "kai's phone is a landline" in told(found, "people", "fail")
    assert "deployments: last good 0 s ago" in told(found, "sources", "ok")
    assert "no such repository" in told(found, "sources", "warn")


async def test_what_the_database_knows_of_checks_senders_and_jobs_is_told(world: World) -> None:
    world.add("  backup: {checks: [{heartbeat: nightly, period: 1d, name: nightly}]}\n")
    world.add("senders: {ci: [deployments]}\n")
    migrated(world.database_url)
    clock = SystemClock()
    store, now = open_store(world.database_url, clock=clock), clock.now()
    words = "Midwatch has too many open files"
    results = [
        StoredResult("checkout", "health", "http", "unknown", "own_limits", words, now),
        StoredResult("backup", "nightly", "heartbeat", "up", "waiting", "due", now),
    ]
    await store.add_results(results)
    await store.heartbeats(["nightly"], now)
    await store.note_source("sender ci", now)
    await store.close()
    code, found = await examined(world, HOOK_TOKEN_CI="a-token-of-the-pipeline")
    assert code == 1
    assert words in told(found, "checks", "fail")
    assert "backup/nightly: has never called in" in told(found, "checks", "warn")
    assert "1 check probed lately: 1 up" in told(found, "checks", "ok")
    assert "ci (may send deployments): heard of" in told(found, "senders", "ok")
    assert "no deployment of checkout was ever reported" in told(found, "sources", "warn")


async def test_a_canary_that_is_not_up_fails(world: World) -> None:
    async def fine(_request: Request) -> Response:
        return Response("ok")

    async with listening(Starlette(routes=[Route("/", fine)])) as url:
        world.add(f'canaries: ["{url}/", "http://127.0.0.1:9/"]\n')
        code, found = await examined(world)
    assert code == 1
    assert "is up" in told(found, "canaries", "ok")
    assert "127.0.0.1:9/ is not up" in told(found, "canaries", "fail")


async def test_a_rota_that_has_not_begun_is_a_warning(world: World) -> None:
    world.change('starts: "2026-11-23 09:00"', 'starts: "2999-01-04 09:00"')
    _, found = await examined(world)
    assert "the rota begins in the future" in told(found, "configuration", "warn")
