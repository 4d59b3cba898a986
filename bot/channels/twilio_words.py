"""Twilio's vocabulary: its error codes and status words, and what they mean to us. One table.

Sources: https://www.twilio.com/docs/api/errors (codes), and "Message Status Values" in
https://www.twilio.com/docs/messaging/api/message-resource. Twilio says that codes come and go
(changelog of 2024-07-10 split 21211, 21606 and 21614), so unknown ones are tolerated everywhere.
"""

from dataclasses import dataclass

from bot.core.page import PageState

OPTED_OUT = "opted_out"
LANDLINE = "landline"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means. `again`: the same request may work in a while.

    `mark`: the number itself is unusable. `ours`: our account, sender or settings are at fault, so
    every text fails the same way and somebody has to be told.
    """

    words: str
    again: bool = False
    mark: str | None = None
    ours: bool = False


def _ours(words: str) -> Meaning:
    return Meaning(words, ours=True)


MEANINGS: dict[int, Meaning] = {
    # The account and how we call it.
    20003: _ours("Twilio refuses TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN"),
    20005: _ours("the Twilio account is not active"),
    20006: _ours("the Twilio account may not do this"),
    20008: _ours("these are Twilio's test credentials: they send nothing"),
    20404: _ours("Twilio does not know this account or message"),
    10004: Meaning("too many calls at once for the Twilio account", again=True),
    20429: Meaning("Twilio is busy with too many requests", again=True),
    20500: Meaning("Twilio has an internal error", again=True),
    20503: Meaning("Twilio is unavailable for the moment", again=True),
    # The number texted or called.
    21201: Meaning("there is no phone number to call"),
    21203: _ours("the Twilio account may not call other countries"),
    21211: Meaning("the phone number does not exist"),
    21214: Meaning("the phone number cannot be reached"),
    21215: _ours("the Twilio account has no permission for this region"),
    21216: Meaning("Twilio blocks calls to this phone number"),
    21217: Meaning("the phone number is not valid"),
    21219: _ours("the Twilio account is a trial: it calls verified numbers only"),
    21266: Meaning("the phone number is Midwatch's own"),
    21408: _ours("texts to this region are not enabled in the Twilio account"),
    21604: Meaning("there is no phone number to text to"),
    21608: _ours("the Twilio account is a trial: it texts verified numbers only"),
    21610: Meaning("this phone has opted out: START must be texted from it", mark=OPTED_OUT),
    21612: Meaning("this phone cannot be reached from our number"),
    21614: Meaning("the phone number is a landline", mark=LANDLINE),
    21635: Meaning("the phone number is a landline", mark=LANDLINE),
    # Our sender and the text.
    21205: _ours("Twilio cannot use PUBLIC_URL for what is to be said"),
    21210: _ours("the number to call from is not one of this account"),
    21212: _ours("TWILIO_FROM is not a valid number"),
    21213: _ours("there is no number to call from: TWILIO_FROM or TWILIO_CALL_FROM"),
    21603: _ours("TWILIO_FROM is missing"),
    21606: _ours("TWILIO_FROM is not a number of this account that can text there"),
    21609: _ours("Twilio cannot use PUBLIC_URL for its callbacks"),
    21611: Meaning("the queue of our number is full at Twilio", again=True),
    21617: Meaning("the text is longer than 1600 characters"),
    21619: Meaning("the text is empty"),
    21602: Meaning("the text is empty"),
    21659: _ours("TWILIO_FROM is not a Twilio number"),
    21660: _ours("TWILIO_FROM belongs to another Twilio account"),
    21661: _ours("TWILIO_FROM cannot send texts"),
    21701: _ours("the Messaging Service in TWILIO_FROM does not exist"),
    21703: _ours("the Messaging Service in TWILIO_FROM has no number"),
    # On its way: what comes with `undelivered` and `failed`.
    14107: Meaning("too many texts between two numbers in a short time", again=True),
    30001: Meaning("Twilio's queue for our number overflowed", again=True),
    30002: _ours("the Twilio account is suspended"),
    30003: Meaning("the phone is switched off or out of reach"),
    30004: Meaning("the phone or its carrier blocks our texts"),
    30005: Meaning("the phone number is unknown to its carrier"),
    30006: Meaning("a landline, or its carrier cannot be reached"),
    30007: Meaning("the carrier took the text for spam"),
    30008: Meaning("the carrier gave no reason"),
    30009: Meaning("a part of the text was lost"),
    30010: Meaning("the text costs more than the account allows"),
    30017: Meaning("the carrier's network is congested"),
    30018: _ours("the carrier there wants our sender to be registered"),
    30022: _ours("our number is over its rate limit (US A2P 10DLC)"),
    30023: _ours("our number is over its daily limit (US A2P 10DLC)"),
    30024: _ours("our number is not set up at the carrier yet"),
    30027: _ours("our number is over its daily limit at T-Mobile"),
    30032: _ours("our toll-free number is not verified"),
    30033: _ours("our US A2P 10DLC campaign is suspended"),
    30034: _ours("our number is not registered (US A2P 10DLC)"),
    30035: _ours("our number is still being set up (US A2P 10DLC)"),
    30036: Meaning("Twilio could not send it within ten minutes"),
    30039: Meaning("Twilio took it for a loop"),
    30044: _ours("the text is too long for a Twilio trial account"),
    30410: Meaning("the carrier did not answer Twilio in time"),
    30500: Meaning("Twilio or the carrier had an internal error"),
    63038: _ours("the Twilio account is over its daily number of texts"),
}

STATES: dict[str, PageState] = {
    "accepted": PageState.SENDING,
    "scheduled": PageState.SENDING,
    "queued": PageState.SENDING,
    "sending": PageState.SENDING,
    "sent": PageState.SENT,
    "delivered": PageState.DELIVERED,
    "read": PageState.DELIVERED,
    "partially_delivered": PageState.DELIVERED,
    "undelivered": PageState.UNDELIVERED,
    "failed": PageState.FAILED,
    # Taken back at Twilio: nobody was paged, which must not look like a cancellation of ours.
    "canceled": PageState.FAILED,
}


def meaning(code: int | None, status: int = 400) -> Meaning:
    """What `code` means; one that is not in the table is judged by its HTTP status."""
    known = MEANINGS.get(code) if code is not None else None
    if known is not None:
        return known
    if status == 429:
        return MEANINGS[20429]
    if status in (401, 403):
        return MEANINGS[20003]
    if status >= 500 or status == 408:
        return Meaning("Twilio has a problem of its own", again=True)
    return Meaning("Twilio refused it")


def explain(code: int | None, status_word: str = "") -> str | None:
    """A sentence for a receipt: words and the code. None when there is nothing to explain."""
    if code is not None:
        known = MEANINGS.get(code)
        return f"{known.words} ({code})" if known else f"Twilio's error {code}"
    return "taken back at Twilio" if status_word == "canceled" else None


def state_of(status_word: str | None) -> PageState | None:
    """Our state for Twilio's word; None for a word we do not know (or of an inbound text)."""
    return STATES.get((status_word or "").strip().lower())


def receipt(status_word: str, code: int | None) -> tuple[PageState, str | None, str | None] | None:
    """A status callback's words as (state, sentence, mark); None for a word we do not know."""
    state = state_of(status_word)
    if state is None:
        return None
    mark = meaning(code).mark if code is not None else None
    return state, explain(code, status_word), mark


def account_fault(code: str) -> str | None:
    """The sentence if `Permanent.code` says that our account is at fault, else None."""
    known = MEANINGS.get(int(code)) if code.isdecimal() and len(code) < 9 else None
    return known.words if known and known.ours else None
