"""What texts and calls share: one account at Twilio, asked through its own SDK.

The SDK brings no time-out of its own and logs numbers at INFO: it gets a session with one, and a
logger that is silent. No error that leaves this file carries a number, a token or Twilio's text.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import aiohttp
from twilio.base.exceptions import (
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from bot.channels.twilio_words import Meaning, meaning
from bot.channels.waiting import retry_after
from bot.ports import DeliveryError, Permanent, Transient

CONNECT_SECONDS = 5.0
BAD_CALLBACK = 21609
BAD_TOKEN = 20003
TOO_MANY = 20429

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """An account. `auth_tokens`: the present one and, while rotating, the next one.

    `sender` is a number or, for texts, a Messaging Service SID (`MG…`). `public_url` empty: no
    callbacks, so Twilio is asked instead. `api_url` None: Twilio itself. `timeout_seconds` is for
    a whole request and stays below the outbox' lease.
    """

    account_sid: str
    auth_tokens: tuple[str, ...]
    sender: str
    public_url: str = ""
    api_url: str | None = None
    timeout_seconds: float = 10.0

    def __repr__(self) -> str:
        return f"TwilioSettings({self.account_sid!r})"


class TwilioChannel:
    """The base of both channels. `phone_of` gives a person's number in E.164, or None."""

    gives_receipts = True
    can_find = True

    def __init__(self, settings: TwilioSettings, phone_of: Callable[[str], str | None]) -> None:
        self._settings = settings
        self._phone_of = phone_of
        self._tokens = [token for token in settings.auth_tokens if token]
        self._client: Client | None = None
        self._http: AsyncTwilioHttpClient | None = None

    async def start(self) -> None:
        """Warm up, so that the first page does not wait for imports and TLS (about 300 ms).

        Raises nothing: whether Twilio answers is `check`'s business.
        """
        try:
            await self.check()
        except DeliveryError:
            return

    async def check(self) -> None:
        """Ask for the account. Raises Transient or Permanent in words (`/readyz`)."""
        sid = self._settings.account_sid
        await self._call(lambda client: client.api.v2010.accounts(sid).fetch_async())

    async def close(self) -> None:
        """Let go of the connections."""
        if self._http is not None:
            await self._http.close()
        self._http = self._client = None

    def _number(self, person: str) -> str:
        number = self._phone_of(person)
        if not number:
            raise Permanent("there is no phone number", code="no_phone")
        return number

    async def _call(self, ask: Callable[[Client], Awaitable[T]]) -> T:
        """Ask Twilio; while tokens are rotated, ask again with the next one."""
        failure: DeliveryError = Permanent("there is no Twilio token", code=str(BAD_TOKEN))
        for token in tuple(self._tokens):
            answer, problem = await self._once(ask, token)
            if problem is None:
                # The good one comes first from now on, however many calls find that out at once.
                self._tokens.sort(key=lambda other: other != token)
                return cast(T, answer)
            failure = problem
            if not (isinstance(problem, Permanent) and problem.code == str(BAD_TOKEN)):
                break
        raise failure

    async def _once(
        self, ask: Callable[[Client], Awaitable[T]], token: str
    ) -> tuple[T | None, DeliveryError | None]:
        """The answer, or what went wrong: returned, so that no cause with a number hangs on it."""
        client = self._ready(token)
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                return await ask(client), None
        except (TwilioRestException, TwilioServiceException) as error:
            return None, _refused(error.code, error.status)
        except _SlowDown as busy:
            words = f"{meaning(TOO_MANY).words} ({TOO_MANY})"
            return None, Transient(words, retry_after_seconds=busy.seconds)
        except TwilioException as error:
            return None, _refused(None, _status_of_page(error.args))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return None, Transient("Twilio cannot be reached")
        except TimeoutError:
            return None, Transient("Twilio did not answer in time", may_have_happened=True)
        except (aiohttp.ClientError, OSError):
            return None, Transient("the connection to Twilio broke", may_have_happened=True)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None, Transient("Twilio's answer made no sense", may_have_happened=True)

    def _ready(self, token: str) -> Client:
        """The SDK's client, built on first use: its session needs the running loop."""
        if self._client is None:
            self._http = _http_client(self._settings.timeout_seconds)
            self._client = Client(self._settings.account_sid, token, http_client=self._http)
            if self._settings.api_url:
                self._client.api.base_url = self._settings.api_url.rstrip("/")
        self._client.auth = (self._settings.account_sid, token)
        return self._client


class _SlowDown(Exception):
    """Twilio's 429, whose headers the SDK's own errors do not keep. `seconds`: None if unsaid."""

    def __init__(self, seconds: float | None) -> None:
        super().__init__()
        self.seconds = seconds


class _HttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's, which also tells how long to wait."""

    async def request(self, *args: Any, **more: Any) -> Response:
        """Raises _SlowDown."""
        answer = await super().request(*args, **more)
        if answer.status_code == 429:
            given = (answer.headers or {}).get("Retry-After")
            raise _SlowDown(retry_after(given))
        return answer


def _http_client(timeout_seconds: float) -> AsyncTwilioHttpClient:
    silent = logging.getLogger("bot.channels.twilio.sdk")
    silent.setLevel(logging.CRITICAL)  # the SDK writes query strings, numbers included, at INFO
    http = _HttpClient(pool_connections=False, logger=silent)
    limits = aiohttp.ClientTimeout(
        total=timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds)
    )
    http.session = aiohttp.ClientSession(timeout=limits)
    return http


def _refused(code: object, status: object) -> DeliveryError:
    """Twilio's refusal as one of our two words."""
    number = code if isinstance(code, int) else None
    http = status if isinstance(status, int) else 400
    known: Meaning = meaning(number, http)
    shown = number if number is not None else http
    words = f"{known.words} ({shown})"
    if known.again:
        # After a 5xx the text may exist; a 429 was turned away before anything happened.
        return Transient(words, may_have_happened=http >= 500)
    if known is meaning(BAD_TOKEN):
        number = BAD_TOKEN
    return Permanent(words, code=str(number if number is not None else http), mark=known.mark)


def _status_of_page(details: Sequence[object]) -> int | None:
    """The SDK raises a bare exception for a list that failed, with the response in its args."""
    return next((found for d in details if (found := getattr(d, "status_code", None))), None)
