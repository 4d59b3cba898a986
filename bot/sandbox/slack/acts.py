"""What people do in Slack: click, choose, submit, type a command, write, open a Home."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.context import Context
from bot.sandbox.slack import payloads
from bot.sandbox.slack.delivery import Answer, Delivery
from bot.sandbox.slack.records import Channel, Json, SlackMessage, User, View, elements
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.response_url import ResponseUrls
from bot.sandbox.slack.state import Workspace
from bot.sandbox.slack.views import Views, checked


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of a form: closed, or the complaints by block."""

    answer: Answer
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Taken, without complaints."""
        return self.answer.ok and not self.errors


class Acts:
    """Builds the payloads and acts on the answers."""

    def __init__(self, workspace: Workspace, delivery: Delivery, urls: ResponseUrls) -> None:
        self._workspace = workspace
        self._delivery = delivery
        self._urls = urls
        self._views = Views(workspace)

    @property
    def _context(self) -> Context:
        return self._workspace.context

    def user(self, who: str) -> User:
        """A user by id or name. Raises KeyError."""
        for user in self._workspace.users.values():
            if who == user.id or who.casefold() in (user.name.casefold(), user.handle):
                return user
        raise KeyError(who)

    async def click(
        self,
        user: User,
        channel: Channel,
        message: SlackMessage,
        element: Json,
        value: Any = None,
        values: Json | None = None,
    ) -> Answer:
        """Use an element of a message; `value` for those that choose or type something."""
        settings = self._context.settings
        trigger = self._workspace.new_trigger(user.id)
        payload = payloads.common("block_actions", user, trigger, settings)
        payload |= payloads.in_message(channel, message)
        payload["state"] = {"values": values or {}}
        payload["response_url"] = self._urls.new(channel.id, user.id, message)
        payload["actions"] = [payloads.action(element, value)]
        return await self._delivery.send("interactive", payload)

    async def click_in_view(
        self, user: User, view: View, element: Json, value: Any = None, values: Json | None = None
    ) -> Answer:
        """Use an element of a Home or a modal."""
        settings = self._context.settings
        trigger = self._workspace.new_trigger(user.id)
        payload = payloads.common("block_actions", user, trigger, settings)
        payload["container"] = {"type": "view", "view_id": view.id}
        payload["view"] = self._workspace.view_json(view, values)
        payload["actions"] = [payloads.action(element, value)]
        return await self._delivery.send("interactive", payload)

    async def submit(self, user: User, view: View, values: Mapping[str, Any]) -> Submitted:
        """Send a modal's form. `values` by action_id, or by block_id and then action_id."""
        missing = self._missing(view, values)
        if missing:
            return Submitted(Answer(200), missing)
        state = self._state(view, values)
        trigger = self._workspace.new_trigger(user.id)
        payload = payloads.common("view_submission", user, trigger, self._context.settings)
        payload |= {"view": self._workspace.view_json(view, state), "response_urls": []}
        answer = await self._delivery.send("interactive", payload)
        return Submitted(answer, self._follow(user, view, answer))

    async def close(self, user: User, view: View) -> Answer | None:
        """Close a modal without sending it; the app hears of it only if it asked to."""
        self._pop(user, view)
        if not view.spec.get("notify_on_close"):
            return None
        trigger = self._workspace.new_trigger(user.id)
        payload = payloads.common("view_closed", user, trigger, self._context.settings)
        payload |= {"view": self._workspace.view_json(view), "is_cleared": False}
        return await self._delivery.send("interactive", payload)

    async def command(self, user: User, channel: Channel, words: str) -> Answer:
        """Type a slash command."""
        settings = self._context.settings
        urls = (self._urls.new(channel.id, user.id), self._workspace.new_trigger(user.id))
        form = payloads.command(user, channel, words, urls, settings)
        self._context.journal.note("command", user=user.id, channel=channel.id, text=words)
        answer = await self._delivery.send("slash_commands", form)
        if answer.ok and answer.text:
            self._urls.immediate(channel.id, user.id, answer.text)
        return answer

    async def open_home(self, user: User) -> Answer:
        """Open the app's Home."""
        inner = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self._workspace.direct(user.id).id,
            "tab": "home",
            "event_ts": self._workspace.new_ts(),
        }
        return await self._event(inner)

    async def write(
        self, user: User, channel: Channel, text: str, thread_ts: str | None = None
    ) -> SlackMessage:
        """Write a message; the app hears of it, and of a mention besides.

        What was typed is escaped as Slack does it, mentions (`<@U…>`) are not.
        """
        settings = self._context.settings
        ts = self._workspace.new_ts()
        message = SlackMessage(channel.id, ts, user.id, _escape(text), thread_ts=thread_ts)
        self._workspace.add(message)
        inner: Json = {
            "type": "message",
            "channel_type": "im" if channel.user is not None else "channel",
            "user": user.id,
            "text": message.text,
            "ts": ts,
            "channel": channel.id,
            "event_ts": ts,
            "team": settings.slack_team_id,
            "client_msg_id": str(uuid.uuid4()),
        }
        if thread_ts is not None:
            inner["thread_ts"] = thread_ts
        await self._event(inner)
        if f"<@{settings.slack_bot_user}>" in text:
            await self._event(inner | {"type": "app_mention"})
        return message

    async def _event(self, inner: Json) -> Answer:
        settings = self._context.settings
        return await self._delivery.send_event(
            payloads.event(inner, self._workspace.at(), settings)
        )

    def _follow(self, user: User, view: View, answer: Answer) -> Mapping[str, str]:
        """Do what the answer to a form says; return its complaints."""
        if not answer.ok:
            return {}
        body = answer.body
        match body.get("response_action"):
            case "errors":
                return dict(body.get("errors", {}))
            case "clear":
                self._workspace.modals[user.id] = []
                self._workspace.note_views(user.id)
            case "update" | "push" as how:
                self._show(user, view, body.get("view"), how)
            case _:
                self._pop(user, view)
        return {}

    def _show(self, user: User, view: View, spec: Any, how: str) -> None:
        """A view in the answer; one that Slack refuses is noted, as there is no one to tell."""
        try:
            good = checked(spec, "modal")
        except SlackRefusal as refusal:
            self._context.journal.note(
                "alert", provider="slack", code="view", detail=str(refusal.messages)
            )
            return
        if how == "update":
            self._views.replace(view, good)
        else:
            self._views.show(user.id, good, onto=self._workspace.modals.get(user.id, []))

    def _pop(self, user: User, view: View) -> None:
        stack = self._workspace.modals.get(user.id, [])
        self._workspace.modals[user.id] = [v for v in stack if v.id != view.id]
        self._workspace.note_views(user.id)

    @staticmethod
    def _state(view: View, values: Mapping[str, Any]) -> Json:
        """`state.values` from plain values, with what inputs held from the start."""
        state: Json = {}
        for element in elements(view.spec.get("blocks", [])):
            if element["type"] == "button":
                continue
            given = _given(element, values)
            inside = state.setdefault(element["block_id"], {})
            inside[element["action_id"]] = payloads.state_value(element, given)
        return state

    @staticmethod
    def _missing(view: View, values: Mapping[str, Any]) -> dict[str, str]:
        """Slack itself insists on inputs that are not optional."""
        return {
            block["block_id"]: "Please complete this required field."
            for block in view.spec.get("blocks", [])
            if block["type"] == "input"
            and not block.get("optional")
            and _given({**block["element"], "block_id": block["block_id"]}, values)
            in (None, "", [])
        }


def _escape(text: str) -> str:
    """`&`, `<` and `>` as Slack stores them: https://docs.slack.dev/messaging/formatting."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"&lt;([@#!][\w^|-]+)&gt;", r"<\1>", escaped)


def _given(element: Json, values: Mapping[str, Any]) -> Any:
    """The value for an element: by block and action, by action, or its initial one."""
    block = values.get(element["block_id"])
    name = element.get("action_id", "")
    if isinstance(block, Mapping) and name in block:
        return block[name]
    return values[name] if name in values else payloads.initial_value(element)
