"""How often a phone is answered: two machines that text each other must come to an end.

An answer is passive when its text changed nothing: words that were not understood, a question, a
sign-in link, an acknowledgement of what is acknowledged. At most five of those go to a number
within an hour, the last of which says so. What changes something is always answered.
"""

from dataclasses import replace
from datetime import timedelta

from bot.core.draft import Draft
from bot.core.segments import as_answer
from bot.core.wording import private
from bot.core.wording.texts import zone_of

PASSIVE_AT_MOST = 5
PASSIVE_WITHIN = timedelta(hours=1)


def bound(draft: Draft) -> None:
    """Mark the answers of a text that changed nothing, and take back those beyond the bound."""
    sent = draft.scene.passive
    for answer in draft.answers_alone():
        if len(sent) >= PASSIVE_AT_MOST:
            draft.take_back(answer.key)
            continue
        sent = (*sent, draft.now)
        text = answer.text
        if len(sent) == PASSIVE_AT_MOST:
            free = min(sent) + PASSIVE_WITHIN
            last = private.last_answer(free, zone_of(answer.person, draft.policy))
            text = as_answer(f"{last} {text}")
        draft.emit(replace(answer, text=text, passive=True))
