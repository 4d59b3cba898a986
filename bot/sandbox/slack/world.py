"""The local Slack as one object: what tests and the page read and do."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.context import Context
from bot.sandbox.faults import Faults
from bot.sandbox.slack.acts import Acts, Submitted
from bot.sandbox.slack.delivery import Answer, Delivery
from bot.sandbox.slack.records import Channel, Json, SlackMessage, User, View, elements
from bot.sandbox.slack.response_url import ResponseUrls
from bot.sandbox.slack.socket import SocketMode
from bot.sandbox.slack.state import Workspace, message_view


class Slack:
    """One workspace with one app in it."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.faults = Faults(self._fault_changed)
        self.workspace = Workspace(context)
        self.workspace.populate()
        self.socket = SocketMode(context)
        self.response_urls = ResponseUrls(self.workspace)
        self._acts = Acts(self.workspace, Delivery(context, self.socket), self.response_urls)

    # Reading

    def channel(self, name: str) -> Channel:
        """A channel by id, `#name` or name; a user's id for their direct messages."""
        return self.workspace.look_up(name)

    def messages(self, channel: str) -> list[SlackMessage]:
        """What stands in a channel itself, oldest first, without the replies of threads."""
        return [m for m in self.channel(channel).messages if not m.is_reply]

    def thread(self, channel: str, ts: str) -> list[SlackMessage]:
        """A message and its replies, oldest first."""
        found = self.channel(channel)
        return [m for m in found.messages if m.ts == ts] + found.replies(ts)

    def find(self, channel: str, words: str) -> SlackMessage:
        """The latest message that has these words in text or blocks. Raises LookupError."""
        for message in reversed(self.channel(channel).messages):
            if words in message.words:
                return message
        raise LookupError(f"no message in {channel} says {words!r}")

    def ephemerals(self, user: str, channel: str) -> list[SlackMessage]:
        """What only this user sees in a channel, oldest first."""
        reader = self._acts.user(user).id
        return [m for m in self.channel(channel).ephemerals if m.ephemeral_to == reader]

    def direct(self, user: str) -> list[SlackMessage]:
        """The messages between the bot and this user, oldest first."""
        return self.workspace.direct(self._acts.user(user).id).messages

    def modal(self, user: str) -> View | None:
        """The form on top of this user's screen."""
        stack = self.workspace.modals.get(self._acts.user(user).id, [])
        return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        """The app's Home as this user sees it."""
        return self.workspace.homes.get(self._acts.user(user).id)

    # Acting

    async def click(
        self,
        user: str,
        message_ts: str,
        action_id: str,
        *,
        value: Any = None,
        block_id: str | None = None,
        values: Json | None = None,
    ) -> Answer:
        """Use the element with this action_id (or button label) of a message.

        `value` is the option chosen or the text typed. Raises LookupError if there is none.
        """
        channel, message = self._message(message_ts)
        element = _pick(elements(message.blocks), action_id, block_id)
        actor = self._acts.user(user)
        return await self._acts.click(actor, channel, message, element, value, values)

    async def click_in_view(
        self,
        user: str,
        action_id: str,
        *,
        view: View | str | None = None,
        value: Any = None,
        block_id: str | None = None,
        values: Json | None = None,
    ) -> Answer:
        """Use an element of a modal or Home (default: the open modal, else the Home)."""
        actor, shown = self._acts.user(user), self._view(user, view)
        element = _pick(elements(shown.spec.get("blocks", [])), action_id, block_id)
        return await self._acts.click_in_view(actor, shown, element, value, values)

    async def submit(
        self, user: str, view: View | str | None = None, values: Mapping[str, Any] | None = None
    ) -> Submitted:
        """Send a form (default: the one on top). `values` by action_id."""
        return await self._acts.submit(self._acts.user(user), self._view(user, view), values or {})

    async def close(self, user: str, view: View | str | None = None) -> Answer | None:
        """Close a form (default: the one on top)."""
        return await self._acts.close(self._acts.user(user), self._view(user, view))

    async def command(self, user: str, words: str, channel: str) -> Answer:
        """Type `/midwatch …` in a channel."""
        return await self._acts.command(self._acts.user(user), self.channel(channel), words)

    async def open_home(self, user: str) -> Answer:
        """Open the app's Home."""
        return await self._acts.open_home(self._acts.user(user))

    async def message(
        self, user: str, channel: str, text: str, thread_ts: str | None = None
    ) -> SlackMessage:
        """Write in a channel or thread."""
        actor = self._acts.user(user)
        return await self._acts.write(actor, self.channel(channel), text, thread_ts)

    def user(self, who: str) -> User:
        """A user by id or name. Raises KeyError."""
        return self._acts.user(who)

    def view(self) -> Json:
        """The workspace for the page."""
        workspace = self.workspace
        channels = list(workspace.channels.values())
        shown = [m for c in channels for m in (*c.messages, *c.ephemerals)]
        return {
            "bot": self.context.settings.slack_bot_user,
            "users": [
                {"id": u.id, "name": u.name, "team": u.team, "bot": u.is_bot}
                for u in workspace.users.values()
            ],
            "channels": [{"id": c.id, "name": c.name, "user": c.user} for c in channels],
            "messages": [message_view(m) for m in sorted(shown, key=lambda m: m.ts)],
            "views": {user: workspace.views(user) for user in workspace.users},
        }

    def _message(self, ts: str) -> tuple[Channel, SlackMessage]:
        for channel in self.workspace.channels.values():
            for message in (*channel.messages, *channel.ephemerals):
                if message.ts == ts:
                    return channel, message
        raise LookupError(f"no message {ts}")

    def _view(self, user: str, view: View | str | None) -> View:
        if isinstance(view, View):
            return view
        stack = self.workspace.modals.get(self._acts.user(user).id, [])
        home = self.home(user)
        candidates = [*reversed(stack), *([home] if home else [])]
        for candidate in candidates:
            if view in (None, candidate.id):
                return candidate
        raise LookupError(f"{user} has no such view open")

    def _fault_changed(self, fault: str | None) -> None:
        self.context.journal.note("fault", provider="slack", active=self.faults.active)


def _pick(found: list[Json], name: str, block_id: str | None) -> Json:
    """The element with this action_id, or failing that the button with this label."""
    for element in found:
        if element["action_id"] == name and block_id in (None, element["block_id"]):
            return element
    for element in found:
        if element.get("text", {}).get("text") == name:
            return element
    names = ", ".join(element["action_id"] for element in found) or "nothing to click"
    raise LookupError(f"no element {name!r}: there is {names}")
