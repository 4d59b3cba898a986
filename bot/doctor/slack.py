"""Slack: the token, its scopes, each configured channel, and people's member IDs."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.doctor.clocks import from_header
from bot.doctor.finding import Finding, fail, ok, warn
from bot.doctor.look import LOOK_SECONDS, Seen
from bot.slack.client import new_session, slack_client
from config import Config

PART = "Slack"
NEEDED = {
    "chat:write": "threads, replies and private answers",
    "channels:read": "finding channels by their name",
    "channels:history": "reading its own messages back after a crash",
    "im:write": "private pages",
    "commands": "/midwatch",
    "users:read": "whether a configured member is there",
}
USEFUL = {
    "channels:join": "joining a public channel by itself",
    "groups:read": "private channels",
    "groups:history": "private channels",
    "files:write": "pictures of `/midwatch stats` and of the Monday digest",
    "im:history": "words written to it directly",
    "app_mentions:read": "being mentioned",
    "metadata.message:read": "finding a message again after a crash",
}
"""The manifest in config/ asks for all of them."""
MOST_PAGES = 10
MOST_PEOPLE = 200
AT_ONCE = 8
_MANIFEST = "take config/slack-manifest.yaml for the app, then install it again"


async def look(config: Config) -> Seen:
    """Everything about Slack; nothing where there is no token (the missing variable says so)."""
    token = config.settings.slack_bot_token
    if token is None:
        return Seen()
    async with new_session(LOOK_SECONDS) as session:
        client = slack_client(
            token.get_secret_value(), config.settings.slack_api_url, session=session
        )
        try:
            return await _look(client, config)
        except SlackApiError as error:
            return Seen([_refused(_code(error))])
        except (aiohttp.ClientError, OSError) as error:
            what = f"cannot be reached ({type(error).__name__}): texts carry the facts meanwhile"
            return Seen([fail(PART, what, "look at SLACK_API_URL and this machine's network")])


async def _look(client: AsyncWebClient, config: Config) -> Seen:
    before = datetime.now(UTC)
    answer = await client.auth_test()
    headers = {str(name).lower(): str(value) for name, value in answer.headers.items()}
    seen = Seen(heard=from_header(PART, headers.get("date"), before, datetime.now(UTC)))
    team = str(answer.get("team", ""))[:80]
    seen.findings.append(ok(PART, f"the token works, in the workspace {team}"))
    given = {word.strip() for word in headers.get("x-oauth-scopes", "").split(",") if word.strip()}
    seen.findings += _scopes(given) if given else []
    seen.findings += await _socket(client, config)
    channels, people = await asyncio.gather(
        _channels(client, config, given), _people(client, config)
    )
    seen.findings += [*channels, *people]
    return seen


async def _socket(client: AsyncWebClient, config: Config) -> list[Finding]:
    """Whether the app-level token opens a connection for Socket Mode, if that is wanted."""
    token = config.settings.slack_app_token
    if token is None:
        return []
    try:
        await client.apps_connections_open(app_token=token.get_secret_value())
    except SlackApiError as error:
        what = f"refuses SLACK_APP_TOKEN ({_code(error)}): no button or command works"
        mend = "Basic Information, App-Level Tokens: one with connections:write; Socket Mode on"
        return [fail(PART, what, mend)]
    return [ok(PART, "SLACK_APP_TOKEN opens a connection (Socket Mode)")]


def _refused(code: str) -> Finding:
    if code in ("invalid_auth", "not_authed", "token_revoked", "account_inactive", "token_expired"):
        return fail(PART, f"refuses SLACK_BOT_TOKEN ({code})", "copy it from OAuth & Permissions")
    if code == "ratelimited":
        return warn(PART, "wants to be asked later (rate limit)", "run doctor again in a minute")
    return fail(PART, f"refused the question ({code})", _MANIFEST)


def _code(error: SlackApiError) -> str:
    found = error.response.get("error") if error.response is not None else None
    return str(found or "unknown")[:60]


def _scopes(given: Collection[str]) -> Iterable[Finding]:
    for scope, use in NEEDED.items():
        if scope not in given:
            yield fail(PART, f"the scope {scope} is missing: {use}", _MANIFEST)
    lacking = [f"{scope} ({use})" for scope, use in USEFUL.items() if scope not in given]
    if lacking:
        yield warn(PART, f"scopes that would help: {', '.join(lacking)}", _MANIFEST)
    elif not set(NEEDED) - set(given):
        yield ok(PART, "it has every scope")


async def _channels(
    client: AsyncWebClient, config: Config, given: Collection[str]
) -> list[Finding]:
    if config.slack is None:
        return [
            warn(PART, "no channel is configured: no thread opens", "write `slack:` (channels)")
        ]
    spec = config.slack
    wanted = {
        name: channel
        for name in ("incidents", "support", "releases", "digest")
        if (channel := getattr(spec, name))
    }
    try:
        listed = await _listed(client, set(wanted.values()), given)
    except SlackApiError as error:
        return [_refused(_code(error))]
    joins = bool({"channels:join", "chat:write.public"} & set(given))
    return [_channel(name, said, listed, joins) for name, said in wanted.items()]


async def _listed(
    client: AsyncWebClient, wanted: set[str], given: Collection[str]
) -> dict[str, Mapping[str, Any]]:
    """Channels by name and by ID, until all that are wanted were met.

    Private ones need a scope of their own, without which Slack would refuse the whole question.
    """
    lacking = given and "groups:read" not in given
    kinds = "public_channel" if lacking else "public_channel,private_channel"
    found: dict[str, Mapping[str, Any]] = {}
    cursor = ""
    for _ in range(MOST_PAGES):
        answer = await client.conversations_list(types=kinds, limit=999, cursor=cursor or None)
        for item in answer.get("channels") or []:
            found[f"#{item.get('name')}"] = found[str(item.get("id"))] = item
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor or wanted <= set(found):
            break
    return found


def _channel(name: str, said: str, listed: Mapping[str, Mapping[str, Any]], joins: bool) -> Finding:
    item = listed.get(said) or listed.get(f"#{said.removeprefix('#')}")
    if item is None:
        what = f"the channel {said} ({name}) does not exist, or is private without Midwatch in it"
        return fail(PART, what, "make it, or write /invite @Midwatch there")
    if item.get("is_archived"):
        return fail(PART, f"the channel {said} ({name}) is archived", "name another one")
    if item.get("is_member"):
        return ok(PART, f"posts {name} in {said}")
    if joins and not item.get("is_private"):
        return ok(PART, f"posts {name} in {said}, which it joins by itself")
    return fail(PART, f"is not in the channel {said} ({name})", "write /invite @Midwatch there")


async def _people(client: AsyncWebClient, config: Config) -> list[Finding]:
    members = {key: item.slack for key, item in config.people.items() if item.slack}
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(key: str, member: str) -> Finding | None:
        async with turns:
            return await _member(client, key, member)

    some = list(members.items())[:MOST_PEOPLE]
    found = [item for item in await asyncio.gather(*(one(*pair) for pair in some)) if item]
    if members and not found:
        found.append(ok(PART, f"knows the member IDs of {len(some)} people"))
    if len(members) > MOST_PEOPLE:
        found.append(warn(PART, f"only the first {MOST_PEOPLE} member IDs were looked up"))
    return found


async def _member(client: AsyncWebClient, key: str, member: str) -> Finding | None:
    """What is wrong with one member ID, if anything."""
    try:
        answer = await client.users_info(user=member)
    except SlackApiError as error:
        code = _code(error)
        if code in ("user_not_found", "users_not_found", "user_not_visible"):
            mend = "Slack: profile, three dots, Copy member ID"
            return fail(PART, f"people.{key}.slack is not a member of the workspace", mend)
        return warn(PART, f"people.{key}.slack could not be looked up ({code})")
    user = answer.get("user") or {}
    if user.get("deleted"):
        return fail(PART, f"people.{key}.slack is deactivated", "name another member, or nobody")
    if user.get("is_bot"):
        return fail(PART, f"people.{key}.slack is a bot, not a person", "copy a person's member ID")
    return None
