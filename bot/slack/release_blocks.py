"""The card of a release as Block Kit, and the form that asks why it is rejected. Pure."""

from collections.abc import Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    InputBlock,
    PlainTextInputElement,
    PlainTextObject,
)
from slack_sdk.models.views import View

from bot.core.wording.release_card import Card
from bot.core.wording.thread import Button
from bot.slack.blocks import packed, section

REJECTION, REASON = "rejection", "reason"
REASON_AT_MOST = 500
BUTTONS_A_ROW = 5


def card_blocks(card: Card) -> list[Block]:
    """Sections, then the decision, then a tick for each part by hand."""
    blocks: list[Block] = [section(text) for text in packed(card.lines)]
    if card.buttons:
        blocks.append(_row(card.buttons, "release", card.confirm))
    for start in range(0, len(card.parts), BUTTONS_A_ROW):
        some = card.parts[start : start + BUTTONS_A_ROW]
        blocks.append(_row(some, f"parts_{start}", card.confirm))
    return blocks


def _row(buttons: Sequence[Button], block_id: str, confirm: str) -> ActionsBlock:
    return ActionsBlock(block_id=block_id, elements=[_button(it, confirm) for it in buttons])


def _button(button: Button, confirm: str) -> ButtonElement:
    asks = button.action == "release_approve"
    return ButtonElement(
        text=PlainTextObject(text=button.label[:75], emoji=False),
        action_id=button.action,
        value=button.value,
        style=button.style,
        confirm=_confirm(confirm) if asks else None,
    )


def _confirm(words: str) -> ConfirmObject:
    return ConfirmObject(
        title=PlainTextObject(text="Sign it?"),
        text=PlainTextObject(text=words),
        confirm=PlainTextObject(text="Approve"),
        deny=PlainTextObject(text="Not now"),
    )


def rejection_form(release: str, name: str) -> View:
    """Asks why: whoever built it reads the answer."""
    return View(
        type="modal",
        callback_id=REJECTION,
        title=PlainTextObject(text=f"Reject {name}"[:24]),
        submit=PlainTextObject(text="Reject"),
        close=PlainTextObject(text="Cancel"),
        private_metadata=release,
        blocks=[
            InputBlock(
                block_id=REASON,
                label=PlainTextObject(text="Why? Whoever built it will read it."),
                element=PlainTextInputElement(
                    action_id=REASON, max_length=REASON_AT_MOST, multiline=True
                ),
            )
        ],
    )
