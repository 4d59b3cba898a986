"""Slack's payloads, read into what the listeners need. Pure, and tolerant: None for what is odd."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.events import Actor
from bot.core.policy import Policy

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Click:
    """A button. `key` is the same each time Slack tells of the same click."""

    key: str
    action: str
    value: str
    user: str
    name: str
    trigger: str
    response_url: str | None
    at_home: bool = False

    @property
    def number(self) -> int | None:
        """The incident: the value's first word."""
        first = self.value.partition(" ")[0]
        return int(first) if first.isascii() and first.isdigit() and len(first) < 10 else None

    @property
    def rest(self) -> str | None:
        """What follows the number: a deployment's id."""
        return self.value.partition(" ")[2] or None


@dataclass(frozen=True, slots=True)
class Said:
    """A slash command, a direct message or a mention."""

    key: str
    text: str
    user: str
    name: str
    response_url: str | None = None
    retry: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """A form that was sent. `values` are plain values by block id."""

    key: str
    user: str
    name: str
    private: str
    values: Mapping[str, str]


def click(body: Json) -> Click | None:
    """A `block_actions` payload."""
    actions, user = body.get("actions"), _user(body)
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        return None
    if user is None:
        return None
    action, container = actions[0], _dict(body.get("container"))
    place = _text(container.get("message_ts")) or _text(container.get("view_id"))
    name = _text(action.get("action_id"))
    at = _text(action.get("action_ts"))
    return Click(
        key=f"slack:click:{place}:{name}:{user[0]}:{at}"[:250],
        action=name,
        value=_text(action.get("value")),
        user=user[0],
        name=user[1],
        trigger=_text(body.get("trigger_id")),
        response_url=_text(body.get("response_url")) or None,
        at_home=_dict(body.get("view")).get("type") == "home",
    )


def command(body: Json) -> Said | None:
    """A slash command's form."""
    user, trigger = _text(body.get("user_id")), _text(body.get("trigger_id"))
    if not user or not trigger:
        return None
    return Said(
        key=f"slack:command:{trigger}"[:250],
        text=_text(body.get("text")),
        user=user,
        name=_text(body.get("user_name")),
        response_url=_text(body.get("response_url")) or None,
    )


def message(body: Json, headers: Mapping[str, Any]) -> Said | None:
    """A `message` in a direct conversation, or an `app_mention`; None for bots and edits."""
    event = _dict(body.get("event"))
    user, identity = _text(event.get("user")), _text(body.get("event_id"))
    direct = event.get("channel_type") == "im" or _text(event.get("channel")).startswith("D")
    wanted = direct if event.get("type") == "message" else not direct
    if not (user and identity and wanted) or event.get("bot_id") or event.get("subtype"):
        return None
    return Said(
        key=f"slack:event:{identity}"[:250],
        text=_unescaped(_text(event.get("text"))),
        user=user,
        name="",
        retry="x-slack-retry-num" in headers,
    )


def submission(body: Json) -> Submission | None:
    """A `view_submission` payload."""
    user, view = _user(body), _dict(body.get("view"))
    identity = _text(view.get("id"))
    if user is None or not identity:
        return None
    state = _dict(_dict(view.get("state")).get("values"))
    values = {
        block: _value(_dict(element))
        for block, elements in state.items()
        for element in _dict(elements).values()
    }
    private = _text(view.get("private_metadata"))
    return Submission(f"slack:form:{identity}"[:250], user[0], user[1], private, values)


def actor(user: str, name: str, response_url: str | None, policy: Policy) -> Actor:
    """Who it is: a person of the configuration by their Slack id, else nobody that is known."""
    person = next((one for one in policy.people.values() if one.slack == user), None)
    return Actor(
        person=person.key if person else None,
        via="slack",
        name=person.name if person else name,
        slack=user,
        response_url=response_url,
    )


def _user(body: Json) -> tuple[str, str] | None:
    user = _dict(body.get("user"))
    identity = _text(user.get("id"))
    name = _text(user.get("name")) or _text(user.get("username"))
    return (identity, name) if identity else None


def _value(element: Json) -> str:
    chosen = _dict(element.get("selected_option"))
    return _text(chosen.get("value")) or _text(element.get("value"))


def _dict(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _unescaped(text: str) -> str:
    """What was typed: Slack escapes three characters in messages."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
