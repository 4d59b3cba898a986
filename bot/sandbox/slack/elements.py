"""Slack's rules for the interactive elements inside blocks. Pure."""

from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.checker import Checker, Json

TEXT_INPUTS = frozenset(
    {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"}
)
PICKERS = frozenset(
    {"datepicker", "timepicker", "datetimepicker", "users_select", "multi_users_select"}
    | {"conversations_select", "multi_conversations_select", "channels_select"}
    | {"multi_channels_select", "external_select", "multi_external_select"}
)
CHOICES = frozenset({"static_select", "multi_static_select", "checkboxes", "radio_buttons"})
INPUTS = TEXT_INPUTS | PICKERS | CHOICES | {"file_input"}


def check_element(check: Checker, element: Any, pointer: str, allowed: frozenset[str]) -> None:
    """One element of a block in which only the `allowed` kinds may stand."""
    if not isinstance(element, dict):
        check.say("must be an object", pointer)
        return
    kind = element.get("type")
    if kind not in allowed:
        check.say(f"unsupported type: {kind}" if kind else "missing required field: type", pointer)
        return
    if kind != "image":
        check.string(element, "action_id", pointer, 255, required=False)
    if "confirm" in element:
        _confirm(check, element["confirm"], f"{pointer}/confirm")
    if "placeholder" in element:
        check.text(element, "placeholder", pointer, 150, plain=True)
    RULES.get(kind, _nothing)(check, element, pointer)


def _nothing(check: Checker, element: Json, pointer: str) -> None:
    """No rule beyond the common ones."""


def _button(check: Checker, element: Json, pointer: str) -> None:
    check.text(element, "text", pointer, 75, plain=True)
    check.string(element, "url", pointer, 3000, required=False)
    check.string(element, "value", pointer, 2000, required=False)
    check.string(element, "accessibility_label", pointer, 75, required=False)
    if element.get("style", "primary") not in ("primary", "danger"):
        check.say("must be one of: primary, danger", f"{pointer}/style")


def _confirm(check: Checker, dialog: Any, pointer: str) -> None:
    if not isinstance(dialog, dict):
        check.say("must be an object", pointer)
        return
    check.text(dialog, "text", pointer, 300)
    for name, longest in (("title", 100), ("confirm", 30), ("deny", 30)):
        if name in dialog:
            check.text(dialog, name, pointer, longest, plain=True)


def _option(check: Checker, option: Any, pointer: str) -> None:
    if not isinstance(option, dict):
        check.say("must be an object", pointer)
        return
    check.text(option, "text", pointer, 75)
    check.string(option, "value", pointer, 150)
    if "description" in option:
        check.text(option, "description", pointer, 75)


def _choices(most: int, fewest: int = 1) -> Callable[[Checker, Json, str], None]:
    def rule(check: Checker, element: Json, pointer: str) -> None:
        if "option_groups" in element:
            check.items(element, "option_groups", pointer, 1, 100, lambda g, p: group(check, g, p))
        else:
            check.items(
                element, "options", pointer, fewest, most, lambda o, p: _option(check, o, p)
            )

    def group(check: Checker, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            check.say("must be an object", pointer)
            return
        check.text(value, "label", pointer, 75, plain=True)
        check.items(value, "options", pointer, 1, 100, lambda o, p: _option(check, o, p))

    return rule


def _plain_text_input(check: Checker, element: Json, pointer: str) -> None:
    check.string(element, "initial_value", pointer, 3000, required=False)
    longest = element.get("max_length", 3000)
    if not isinstance(longest, int) or not 1 <= longest <= 3000:
        check.say("must be between 1 and 3000", f"{pointer}/max_length")


def _image(check: Checker, element: Json, pointer: str) -> None:
    check.string(element, "image_url", pointer, 3000, required="slack_file" not in element)
    check.string(element, "alt_text", pointer, 2000)


RULES: dict[str, Callable[[Checker, Json, str], None]] = {
    "button": _button,
    "checkboxes": _choices(10),
    "image": _image,
    "multi_static_select": _choices(100),
    "overflow": _choices(5),
    "plain_text_input": _plain_text_input,
    "radio_buttons": _choices(10),
    "static_select": _choices(100),
}
