"""Twilio's words for a call, and what they mean to us: only a pressed key counts as reached.

Source: https://www.twilio.com/docs/voice/api/call-resource, "Call Status Values". `completed` says
that somebody or something took the call: a voicemail does, and so does a pocket.
"""

from bot.channels.twilio_words import meaning
from bot.core.page import PageState

NO_KEY = "answered, and no key was pressed: perhaps a voicemail"
_OUTCOMES = {
    "completed": NO_KEY,
    "busy": "the line was busy",
    "no-answer": "nobody answered",
    "failed": "the call could not be put through",
    "canceled": "taken back at Twilio",
}
_UNDER_WAY = frozenset({"queued", "initiated", "ringing", "in-progress", "answered"})


def outcome(
    status_word: str | None, code: int | None = None
) -> tuple[PageState, str | None, str | None] | None:
    """(state, sentence, mark) of a status word; None for a word we do not know.

    A call that is over is `undelivered`, whatever came of it: the key has been heard before, and
    `delivered` never goes back.
    """
    word = (status_word or "").strip().lower()
    if word in _UNDER_WAY:
        return PageState.SENDING, None, None
    if word not in _OUTCOMES:
        return None
    why = f"{meaning(code).words} ({code})" if code is not None else _OUTCOMES[word]
    return PageState.UNDELIVERED, why, None
