"""Sharing a picture: a URL to upload to, the bytes, and the completion that shows it.

Source: Slack docs, "Working with files" (files.getUploadURLExternal and
files.completeUploadExternal, as the SDK's files_upload_v2 calls them). A file carries no metadata,
so after a crash it is known by its name.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.ports import Permanent, Picture
from bot.slack.messages import Messages
from bot.slack.refusals import NOT_OURS, asked

MAY_JOIN = NOT_OURS | {"channel_not_found"}
"""Slack calls a channel that the app is not in by either word when a file is to be shown there."""
ALT_AT_MOST = 1000
TITLE_AT_MOST = 250


async def share(messages: Messages, where: str, picture: Picture) -> str:
    """Show it in the channel of that id; the file's id. Raises Transient or Permanent.

    A public channel that may be written to is joined first, where that is what is missing.
    """
    try:
        return await _uploaded(messages, where, picture)
    except Permanent as error:
        if error.code not in MAY_JOIN:
            raise
        await messages.join(where, error)
    return await _uploaded(messages, where, picture)


async def shared(messages: Messages, where: str, file_name: str, since: datetime) -> str | None:
    """The id of the file of that name shown there since then. Raises Transient or Permanent."""

    def has_it(message: Mapping[str, Any]) -> bool:
        return _file(message, file_name) is not None

    found = await messages.first(where, since, has_it)
    return _file(found, file_name) if found is not None else None


async def _uploaded(messages: Messages, where: str, picture: Picture) -> str:
    data = await asked(
        messages.client.files_upload_v2(
            channel=where,
            filename=picture.name,
            content=picture.png,
            title=picture.title[:TITLE_AT_MOST],
            alt_txt=picture.alt[:ALT_AT_MOST],
        )
    )
    return str((data.get("file") or {}).get("id", ""))


def _file(message: Mapping[str, Any], file_name: str) -> str | None:
    for item in message.get("files") or []:
        if isinstance(item, Mapping) and item.get("name") == file_name:
            return str(item.get("id", ""))
    return None
