"""Texts from phones: the signed form to Midwatch, TwiML answers, STOP and START."""

from dataclasses import dataclass, field

from bot.sandbox.context import Context
from bot.sandbox.twilio.outbound import Outbound
from bot.sandbox.twilio.records import API_VERSION, Message, Phone, new_sid
from bot.sandbox.twilio.twiml import BadTwiml, read
from bot.sandbox.twilio.views import phone_view
from bot.sandbox.twilio.webhooks import Webhooks

# Twilio's own words, taken only as the whole text, whatever the case.
STOP_WORDS = frozenset(
    ["STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"]
)
START_WORDS = frozenset(["START", "YES", "UNSTOP"])
HELP_WORDS = frozenset(["HELP", "INFO"])

CANNED = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages "
    "from this number. Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. "
    "Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


@dataclass
class Texted:
    """What came of a text: the webhook's HTTP status (None: no answer) and the replies."""

    message: Message
    status: int | None
    replies: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Midwatch answered with 2xx."""
        return self.status is not None and 200 <= self.status < 300


def keyword(body: str) -> str | None:
    """STOP, START or HELP if the whole text is one of Twilio's words."""
    word = body.strip().upper()
    families = {"STOP": STOP_WORDS, "START": START_WORDS, "HELP": HELP_WORDS}
    return next((name for name, words in families.items() if word in words), None)


class Inbound:
    """Carries texts from phones to the number's webhook."""

    def __init__(self, context: Context, outbound: Outbound, webhooks: Webhooks) -> None:
        self._context = context
        self._outbound = outbound
        self._webhooks = webhooks
        self.sms_url: str | None = None
        self.fallback_url: str | None = None

    @property
    def url(self) -> str:
        """Where the number's texts go: its own setting, else Midwatch's route."""
        return self.sms_url or self._context.bot("/twilio/sms")

    async def text(self, from_: str, phone: Phone | None, body: str, sid: str = "") -> Texted:
        """Send a text as this number; returns when Midwatch has answered.

        A given `sid` repeats a webhook, as Twilio's fallback and a retry with `#rc` do.
        """
        message = self._receive(from_, body, sid)
        word = keyword(body)
        form = self._form(message, word)
        if word in ("STOP", "START") and phone is not None:
            await self._subscribe(phone, word)
        elif word == "HELP":
            await self._outbound.reply(from_, CANNED["HELP"])
        answer = await self._webhooks.send_or_fall_back(self.url, self.fallback_url, form)
        texted = Texted(message, answer.status)
        if answer.ok:
            texted.replies = await self._send_back(from_, answer.body, answer.content_type)
        return texted

    def _receive(self, from_: str, body: str, sid: str) -> Message:
        message = Message(
            account_sid=self._context.settings.account_sid,
            to=self._context.settings.from_number,
            from_=from_,
            body=body,
            direction="inbound",
            created_at=self._context.now(),
            status="received",
            sid=sid or new_sid("SM"),
            arrived=True,
        )
        if not any(m.sid == message.sid for m in self._outbound.messages):
            self._outbound.keep(message)
        return message

    async def _subscribe(self, phone: Phone, word: str) -> None:
        """Twilio answers by itself; STOP still goes out although the number is closed then."""
        phone.opted_out = False
        await self._outbound.reply(phone.number, CANNED[word])
        phone.opted_out = word == "STOP"
        self._context.journal.note("phone", **phone_view(phone))

    async def _send_back(self, to: str, body: str, content_type: str) -> list[str]:
        """Deliver the texts of a TwiML answer."""
        try:
            script = read(body, content_type)
        except BadTwiml as problem:
            self._webhooks.alert(12100, self.url, f"Document parse failure: {problem}")
            return []
        sent = [await self._outbound.reply(to, words) for words in script.messages]
        return [message.body for message in sent if message is not None]

    def _form(self, message: Message, word: str | None) -> dict[str, str]:
        form = {
            "ToCountry": "US",
            "ToState": "CA",
            "SmsMessageSid": message.sid,
            "NumMedia": "0",
            "ToCity": "",
            "FromZip": "",
            "SmsSid": message.sid,
            "FromState": "",
            "SmsStatus": "received",
            "FromCity": "",
            "Body": message.body,
            "FromCountry": "US",
            "To": message.to,
            "ToZip": "",
            "NumSegments": str(message.num_segments),
            "MessageSid": message.sid,
            "AccountSid": message.account_sid,
            "From": message.from_,
            "ApiVersion": API_VERSION,
        }
        if word is not None:
            form["OptOutType"] = word
            form["MessagingServiceSid"] = self._context.settings.messaging_service_sid
        return form
