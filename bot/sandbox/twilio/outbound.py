"""Texts to phones: accepting them, their way through the network, and the receipts."""

import asyncio
from collections.abc import Mapping

from bot.sandbox.context import Context
from bot.sandbox.twilio.numbers import Draft, check
from bot.sandbox.twilio.receipts import Receipts, undelivered
from bot.sandbox.twilio.records import API_VERSION, FINAL, Message, Phone
from bot.sandbox.twilio.refusals import Refusal
from bot.sandbox.twilio.views import text_view
from bot.sandbox.twilio.webhooks import Webhooks


class Outbound:
    """The messages of the account and what happens to them."""

    def __init__(self, context: Context, phones: dict[str, Phone], webhooks: Webhooks) -> None:
        self._context = context
        self._phones = phones
        self._webhooks = webhooks
        self.messages: list[Message] = []

    async def create(self, form: Mapping[str, str]) -> Message:
        """Accept a message (Refusal if Twilio would not) and send it on its way."""
        draft = check(form, self._context.settings, self._phones)
        message = self._accept(draft)
        receipts = self._receipts(self._phones.get(message.to))
        if receipts.early:
            await self._travel(message, receipts)
        else:
            self._context.courier.spawn(self._travel(message, receipts))
        return message

    def keep(self, message: Message) -> None:
        """Put a message into the account's list and on its phone."""
        self.messages.append(message)
        other = message.from_ if message.direction == "inbound" else message.to
        phone = self._phones.get(other)
        if phone is not None:
            phone.messages.append(message)
        self.note(message)

    def note(self, message: Message) -> None:
        """Tell the journal how a message stands."""
        self._context.journal.note("text", **text_view(message))

    def cancel(self, message: Message) -> None:
        """Take back a message that has not left; Refusal if it has."""
        if message.status not in ("accepted", "queued"):
            raise Refusal(30409, "Message cannot be canceled: it has already been sent", 409)
        message.move("canceled", None, self._context.now())
        self.note(message)

    def _accept(self, draft: Draft) -> Message:
        message = Message(
            account_sid=self._context.settings.account_sid,
            to=draft.to,
            from_=draft.from_,
            body=draft.body,
            direction="outbound-api",
            created_at=self._context.now(),
            status="accepted" if draft.messaging_service_sid else "queued",
            messaging_service_sid=draft.messaging_service_sid,
            status_callback=draft.status_callback,
            validity_seconds=draft.validity_seconds,
        )
        self.keep(message)
        return message

    @staticmethod
    def _receipts(phone: Phone | None) -> Receipts:
        if phone is None:
            return Receipts((("queued", None), ("sent", None), ("delivered", None)))
        return phone.receipts if phone.on else undelivered(30003)

    async def reply(self, to: str, body: str) -> Message | None:
        """A text answered with TwiML; None if the number has opted out (alert 21610)."""
        phone = self._phones.get(to)
        if phone is not None and phone.opted_out:
            self._webhooks.alert(21610, "", "TwiML answer to an unsubscribed recipient")
            return None
        settings = self._context.settings
        message = Message(
            account_sid=settings.account_sid,
            to=to,
            from_=settings.from_number,
            body=body,
            direction="outbound-reply",
            created_at=self._context.now(),
        )
        self.keep(message)
        await self._travel(message, self._receipts(phone))
        return message

    async def _travel(self, message: Message, receipts: Receipts) -> None:
        """Through the states; the receipts in the order in which the network sends them."""
        held: list[tuple[str, int | None]] = []
        for status, code in receipts.steps:
            await asyncio.sleep(self._delay(receipts))
            if message.status == "canceled":
                return
            self._move(message, status, code, receipts.arrives)
            if receipts.order == "reversed":
                held.insert(0, (status, code))
            else:
                await self._report_often(message, status, code, receipts.reported)
        for status, code in held:
            await self._report_often(message, status, code, receipts.reported)

    def _delay(self, receipts: Receipts) -> float:
        if receipts.delay_seconds is not None:
            return receipts.delay_seconds
        return self._context.settings.receipt_delay_seconds

    def _move(self, message: Message, status: str, code: int | None, arrives: bool) -> None:
        if message.move(status, code, self._context.now()):
            there = status in ("sent", "delivered") or message.arrived
            message.arrived = arrives and there
            self.note(message)

    async def _report_often(
        self, message: Message, status: str, code: int | None, times: int
    ) -> None:
        for _ in range(times):
            await self._report(message, status, code)

    async def _report(self, message: Message, status: str, code: int | None) -> None:
        """One status callback; failures are not tried again, as at Twilio."""
        if message.status_callback is None:
            return
        form = {
            "SmsSid": message.sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": message.to,
            "MessageSid": message.sid,
            "AccountSid": message.account_sid,
            "From": message.from_,
            "ApiVersion": API_VERSION,
        }
        if code is not None:
            form["ErrorCode"] = str(code)
        if message.messaging_service_sid:
            form["MessagingServiceSid"] = message.messaging_service_sid
        if status in FINAL:
            form["RawDlrDoneDate"] = self._context.now().strftime("%y%m%d%H%M")
        await self._webhooks.send(message.status_callback, form)
