"""The local Twilio as one object: what tests and the page read and do."""

from typing import Any

from bot.sandbox.context import Context
from bot.sandbox.faults import Faults
from bot.sandbox.twilio.calls import Calls
from bot.sandbox.twilio.inbound import Inbound, Texted
from bot.sandbox.twilio.outbound import Outbound
from bot.sandbox.twilio.receipts import BEHAVIOURS
from bot.sandbox.twilio.records import Call, Message, Phone, new_sid
from bot.sandbox.twilio.views import call_view, phone_view, text_view
from bot.sandbox.twilio.webhooks import Alert, Webhooks


class Twilio:
    """One account with one number, and the phones it can reach."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.faults = Faults(self._fault_changed)
        self.phones: dict[str, Phone] = {
            p.number: Phone(p.name, p.team, p.number) for p in context.settings.people() if p.number
        }
        self.number_sid = new_sid("PN")
        self.webhooks = Webhooks(context)
        self.outbound = Outbound(context, self.phones, self.webhooks)
        self.inbound = Inbound(context, self.outbound, self.webhooks)
        self.voice = Calls(context, self.phones, self.webhooks)

    @property
    def messages(self) -> list[Message]:
        """Every message of the account, both directions, oldest first."""
        return self.outbound.messages

    @property
    def calls(self) -> list[Call]:
        """Every call of the account, oldest first."""
        return self.voice.calls

    @property
    def alerts(self) -> list[Alert]:
        """Webhooks that failed, oldest first."""
        return self.webhooks.alerts

    def phone(self, who: str) -> Phone:
        """A phone by its owner's name (case does not matter) or by number. Raises KeyError."""
        if who in self.phones:
            return self.phones[who]
        for phone in self.phones.values():
            if phone.name.casefold() == who.casefold():
                return phone
        raise KeyError(who)

    def set_phone(self, who: str, **changes: Any) -> Phone:
        """Change a phone and show it on the page. `receipts` also takes a behaviour's name."""
        phone = self.phone(who)
        if isinstance(changes.get("receipts"), str):
            changes["receipts"] = BEHAVIOURS[changes["receipts"]]
        for name, value in changes.items():
            if not hasattr(phone, name):
                raise KeyError(name)
            setattr(phone, name, value)
        self.context.journal.note("phone", **phone_view(phone))
        return phone

    async def text(self, from_: str, body: str, *, sid: str = "") -> Texted:
        """Text Midwatch's number as this person or number; returns when it has answered."""
        try:
            phone: Phone | None = self.phone(from_)
        except KeyError:
            phone = None
        return await self.inbound.text(phone.number if phone else from_, phone, body, sid)

    async def answer(self, who: str, *, by: str = "human") -> Call:
        """Pick up the call that rings at this phone. Raises LookupError if none does."""
        call = self._ringing(who)
        await self.voice.answer(call, by)
        return call

    async def press(self, who: str, digits: str) -> Call:
        """Press keys in the call at this phone. Raises LookupError if there is none."""
        call = self._ringing(who)
        await self.voice.press(call, digits)
        return call

    async def wait(self, who: str) -> Call:
        """Press nothing until the call at this phone goes on. Raises LookupError if none is."""
        call = self._ringing(who)
        await self.voice.wait(call)
        return call

    async def hang_up(self, who: str) -> Call:
        """End or refuse the call at this phone. Raises LookupError if there is none."""
        call = self._ringing(who)
        await self.voice.hang_up(call)
        return call

    def _ringing(self, who: str) -> Call:
        call = self.phone(who).call
        if call is None:
            raise LookupError(f"no call at {self.phone(who).name}'s phone")
        return call

    def view(self) -> list[dict[str, Any]]:
        """The phones for the page, with their texts and the present call."""
        return [
            phone_view(phone)
            | {
                "texts": [text_view(m) for m in phone.messages],
                "call": call_view(phone.call) if phone.call else None,
                "calls": [call_view(call) for call in phone.calls if call.over],
            }
            for phone in self.phones.values()
        ]

    def _fault_changed(self, fault: str | None) -> None:
        self.context.journal.note("fault", provider="twilio", active=self.faults.active)
