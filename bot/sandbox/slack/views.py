"""views.*: modals opened with a trigger_id, and App Homes."""

from typing import Any

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.blocks import problems
from bot.sandbox.slack.checker import Checker
from bot.sandbox.slack.method import Method
from bot.sandbox.slack.records import Json, View, new_id
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Workspace, name_blocks

DEEPEST_STACK = 3


def methods(workspace: Workspace) -> dict[str, Method]:
    """The methods of this family."""
    here = Views(workspace)
    return {
        "views.open": Method(here.open),
        "views.push": Method(here.push),
        "views.update": Method(here.update),
        "views.publish": Method(here.publish),
    }


class Views:
    """The methods, over one workspace; also used by answers to submissions."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def open(self, arguments: Arguments) -> Json:
        """views.open: a new modal, in place of any other."""
        spec = checked(arguments.get("view"), "modal")
        user = self._workspace.spend_trigger(arguments.required("trigger_id"))
        return self._answer(self.show(user, spec, onto=[]))

    async def push(self, arguments: Arguments) -> Json:
        """views.push: a modal on top, three at most."""
        spec = checked(arguments.get("view"), "modal")
        user = self._workspace.spend_trigger(arguments.required("trigger_id"))
        stack = self._workspace.modals.get(user, [])
        if len(stack) >= DEEPEST_STACK:
            raise SlackRefusal("push_limit_reached")
        return self._answer(self.show(user, spec, onto=stack))

    async def update(self, arguments: Arguments) -> Json:
        """views.update, by view_id or external_id; `hash` guards against a race."""
        view = self._find(arguments)
        if arguments.get("hash") and arguments["hash"] != view.hash:
            raise SlackRefusal("hash_conflict")
        return self._answer(self.replace(view, checked(arguments.get("view"), view.spec["type"])))

    async def publish(self, arguments: Arguments) -> Json:
        """views.publish: somebody's Home."""
        user = arguments.required("user_id")
        if user not in self._workspace.users:
            raise SlackRefusal("user_not_found")
        spec = checked(arguments.get("view"), "home")
        home = self._workspace.homes.get(user) or View(spec, user)
        self._workspace.homes[user] = home
        return self._answer(self.replace(home, spec))

    def show(self, user: str, spec: Json, onto: list[View]) -> View:
        """Put a modal on a user's stack."""
        view = View(spec, user)
        view.root_id = onto[0].id if onto else view.id
        view.previous_id = onto[-1].id if onto else None
        self._workspace.modals[user] = [*onto, view]
        return self.replace(view, spec)

    def replace(self, view: View, spec: Json) -> View:
        """New content for a view."""
        name_blocks(spec["blocks"])
        view.spec, view.hash = spec, f"{int(self._workspace.at())}.{new_id('')[:8].lower()}"
        self._workspace.note_views(view.user)
        return view

    def _find(self, arguments: Arguments) -> View:
        view_id, external_id = arguments.string("view_id"), arguments.string("external_id")
        open_views = [v for stack in self._workspace.modals.values() for v in stack]
        for view in [*open_views, *self._workspace.homes.values()]:
            by_name = external_id and view.spec.get("external_id") == external_id
            if view.id == view_id or by_name:
                return view
        raise SlackRefusal("not_found")

    def _answer(self, view: View) -> Json:
        return {"view": self._workspace.view_json(view)}


def checked(spec: Any, kind: str) -> Json:
    """A view after Slack's checks, or SlackRefusal("invalid_arguments") with the places."""
    if not isinstance(spec, dict):
        raise SlackRefusal("invalid_arguments", messages=["missing required field: view"])
    check = Checker()
    if spec.get("type") != kind:
        check.say(f"must be {kind}", "/view/type")
    check.string(spec, "private_metadata", "/view", 3000, required=False)
    check.string(spec, "callback_id", "/view", 255, required=False)
    if kind == "modal":
        _modal(check, spec)
    check.errors += problems(spec.get("blocks"), kind, "/view/blocks")
    if check.errors:
        raise SlackRefusal("invalid_arguments", messages=check.errors)
    return dict(spec)


def _modal(check: Checker, spec: Json) -> None:
    check.text(spec, "title", "/view", 24, plain=True)
    for name in ("submit", "close"):
        if spec.get(name) is not None:
            check.text(spec, name, "/view", 24, plain=True)
    blocks = spec.get("blocks")
    has_input = isinstance(blocks, list) and any(
        isinstance(b, dict) and b.get("type") == "input" for b in blocks
    )
    if has_input and spec.get("submit") is None:
        check.say("missing required field: submit", "/view")
