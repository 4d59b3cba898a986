"""Calls, through Twilio's own SDK: they ring, say what is down, and wait for a key.

What is said goes to Twilio with the order to call (`Twiml`), so that no address of a third party
ever holds it and the call speaks even while our database, or we, are away. A key comes to
`bot/web/voice.py`, and only a key is `delivered`.

Twilio's machine detection is not asked for: it costs by the call, is silent for seconds while it
listens, and takes people for machines; a voicemail presses no key.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from twilio.base.values import unset

from bot.channels.call_words import outcome
from bot.channels.twilio_channel import BAD_CALLBACK, TwilioChannel
from bot.channels.twiml import Speech
from bot.core.page import PageState
from bot.ports import Permanent, Receipt, Sent, Transient

NAME = "call"
VARIABLES = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_CALL_FROM")
RING_SECONDS = 25
"""Most voicemails take a call after 25 to 30 seconds."""
LONGEST_CALL_SECONDS = 300
LOOK_BACK_CALLS = 50
"""How many of a person's newest calls are looked through after a crash."""
MOST_REMEMBERED = 1000


class Voice(TwilioChannel):
    """The channel `call`."""

    name = NAME

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._made: dict[str, str] = {}
        """The pages (keys) of the newest calls (SIDs) that this process has made."""

    async def send(self, key: str, person: str, text: str) -> Sent:
        """Have Twilio call. Raises Transient or Permanent (see `twilio_words`)."""
        to, base = self._number(person), self._settings.public_url
        try:
            call = await self._create(to, text, key, base)
        except Permanent as refused:
            if refused.code != str(BAD_CALLBACK) or not base:
                raise
            call = None
        if call is None:
            # A PUBLIC_URL that Twilio cannot use must not keep a phone from ringing.
            call = await self._create(to, text, key, "")
        if not call.sid:
            raise Transient("Twilio's answer made no sense", may_have_happened=True)
        self._remember(call.sid, key)
        return Sent(call.sid, PageState.SENDING)

    async def find(self, key: str, person: str, text: str, since: datetime) -> Sent | None:
        """A call to this person since then that is no other page's. Raises Transient or Permanent.

        Twilio does not tell what a call said. Taking another page's call for this one costs no
        page: what becomes of it without a key is `undelivered`, and the next one is tried.
        """
        to = self._number(person)
        calls = await self._call(
            lambda client: client.calls.list_async(
                to=to, from_=self._settings.sender, limit=LOOK_BACK_CALLS
            )
        )
        floor = since.astimezone(UTC).replace(microsecond=0)
        for call in calls:
            made_at, made_for = call.date_created, self._made.get(call.sid, key)
            if call.sid and made_at is not None and made_at >= floor and made_for == key:
                self._remember(call.sid, key)
                return Sent(call.sid, PageState.SENDING)
        return None

    async def ask(self, provider_id: str) -> Receipt | None:
        """What became of a call; None if Twilio does not know it. Raises Transient or Permanent.

        One that waits in Twilio's queue is `sent` when it was ordered: after two minutes there it
        is not paged.
        """
        try:
            call = await self._call(lambda client: client.calls(provider_id).fetch_async())
        except Permanent as refused:
            if refused.code == "20404":
                return None
            raise
        if call.status == "queued":
            made_at = call.date_created if isinstance(call.date_created, datetime) else None
            return Receipt(PageState.SENT, None, made_at)
        state, error, _mark = outcome(call.status) or (PageState.SENDING, None, None)
        return Receipt(state, error)

    def _remember(self, sid: str, key: str) -> None:
        self._made[sid] = key
        while len(self._made) > MOST_REMEMBERED:
            del self._made[next(iter(self._made))]

    async def _create(self, to: str, text: str, key: str, public_url: str) -> Any:
        base = public_url.rstrip("/")
        callback = f"{base}/twilio/voice/status?key={quote(key, safe='')}" if base else unset
        return await self._call(
            lambda client: client.calls.create_async(
                to=to,
                from_=self._settings.sender,
                twiml=Speech(public_url).asking(text, key),
                timeout=RING_SECONDS,
                time_limit=LONGEST_CALL_SECONDS,
                status_callback=callback,
                status_callback_event=["completed"] if base else unset,
            )
        )
