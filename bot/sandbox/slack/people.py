"""users.*, auth.test, reactions.* and pins.*: the small methods."""

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.conversations import page
from bot.sandbox.slack.method import Method
from bot.sandbox.slack.records import Json, SlackMessage, User
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Workspace


def methods(workspace: Workspace) -> dict[str, Method]:
    """The methods of this family."""
    here = People(workspace)
    return {
        "api.test": Method(here.test),
        "auth.test": Method(here.auth),
        "users.info": Method(here.info, "users:read"),
        "users.list": Method(here.listing, "users:read"),
        "users.lookupByEmail": Method(here.by_email, "users:read.email"),
        "users.profile.get": Method(here.profile, "users.profile:read"),
        "reactions.add": Method(here.react, "reactions:write"),
        "reactions.remove": Method(here.unreact, "reactions:write"),
        "pins.add": Method(here.pin, "pins:write"),
        "pins.remove": Method(here.unpin, "pins:write"),
    }


class People:
    """The methods, over one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def test(self, arguments: Arguments) -> Json:
        """api.test."""
        return {"args": {k: v for k, v in arguments.items() if k != "token"}}

    async def auth(self, arguments: Arguments) -> Json:
        """auth.test: who the token is."""
        settings = self._workspace.context.settings
        return {
            "url": self._workspace.context.base_url + "/",
            "team": settings.slack_team_name,
            "user": settings.slack_bot_name.lower(),
            "team_id": settings.slack_team_id,
            "user_id": settings.slack_bot_user,
            "bot_id": settings.slack_bot_id,
            "is_enterprise_install": False,
        }

    async def info(self, arguments: Arguments) -> Json:
        """users.info."""
        return {"user": self._json(self._user(arguments))}

    async def listing(self, arguments: Arguments) -> Json:
        """users.list."""
        rows, cursor = page(list(self._workspace.users.values()), arguments)
        members = [self._json(user) for user in rows]
        return {"members": members, "response_metadata": {"next_cursor": cursor}}

    async def by_email(self, arguments: Arguments) -> Json:
        """users.lookupByEmail."""
        address = arguments.required("email").casefold()
        for user in self._workspace.users.values():
            if user.email.casefold() == address:
                return {"user": self._json(user)}
        raise SlackRefusal("users_not_found")

    async def profile(self, arguments: Arguments) -> Json:
        """users.profile.get."""
        return {"profile": self._json(self._user(arguments))["profile"]}

    async def react(self, arguments: Arguments) -> Json:
        """reactions.add."""
        message, users = self._reaction(arguments)
        bot = self._workspace.context.settings.slack_bot_user
        if bot in users:
            raise SlackRefusal("already_reacted")
        users.append(bot)
        self._workspace.note(message)
        return {}

    async def unreact(self, arguments: Arguments) -> Json:
        """reactions.remove."""
        message, users = self._reaction(arguments)
        bot = self._workspace.context.settings.slack_bot_user
        if bot not in users:
            raise SlackRefusal("no_reaction")
        users.remove(bot)
        message.reactions = {name: who for name, who in message.reactions.items() if who}
        self._workspace.note(message)
        return {}

    async def pin(self, arguments: Arguments) -> Json:
        """pins.add."""
        message = self._message(arguments)
        if message.pinned:
            raise SlackRefusal("already_pinned")
        message.pinned = True
        self._workspace.note(message)
        return {}

    async def unpin(self, arguments: Arguments) -> Json:
        """pins.remove."""
        message = self._message(arguments)
        if not message.pinned:
            raise SlackRefusal("no_pin")
        message.pinned = False
        self._workspace.note(message)
        return {}

    def _reaction(self, arguments: Arguments) -> tuple[SlackMessage, list[str]]:
        name = arguments.required("name", "invalid_name").strip(":")
        message = self._message(arguments)
        return message, message.reactions.setdefault(name, [])

    def _message(self, arguments: Arguments) -> SlackMessage:
        channel = self._workspace.look_up(arguments.required("channel", "channel_not_found"))
        message = channel.find(arguments.required("timestamp", "message_not_found"))
        if message is None:
            raise SlackRefusal("message_not_found")
        return message

    def _user(self, arguments: Arguments) -> User:
        user = self._workspace.users.get(arguments.required("user", "user_not_found"))
        if user is None:
            raise SlackRefusal("user_not_found")
        return user

    def _json(self, user: User) -> Json:
        settings = self._workspace.context.settings
        with_email = "users:read.email" in settings.slack_scopes
        return user.to_json(settings.slack_team_id, self._workspace.at(), with_email)
