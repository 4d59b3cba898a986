"""response_url: five answers within thirty minutes to a button, a form or a command."""

import json
import uuid
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.chat import change, content
from bot.sandbox.slack.records import Channel, Json, SlackMessage
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Workspace

MOST_USES = 5
VALID_SECONDS = 30 * 60


@dataclass
class Reply:
    """Where an answer goes: the channel, the person, the message that was clicked (if any)."""

    channel: str
    user: str
    message: SlackMessage | None
    at: float
    uses: int = 0


class ResponseUrls:
    """Makes response URLs and acts on what is posted to them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._replies: dict[str, Reply] = {}

    def new(self, channel: str, user: str, message: SlackMessage | None = None) -> str:
        """An URL for what this user just did in this channel."""
        name = uuid.uuid4().hex
        self._replies[name] = Reply(channel, user, message, self._workspace.at())
        context = self._workspace.context
        return f"{context.base_url}/actions/{context.settings.slack_team_id}/{name}"

    def use(self, name: str, arguments: Arguments) -> None:
        """Act on an answer; SlackRefusal if the URL is worn out or the answer is wrong."""
        reply = self._replies.get(name)
        if reply is None:
            raise SlackRefusal("invalid_url")
        if self._workspace.at() - reply.at > VALID_SECONDS:
            raise SlackRefusal("expired_url")
        if reply.uses >= MOST_USES:
            raise SlackRefusal("used_url")
        reply.uses += 1
        self.answer(reply, arguments)

    def answer(self, reply: Reply, arguments: Arguments) -> None:
        """Show an answer: replace or delete the message, or post a new one."""
        channel = self._workspace.channels[reply.channel]
        if arguments.flag("delete_original") and reply.message is not None:
            self._delete(channel, reply.message)
            return
        body = content(arguments)
        if arguments.flag("replace_original") and reply.message is not None:
            change(reply.message, arguments, body)
            reply.message.edited_ts = self._workspace.new_ts()
            self._workspace.note(reply.message)
        elif any(body.values()):
            self._post(channel, reply, arguments, body)
        else:
            raise SlackRefusal("no_text")

    def _delete(self, channel: Channel, message: SlackMessage) -> None:
        for messages in (channel.messages, channel.ephemerals):
            if message in messages:
                messages.remove(message)
        self._workspace.note(message, deleted=True)

    def _post(self, channel: Channel, reply: Reply, arguments: Arguments, body: Json) -> None:
        settings = self._workspace.context.settings
        shown = arguments.string("response_type", "ephemeral") == "in_channel"
        message = SlackMessage(
            channel.id,
            self._workspace.new_ts(),
            settings.slack_bot_user,
            bot_id=settings.slack_bot_id,
            ephemeral_to=None if shown else reply.user,
            thread_ts=arguments.string("thread_ts") or None,
            **body,
        )
        self._workspace.add(message)

    def immediate(self, channel: str, user: str, text: str) -> None:
        """The body of the answer to a command: JSON like a response_url's, or plain words."""
        try:
            value = json.loads(text)
        except ValueError:
            value = {"text": text}
        if isinstance(value, dict) and (value.get("text") or value.get("blocks")):
            self.answer(Reply(channel, user, None, self._workspace.at()), Arguments(value))


def response_url_routes(urls: ResponseUrls) -> list[Route]:
    """POST /actions/{team}/{name}."""

    async def respond(request: Request) -> Response:
        try:
            value = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        try:
            urls.use(request.path_params["name"], Arguments(value))
        except SlackRefusal as refusal:
            gone = refusal.error in ("used_url", "expired_url", "invalid_url")
            return JSONResponse(refusal.body(), 404 if gone else 400)
        return PlainTextResponse("ok")

    return [Route("/actions/{team}/{name}", respond, methods=["POST"])]
