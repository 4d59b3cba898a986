"""Would Slack take these blocks? Its rules of Block Kit, with its way of naming the place. Pure.

Limits after https://docs.slack.dev/reference/block-kit. The sum of a message's text is limited
too (`msg_blocks_too_long`), undocumented: seen at about 13,200 characters, less 125 a block.
"""

from collections.abc import Callable
from typing import Any

from bot.sandbox.slack.checker import Checker, Json
from bot.sandbox.slack.elements import CHOICES, INPUTS, PICKERS, check_element

LONGEST_IN_ALL = 13_297
PER_BLOCK = 125
LIMITS = {"message": 50, "modal": 100, "home": 100}

IN_ACTIONS = PICKERS | CHOICES | {"button", "overflow", "workflow_button", "rich_text_input"}
IN_SECTION = (IN_ACTIONS | {"image"}) - {"rich_text_input", "datetimepicker"}
IN_CONTEXT = frozenset({"image", "mrkdwn", "plain_text"})


def problems(blocks: Any, surface: str = "message", pointer: str = "/blocks") -> list[str]:
    """What Slack would say against these blocks; empty if they are fine."""
    check = Checker()
    if not isinstance(blocks, list):
        check.say("must be an array", pointer)
        return check.errors
    if len(blocks) > LIMITS[surface]:
        check.say(f"no more than {LIMITS[surface]} items allowed", pointer)
    for number, block in enumerate(blocks):
        _block(check, block, f"{pointer}/{number}", surface)
    _unique_block_ids(check, blocks, pointer)
    return check.errors


def too_long(blocks: list[Json]) -> bool:
    """More text in all blocks together than Slack takes in one message."""
    return _text_size(blocks) + PER_BLOCK * len(blocks) > LONGEST_IN_ALL + PER_BLOCK


def _text_size(value: Any) -> int:
    if isinstance(value, list):
        return sum(_text_size(item) for item in value)
    if not isinstance(value, dict):
        return 0
    text = value.get("text")
    own = len(text) if isinstance(text, str) else 0
    return own + sum(_text_size(item) for item in value.values())


def _block(check: Checker, block: Any, pointer: str, surface: str) -> None:
    if not isinstance(block, dict):
        check.say("must be an object", pointer)
        return
    kind = block.get("type")
    rule = RULES.get(kind) if isinstance(kind, str) else None
    if rule is None:
        check.say(f"unsupported type: {kind}" if kind else "missing required field: type", pointer)
        return
    if surface != "message" and kind in ("file", "markdown", "table"):
        check.say(f"unsupported type: {kind}", pointer)
    check.string(block, "block_id", pointer, 255, required=False)
    rule(check, block, pointer)


def _unique_block_ids(check: Checker, blocks: list[Any], pointer: str) -> None:
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        name = block.get("block_id") if isinstance(block, dict) else None
        if isinstance(name, str) and name in seen:
            check.say(f"`block_id` {name} already exists", f"{pointer}/{number}/block_id")
        elif isinstance(name, str):
            seen.add(name)


def _section(check: Checker, block: Json, pointer: str) -> None:
    fields = block.get("fields")
    if "text" not in block and not fields:
        check.say("missing required field: text or fields", pointer)
    if "text" in block:
        check.text(block, "text", pointer, 3000)
    if fields is not None:
        check.items(block, "fields", pointer, 1, 10, lambda f, p: check.text_object(f, p, 2000))
    if "accessory" in block:
        check_element(check, block["accessory"], f"{pointer}/accessory", IN_SECTION)


def _actions(check: Checker, block: Json, pointer: str) -> None:
    check.items(
        block, "elements", pointer, 1, 25, lambda e, p: check_element(check, e, p, IN_ACTIONS)
    )
    _unique_action_ids(check, block, pointer)


def _unique_action_ids(check: Checker, block: Json, pointer: str) -> None:
    seen: set[str] = set()
    for number, element in enumerate(_list(block.get("elements"))):
        name = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(name, str) and name in seen:
            check.say(
                f"`action_id` {name} already exists", f"{pointer}/elements/{number}/action_id"
            )
        elif isinstance(name, str):
            seen.add(name)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _context(check: Checker, block: Json, pointer: str) -> None:
    check.items(block, "elements", pointer, 1, 10, lambda e, p: _context_item(check, e, p))


def _context_item(check: Checker, element: Any, pointer: str) -> None:
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in IN_CONTEXT:
        check.say(f"unsupported type: {kind}", pointer)
    elif kind == "image":
        _image(check, element, pointer)
    else:
        check.text_object(element, pointer, 3000)


def _header(check: Checker, block: Json, pointer: str) -> None:
    check.text(block, "text", pointer, 150, plain=True)


def _image(check: Checker, block: Json, pointer: str) -> None:
    if "image_url" not in block and "slack_file" not in block:
        check.say("missing required field: image_url", pointer)
    check.string(block, "image_url", pointer, 3000, required=False)
    check.string(block, "alt_text", pointer, 2000)
    if "title" in block:
        check.text(block, "title", pointer, 2000, plain=True)


def _input(check: Checker, block: Json, pointer: str) -> None:
    check.text(block, "label", pointer, 2000, plain=True)
    if "hint" in block:
        check.text(block, "hint", pointer, 2000, plain=True)
    check_element(check, block.get("element"), f"{pointer}/element", INPUTS)


def _rich_text(check: Checker, block: Json, pointer: str) -> None:
    kinds = {"rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"}

    def one(element: Any, place: str) -> None:
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in kinds:
            check.say(f"unsupported type: {kind}", place)

    check.items(block, "elements", pointer, 0, 1000, one)


def _markdown(check: Checker, block: Json, pointer: str) -> None:
    check.string(block, "text", pointer, 12_000)


def _anything(check: Checker, block: Json, pointer: str) -> None:
    """No rule beyond the common ones."""


RULES: dict[str, Callable[[Checker, Json, str], None]] = {
    "actions": _actions,
    "context": _context,
    "divider": _anything,
    "file": _anything,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "rich_text": _rich_text,
    "section": _section,
    "table": _anything,
    "video": _anything,
}
