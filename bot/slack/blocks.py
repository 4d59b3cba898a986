"""From words to Block Kit, within every limit of Slack's. Pure.

Limits: 50 blocks a message (100 a view), 3000 characters a section, 75 on a button, 2000 in its
value, 4000 in a text that may be edited. Source: Slack docs, "Block Kit reference".
"""

import re
from collections.abc import Iterable, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from bot.core.wording.thread import Button, Header

TEXT_AT_MOST = 3800
"""Below the 4000 of chat.update, so that what was posted can be edited."""
SECTION_AT_MOST = 2900
BLOCKS_AT_MOST = 45
_HALF = re.compile(r"<[^<>]*$|&[a-z]{0,3}$")
"""The beginning of a link, a date or an escaped character that a cut has left."""


def header_blocks(header: Header) -> list[Block]:
    """The first message of a thread. Its first block tells service, deployment and state."""
    blocks: list[Block] = [section(text) for text in packed(header.lines)]
    if header.buttons:
        blocks.append(actions(header.buttons, "incident"))
    if header.cause_buttons:
        blocks += [section(header.question), actions(header.cause_buttons, "cause")]
    if header.follow_up_buttons:
        blocks.append(actions(header.follow_up_buttons, "follow_up"))
    return blocks


def section(text: str) -> SectionBlock:
    """A paragraph of mrkdwn. Verbatim: Slack links no channel or name in what others wrote."""
    words = MarkdownTextObject(text=shortened(text, SECTION_AT_MOST), verbatim=True)
    return SectionBlock(text=words)


def actions(buttons: Iterable[Button], block_id: str) -> ActionsBlock:
    """A row of buttons."""
    return ActionsBlock(block_id=block_id, elements=[_button(button) for button in buttons])


def packed(lines: Sequence[str]) -> list[str]:
    """Lines put together into as few sections as Slack allows; too many are counted."""
    texts: list[str] = []
    for line in lines:
        cut = shortened(line, SECTION_AT_MOST)
        if texts and len(texts[-1]) + 1 + len(cut) <= SECTION_AT_MOST:
            texts[-1] += f"\n{cut}"
        else:
            texts.append(cut)
    if len(texts) <= BLOCKS_AT_MOST:
        return texts
    return [*texts[: BLOCKS_AT_MOST - 1], "… and more, on the incident's page"]


def shortened(text: str, limit: int = TEXT_AT_MOST) -> str:
    """At most `limit` characters, without half a link, date or escaped character at the end."""
    if len(text) <= limit:
        return text
    return f"{_HALF.sub('', text[: limit - 1]).rstrip()}…"


def _button(button: Button) -> ButtonElement:
    return ButtonElement(
        text=PlainTextObject(text=button.label[:75], emoji=False),
        action_id=button.action,
        value=button.value,
        style=button.style,
    )
