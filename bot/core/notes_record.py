"""What was posted as a deployment's release notes, and what a manager made of them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NotesRecord:
    """Of one deployment. `text` is what was posted last, as plain text.

    `channel` and `places` say where: the first message, then those that go on in its thread
    (Slack's `ts`). `edited_text` replaces the list of changes in the notes, whoever asks for them.
    `corrected_at`: when its thread was told that it was taken back.
    """

    deployment: str
    service: str
    text: str = ""
    channel: str | None = None
    places: tuple[str, ...] = ()
    posted_at: datetime | None = None
    edited_text: str | None = None
    edited_by: str | None = None
    edited_at: datetime | None = None
    corrected_at: datetime | None = None
