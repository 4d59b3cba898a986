"""Calls: a phone rings, somebody answers and presses keys, Midwatch's TwiML is played.

States and callbacks after https://www.twilio.com/docs/voice/api/call-resource: `initiated`,
`ringing`, `answered`, `completed` carry a sequence number, as they may arrive in any order.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urljoin

from bot.sandbox.context import Context
from bot.sandbox.twilio.callforms import call_form, order, progress_form
from bot.sandbox.twilio.records import Call, Phone
from bot.sandbox.twilio.refusals import Refusal
from bot.sandbox.twilio.twiml import BadTwiml, Script, read, walk
from bot.sandbox.twilio.views import call_view
from bot.sandbox.twilio.webhooks import Webhooks

LONGEST_REDIRECT_CHAIN = 10
EVENT_OF = {"queued": "initiated", "ringing": "ringing", "in-progress": "answered"}


class Calls:
    """The calls of the account."""

    def __init__(self, context: Context, phones: dict[str, Phone], webhooks: Webhooks) -> None:
        self._context = context
        self._phones = phones
        self._webhooks = webhooks
        self.calls: list[Call] = []

    def create(self, form: Mapping[str, str], events: list[str]) -> Call:
        """Accept a call (Refusal if Twilio would not) and let the phone ring."""
        call = order(form, events, self._context.settings, self._context.now())
        self.calls.append(call)
        phone = self._phones.get(call.to)
        if phone is not None:
            phone.calls.append(call)
        self._note(call)
        self._context.courier.spawn(self._begin(call, phone))
        return call

    def find(self, sid: str) -> Call:
        """The call with this identifier, or Refusal 20404."""
        call = next((c for c in self.calls if c.sid == sid), None)
        if call is None:
            raise Refusal(20404, f"The requested resource Calls/{sid} was not found", 404)
        return call

    async def answer(self, call: Call, answered_by: str = "human") -> None:
        """Pick up: fetch the TwiML and play it until it waits for a key."""
        if call.status not in ("queued", "ringing"):
            return
        call.answered_at, call.machine = self._context.now(), answered_by != "human"
        if call.machine_detection:
            call.answered_by = answered_by
        await self._move(call, "in-progress")
        if call.twiml is not None:
            await self._play(call, call.twiml, call.url or "")
        else:
            await self._fetch(call, call.url or "", call.method, {})

    async def press(self, call: Call, digits: str) -> None:
        """Press keys; nothing happens if the call does not wait for any."""
        if call.gather is None or call.over:
            return
        gather = call.gather
        call.pressed.append(digits)
        finish = gather.finish_on_key
        entered = digits.partition(finish)[0] if finish else digits
        if not entered:
            await self.wait(call)
            return
        call.gather = None
        extra = {"Digits": entered, "msg": "Gather Digits"}
        await self._fetch(call, gather.action or "", gather.method, extra)

    async def wait(self, call: Call) -> None:
        """Nobody presses anything in time: what follows is played."""
        if call.gather is None or call.over:
            return
        url = call.gather.action or ""
        call.gather = None
        await self._run(call, walk(call.rest), url)

    async def hang_up(self, call: Call) -> None:
        """The person ends or refuses the call."""
        if call.over:
            return
        await self._end(call, "busy" if call.answered_at is None else "completed")

    async def update(self, call: Call, form: Mapping[str, str]) -> None:
        """POST Calls/{sid}.json: the account ends the call."""
        wanted = form.get("Status")
        if wanted in ("completed", "canceled") and not call.over:
            await self._end(call, "completed" if call.answered_at else "canceled")

    async def _begin(self, call: Call, phone: Phone | None) -> None:
        await self._report(call, "initiated")
        answering = "no-answer" if phone is not None and not phone.on else "ring"
        if phone is not None and phone.on:
            answering = phone.answering
        if answering in ("busy", "failed"):
            await self._end(call, answering)
            return
        await self._move(call, "ringing")
        if answering == "voicemail":
            await self.answer(call, "machine_start")
        elif answering == "no-answer":
            await self._end(call, "no-answer")
        else:
            self._context.courier.spawn(self._give_up(call), lasting=True)

    async def _give_up(self, call: Call) -> None:
        """Stop ringing after the call's time-out."""
        await asyncio.sleep(min(call.timeout_seconds, self._context.settings.ring_seconds))
        if call.status == "ringing":
            await self._end(call, "no-answer")

    async def _move(self, call: Call, status: str) -> None:
        call.status = status
        self._note(call)
        await self._report(call, EVENT_OF[status])

    async def _end(self, call: Call, status: str) -> None:
        call.status, call.gather = status, None
        call.ended_at = self._context.now()
        self._note(call)
        await self._report(call, "completed")

    async def _fetch(
        self, call: Call, url: str, method: str, extra: Mapping[str, str], hops: int = 0
    ) -> None:
        """Ask Midwatch what to say next; a failure ends the call, as at Twilio."""
        form = {**call_form(call), **extra}
        answer = await self._webhooks.send(url, form, method)
        if not answer.ok or hops > LONGEST_REDIRECT_CHAIN:
            call.said.append("An application error has occurred. Goodbye.")
            await self._end(call, "completed")
            return
        await self._play(call, answer.body, url, hops)

    async def _play(self, call: Call, text: str, url: str, hops: int = 0) -> None:
        try:
            script = read(text)
        except BadTwiml as problem:
            self._webhooks.alert(12100, url, f"Document parse failure: {problem}")
            script = Script(hangs_up=True)
        await self._run(call, script, url, hops)

    async def _run(self, call: Call, script: Script, url: str, hops: int = 0) -> None:
        call.said += script.said
        if script.gather is not None:
            call.gather = replace(script.gather, action=urljoin(url, script.gather.action or url))
            call.rest = script.rest
            self._note(call)
            if call.machine:
                await self.wait(call)  # it listens to the end and presses nothing
            else:
                self._context.courier.spawn(self._time_out(call, script), lasting=True)
        elif script.redirect is not None:
            await self._fetch(call, urljoin(url, script.redirect), "POST", {}, hops + 1)
        else:
            await self._end(call, "completed")

    async def _time_out(self, call: Call, script: Script) -> None:
        """The words take their time, and then it waits for a key."""
        waits_for, words = call.gather, sum(len(said.split()) for said in script.said)
        if waits_for is None:
            return
        spoken = words * self._context.settings.word_seconds
        await asyncio.sleep(spoken + waits_for.timeout_seconds)
        if call.gather is waits_for:
            await self.wait(call)

    async def _report(self, call: Call, event: str) -> None:
        """A call progress callback, if the call asked for this event."""
        wanted = call.status_events | {"completed"}
        if call.status_callback is None or event not in wanted:
            return
        form = progress_form(call, self._context.now())
        call.sequence += 1
        await self._webhooks.send(call.status_callback, form)

    def _note(self, call: Call) -> None:
        self._context.journal.note("call", **call_view(call))
