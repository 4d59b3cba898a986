"""How often a phone is answered: two machines that text each other must come to an end.

An answer is passive when its text changed nothing: words that were not understood, a question, a
sign-in link, an acknowledgement of what is acknowledged. Within an hour at most five of those go to
a number whose texts are not understood, the last of which says so. Commands have a bound of their
own, which no person reaches: whoever guesses words at three in the morning still gets `web`. What
changes something is always answered.
"""

from dataclasses import replace
from datetime import timedelta

from bot.core.draft import Draft
from bot.core.segments import as_answer
from bot.core.wording import private
from bot.core.wording.texts import zone_of

NOT_UNDERSTOOD_AT_MOST = 5
PASSIVE_AT_MOST = 20
PASSIVE_WITHIN = timedelta(hours=1)


def bound(draft: Draft, *, understood: bool) -> None:
    """Mark the answers of a text that changed nothing, and take back those beyond the bound."""
    scene = draft.scene
    sent = scene.passive if understood else scene.not_understood
    most = PASSIVE_AT_MOST if understood else NOT_UNDERSTOOD_AT_MOST
    for answer in draft.answers_alone():
        if len(sent) >= most:
            draft.take_back(answer.key)
            continue
        sent = (*sent, draft.now)
        text = answer.text
        if len(sent) == most:
            free, zone = min(sent) + PASSIVE_WITHIN, zone_of(answer.person, draft.policy)
            text = as_answer(f"{private.last_answer(free, zone, understood=understood)} {text}")
        draft.emit(replace(answer, text=text, passive=True, understood=understood))
