"""Text messages, through Twilio's own SDK."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from twilio.base.values import unset

from bot.channels.twilio_channel import BAD_CALLBACK, TwilioChannel
from bot.channels.twilio_words import explain, state_of
from bot.core.page import PageState
from bot.ports import Permanent, Receipt, Sent, Transient

NAME = "sms"
VARIABLES = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM")
VALIDITY_SECONDS = 600
"""Twilio gives up on a text that it could not send within this time (`ValidityPeriod`)."""
LOOK_BACK_TEXTS = 200
"""How many of a person's newest texts are looked through after a crash."""
TRIAL_PREFIX = "Sent from your Twilio trial account - "


class Sms(TwilioChannel):
    """The channel `sms`."""

    name = NAME

    async def send(self, key: str, person: str, text: str) -> Sent:
        """Hand a text to Twilio. Raises Transient or Permanent (see `twilio_words`)."""
        to = self._number(person)
        try:
            message = await self._create(to, text, self._callback(key))
        except Permanent as refused:
            if refused.code != str(BAD_CALLBACK) or not self._settings.public_url:
                raise
            message = None
        if message is None:
            # A PUBLIC_URL that Twilio cannot use must not keep a page from going out.
            message = await self._create(to, text, None)
        if not message.sid:
            raise Transient("Twilio's answer made no sense", may_have_happened=True)
        return Sent(message.sid, state_of(message.status) or PageState.SENDING)

    async def find(self, key: str, person: str, text: str, since: datetime) -> Sent | None:
        """The text that Twilio has for this person since then. Raises Transient or Permanent.

        Twilio filters by the time of sending, which a waiting text does not have: so the person's
        newest texts are read and compared here. Their times have whole seconds.
        """
        to = self._number(person)
        messages = await self._call(
            lambda client: client.messages.list_async(to=to, limit=LOOK_BACK_TEXTS)
        )
        floor = since.astimezone(UTC).replace(microsecond=0)
        for message in messages:
            if _is_ours(message, text, floor):
                return Sent(message.sid, state_of(message.status) or PageState.SENDING)
        return None

    async def ask(self, provider_id: str) -> Receipt | None:
        """What became of a text; None if Twilio does not know it. Raises Transient or Permanent."""
        try:
            message = await self._call(lambda client: client.messages(provider_id).fetch_async())
        except Permanent as refused:
            if refused.code == "20404":
                return None
            raise
        state = state_of(message.status) or PageState.SENDING
        sent_at = message.date_sent if isinstance(message.date_sent, datetime) else None
        return Receipt(state, explain(message.error_code, message.status or ""), sent_at)

    def _callback(self, key: str) -> str | None:
        base = self._settings.public_url.rstrip("/")
        return f"{base}/twilio/status?key={quote(key, safe='')}" if base else None

    async def _create(self, to: str, text: str, callback: str | None) -> Any:
        sender = self._settings.sender
        by_service = sender.startswith("MG")
        return await self._call(
            lambda client: client.messages.create_async(
                to=to,
                body=text,
                from_=unset if by_service else sender,
                messaging_service_sid=sender if by_service else unset,
                validity_period=VALIDITY_SECONDS,
                status_callback=callback or unset,
            )
        )


def _is_ours(message: Any, text: str, since: datetime) -> bool:
    created = message.date_created
    if not message.sid or message.direction == "inbound" or created is None or created < since:
        return False
    body = (message.body or "").removeprefix(TRIAL_PREFIX)
    return " ".join(body.split()) == " ".join(text.split())
