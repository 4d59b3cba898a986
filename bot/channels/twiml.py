"""What Twilio is told to say and to listen for (TwiML).

Sources: https://www.twilio.com/docs/voice/twiml/gather (falls through to the next verb when no key
is pressed; `finishOnKey=""` lets `*` and `#` through), https://www.twilio.com/docs/voice/twiml/say.
"""

from dataclasses import dataclass
from urllib.parse import quote

from twilio.twiml.voice_response import Gather, VoiceResponse

LANGUAGE = "en-US"
"""The voice is the account's own default for it (Twilio console: Voice, Text-to-Speech)."""
TIMES = 3
"""How often it is said to somebody who presses nothing, before it hangs up."""
KEY_WITHIN_SECONDS = 5
LONGEST_TWIML = 4000
"""Characters that the `Twiml` parameter of a new call takes."""
LONGEST_SPEECH = 900
HANGS_UP = "No key was pressed, so somebody else is paged. Goodbye."


@dataclass(frozen=True, slots=True)
class Speech:
    """Answers in TwiML. `public_url` empty: no key could reach us, so none is asked for."""

    public_url: str = ""

    def asking(self, text: str, key: str, turn: int = 0) -> str:
        """Say it and wait for a key, several times; then say that nobody was reached, and hang up.

        `key` is the page's and `turn` counts the keys pressed in this call: both come back in the
        address that the next key goes to.
        """
        times = TIMES
        while len(written := self._asking(text, key, turn, times)) > LONGEST_TWIML and times > 1:
            times -= 1
        return written

    def closing(self, text: str) -> str:
        """Say it and hang up."""
        response = VoiceResponse()
        _say(response, text)
        response.hangup()
        return _written(response)

    def _asking(self, text: str, key: str, turn: int, times: int) -> str:
        response = VoiceResponse()
        for _time in range(times):
            if not self.public_url:
                response.pause(length=1)
                _say(response, text)
                continue
            gather = Gather(
                input="dtmf",
                num_digits=1,
                finish_on_key="",
                timeout=KEY_WITHIN_SECONDS,
                action=self._address(key, turn),
                method="POST",
            )
            gather.pause(length=1)  # a phone takes a moment from the button to the ear
            _say(gather, text)
            response.append(gather)
        _say(response, HANGS_UP)
        response.hangup()
        return _written(response)

    def _address(self, key: str, turn: int) -> str:
        page = quote(key, safe="")
        return f"{self.public_url.rstrip('/')}/twilio/voice/key?key={page}&turn={turn}"


def _say(verb: VoiceResponse | Gather, text: str) -> None:
    """Escaped by the library; without what no XML may hold."""
    legal = "".join(char if char.isprintable() else " " for char in text)
    verb.say(" ".join(legal.split())[:LONGEST_SPEECH], language=LANGUAGE)


def _written(response: VoiceResponse) -> str:
    """The library's text is declared as UTF-8 and is one."""
    return str(response)
