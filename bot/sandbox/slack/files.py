"""files.*: the three steps of an upload (URL, content, completion)."""

import mimetypes
import re

from bot.sandbox.slack.arguments import Arguments
from bot.sandbox.slack.method import Method
from bot.sandbox.slack.records import Channel, Json, SlackMessage, new_id
from bot.sandbox.slack.refusals import SlackRefusal
from bot.sandbox.slack.state import Upload, Workspace

ALT_AT_MOST = 1000
_CHANNEL_ID = re.compile(r"[CGDZ][A-Z0-9]{2,}$")
"""Slack wants eight letters or more after the first; ids are shorter here."""


def methods(workspace: Workspace) -> dict[str, Method]:
    """The methods of this family."""
    here = Files(workspace)
    return {
        "files.getUploadURLExternal": Method(here.url, "files:write"),
        "files.completeUploadExternal": Method(here.complete, "files:write"),
    }


class Files:
    """The methods, over one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def url(self, arguments: Arguments) -> Json:
        """files.getUploadURLExternal."""
        name = arguments.required("filename")
        length = arguments.string("length")
        if not length.isdecimal() or int(length) < 1:
            raise SlackRefusal("invalid_arguments", messages=["must be greater than 0 [length]"])
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        alt = arguments.string("alt_txt")
        if len(alt) > ALT_AT_MOST:
            raise SlackRefusal("invalid_arguments", messages=["must be less than 1001 [alt_txt]"])
        upload = Upload(new_id("F"), name, int(length), content_type=kind, alt=alt)
        self._workspace.uploads[upload.id] = upload
        base = self._workspace.context.base_url
        return {"upload_url": f"{base}/upload/v1/{upload.id}", "file_id": upload.id}

    async def complete(self, arguments: Arguments) -> Json:
        """files.completeUploadExternal: shows the files in a channel or thread, if one is named."""
        given = arguments.get("files")
        if not isinstance(given, list) or not given:
            raise SlackRefusal("invalid_arguments", messages=["missing required field: files"])
        files = [self._file(item) for item in given]
        name = arguments.string("channel_id") or arguments.string("channels").split(",")[0]
        if arguments.string("channel_id") and not _CHANNEL_ID.match(name):
            # Neither names nor people, as chat.postMessage takes them.
            message = "[ERROR] input must match regex pattern: ^[CGDZ][A-Z0-9]{8,}$"
            raise SlackRefusal(
                "invalid_arguments", messages=[f"{message} [json-pointer:/channel_id]"]
            )
        if name:
            self._share(self._workspace.look_up(name), files, arguments)
        return {"files": files}

    def _share(self, channel: Channel, files: list[Json], arguments: Arguments) -> None:
        self._workspace.writable(channel)
        if not channel.bot_is_member and channel.user is None:
            raise SlackRefusal("not_in_channel")  # chat:write.public is of messages only
        settings = self._workspace.context.settings
        message = SlackMessage(
            channel.id,
            self._workspace.new_ts(),
            settings.slack_bot_user,
            arguments.string("initial_comment"),
            bot_id=settings.slack_bot_id,
            thread_ts=arguments.string("thread_ts") or None,
            files=files,
        )
        self._workspace.add(message)

    def _file(self, item: Json) -> Json:
        upload = self._workspace.uploads.get(str(item.get("id")))
        if upload is None or upload.content is None:
            raise SlackRefusal("file_not_found")
        return {
            "id": upload.id,
            "name": upload.name,
            "title": item.get("title") or upload.name,
            "mimetype": upload.content_type,
            "size": len(upload.content),
            "alt_txt": upload.alt,
            "url_private": f"{self._workspace.context.base_url}/sandbox/files/{upload.id}",
        }
