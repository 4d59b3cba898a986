"""The payloads of buttons, forms, commands and events, in Slack's shapes. Pure."""

import time
import uuid
from typing import Any

from bot.sandbox.settings import SandboxSettings
from bot.sandbox.slack.records import Channel, Json, SlackMessage, User

LEGACY_TOKEN = "legacy"  # noqa: S105 - verification tokens are dead; the field is still sent


def actor(user: User, settings: SandboxSettings) -> Json:
    """The user object inside payloads."""
    return {
        "id": user.id,
        "username": user.handle,
        "name": user.handle,
        "team_id": settings.slack_team_id,
    }


def common(kind: str, user: User, trigger: str, settings: SandboxSettings) -> Json:
    """What every interactive payload begins with."""
    return {
        "type": kind,
        "user": actor(user, settings),
        "api_app_id": settings.slack_app_id,
        "token": LEGACY_TOKEN,
        "team": {"id": settings.slack_team_id, "domain": settings.slack_team_name.lower()},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": trigger,
    }


def in_message(channel: Channel, message: SlackMessage) -> Json:
    """Where a click on a message happened."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral_to is not None,
    }
    if message.thread_ts is not None:
        container["thread_ts"] = message.thread_ts
    name = "directmessage" if channel.user is not None else channel.name
    return {
        "container": container,
        "channel": {"id": channel.id, "name": name},
        "message": message.to_json(),
    }


def action(element: Json, value: Any) -> Json:
    """The action that using an element sends; `value` is what was chosen or typed."""
    kind = element["type"]
    body: Json = {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": element.get("block_id", ""),
        "action_ts": f"{time.time():.6f}",
    }
    if kind == "button":
        kept = {k: element[k] for k in ("text", "value", "style", "url") if k in element}
        return body | kept
    return body | state_value(element, value)


def state_value(element: Json, value: Any) -> Json:
    """How an element's present value stands in `state.values`."""
    kind = element["type"]
    if kind in ("static_select", "radio_buttons", "overflow", "external_select"):
        return {"type": kind, "selected_option": _option(element, value)}
    if kind in ("checkboxes", "multi_static_select", "multi_external_select"):
        chosen = [_option(element, one) for one in (value or [])]
        return {"type": kind, "selected_options": chosen}
    names = {
        "datepicker": "selected_date",
        "timepicker": "selected_time",
        "datetimepicker": "selected_date_time",
        "users_select": "selected_user",
        "multi_users_select": "selected_users",
        "conversations_select": "selected_conversation",
        "channels_select": "selected_channel",
        "rich_text_input": "rich_text_value",
    }
    return {"type": kind, names.get(kind, "value"): value}


def _option(element: Json, value: Any) -> Json | None:
    """The option with this value (or label)."""
    groups = element.get("option_groups") or []
    options = [*(element.get("options") or []), *(o for g in groups for o in g["options"])]
    for option in options:
        if value in (option.get("value"), option["text"]["text"]):
            return {"text": option["text"], "value": option.get("value")}
    return None


def initial_value(element: Json) -> Any:
    """What an input holds before anybody touched it."""
    if "initial_option" in element:
        return element["initial_option"].get("value")
    if "initial_options" in element:
        return [option.get("value") for option in element["initial_options"]]
    for name in ("initial_value", "initial_date", "initial_time", "initial_user"):
        if name in element:
            return element[name]
    return element.get("initial_date_time")


def event(inner: Json, at: float, settings: SandboxSettings) -> Json:
    """An Events API callback around an event."""
    return {
        "token": LEGACY_TOKEN,
        "team_id": settings.slack_team_id,
        "api_app_id": settings.slack_app_id,
        "event": inner,
        "type": "event_callback",
        "event_id": f"Ev{uuid.uuid4().hex[:9].upper()}",
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": settings.slack_team_id,
                "user_id": settings.slack_bot_user,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-{uuid.uuid4().hex}",
    }


def command(
    user: User, channel: Channel, words: str, urls: tuple[str, str], settings: SandboxSettings
) -> Json:
    """A slash command; `urls` are (response_url, trigger_id)."""
    name, _, text = words.strip().partition(" ")
    return {
        "token": LEGACY_TOKEN,
        "team_id": settings.slack_team_id,
        "team_domain": settings.slack_team_name.lower(),
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": user.id,
        "user_name": user.handle,
        "command": name,
        "text": text.strip(),
        "api_app_id": settings.slack_app_id,
        "is_enterprise_install": "false",
        "response_url": urls[0],
        "trigger_id": urls[1],
    }
