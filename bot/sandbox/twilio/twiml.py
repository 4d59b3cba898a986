"""Reading TwiML as far as Midwatch needs it: texts to send, words to say, digits to gather."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass, field


class BadTwiml(Exception):
    """Not XML, or not a <Response>. Twilio's error 12100."""


@dataclass(frozen=True, slots=True)
class Gather:
    """Input that a call waits for. `finish_on_key` is not part of the digits."""

    action: str | None
    method: str = "POST"
    num_digits: int | None = None
    finish_on_key: str = "#"
    timeout_seconds: float = 5.0


@dataclass
class Script:
    """What a <Response> asks for: texts, or a call's words up to the first thing that waits.

    `rest` are the verbs after it, which are for somebody who presses nothing.
    """

    messages: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    gather: Gather | None = None
    rest: list[ElementTree.Element] = field(default_factory=list)
    redirect: str | None = None
    hangs_up: bool = False


def read(text: str, content_type: str = "text/xml") -> Script:
    """Parse an answer of a webhook. An empty answer and plain text are allowed for texts."""
    if not text.strip():
        return Script()
    if content_type == "text/plain":
        return Script(messages=[text])
    return walk(_parse(text))


def _parse(text: str) -> ElementTree.Element:
    try:
        # expat since 2.4.1 stops entity bombs; the text comes from the bot under test
        root = ElementTree.fromstring(text)  # noqa: S314
    except ElementTree.ParseError as error:
        raise BadTwiml(str(error)) from None
    if root.tag != "Response":
        raise BadTwiml(f"<{root.tag}> instead of <Response>")
    return root


def walk(verbs: Iterable[ElementTree.Element]) -> Script:
    """Verbs one after the other, up to the first thing that waits or ends the call."""
    script, left = Script(), list(verbs)
    while left:
        verb = left.pop(0)
        match verb.tag:
            case "Message" | "Sms":
                script.messages.append(_words(verb))
            case "Say":
                script.said.append(_words(verb))
            case "Gather":
                script.said += [_words(say) for say in verb.iter("Say")]
                script.gather, script.rest = _gather(verb), left
            case "Redirect":
                script.redirect = _words(verb)
            case "Hangup" | "Reject":
                script.hangs_up = True
            case _:
                continue
        if script.hangs_up or script.redirect or script.gather:
            break
    return script


def _gather(verb: ElementTree.Element) -> Gather:
    digits = verb.get("numDigits")
    return Gather(
        verb.get("action"),
        verb.get("method", "POST"),
        int(digits) if digits else None,
        verb.get("finishOnKey", "#"),
        float(verb.get("timeout", "5")),
    )


def _words(verb: ElementTree.Element) -> str:
    """The text of a verb, or of the <Body> in it."""
    body = verb.find("Body")
    return "".join((body if body is not None else verb).itertext()).strip()
