"""Texts from people, questions that change nothing, and where a thread is."""

from dataclasses import replace
from typing import assert_never

from bot.core import answering, quiet, replies
from bot.core.acknowledging import acknowledged, escalated
from bot.core.draft import Draft
from bot.core.events import (
    Acknowledged,
    Asked,
    Escalated,
    Resolved,
    Silenced,
    SilenceEnded,
    TextReceived,
    ThreadPosted,
)
from bot.core.resolving import resolved
from bot.core.silencing import silenced
from bot.core.unsilencing import silence_ended
from bot.core.wording import private


def text_received(draft: Draft, event: TextReceived) -> None:
    """Read the text as a command and do it. Twilio's own words are its to answer."""
    command = replies.parse(event.body)
    _do(draft, event, command)
    answering.bound(draft, understood=not isinstance(command, replies.Unknown))


def _do(draft: Draft, event: TextReceived, command: replies.Command) -> None:
    actor, at = event.actor, event.at
    match command:
        case replies.Ack(number):
            acknowledged(draft, Acknowledged(number, actor, at))
        case replies.AckOnly():
            acknowledged(draft, Acknowledged(None, actor, at))
        case replies.AckAll():
            acknowledged(draft, Acknowledged(None, actor, at, everything=True))
        case replies.EscalateIncident(number):
            escalated(draft, Escalated(number, actor, at))
        case replies.ResolveIncident(number):
            resolved(draft, Resolved(number, actor, at))
        case replies.SilenceIncident(number, lasts):
            silenced(draft, Silenced(actor, at, lasts, number=number, reason="by text"))
        case replies.EndSilence(number):
            silence_ended(draft, SilenceEnded(actor, at, number=number))
        case replies.SignInLink():
            asked(draft, Asked("sign_in", actor, at))
        case replies.Status():
            asked(draft, Asked("status", actor, at))
        case replies.CarrierWord():
            pass
        case replies.Unknown():
            several = len(replies.numbers_in(event.body)) > 1
            words = private.unknown_words(draft.open_incidents(), actor, several=several)
            draft.answer(actor, words)
        case _:
            assert_never(command)


def asked(draft: Draft, event: Asked) -> None:
    """A question: answered, and nothing changes."""
    actor = event.actor
    if actor.person is None:
        draft.answer(actor, private.stranger())
    elif event.what == "sign_in":
        draft.answer(actor, private.sign_in(), sign_in=True)
    else:
        incidents = draft.open_incidents()
        seen = {part.service for incident in incidents for part in incident.services}
        held_back = quiet.held_back(draft.policy, draft.silences.values(), draft.now, seen)
        text = private.status(incidents, held_back, actor, draft.policy, draft.now)
        draft.answer(actor, text)


def thread_posted(draft: Draft, event: ThreadPosted) -> None:
    """The first message exists: replies can follow it now."""
    incident = draft.incidents.get(event.number)
    if incident is not None:
        draft.put_incident(replace(incident, thread_channel=event.channel, thread_ts=event.ts))
