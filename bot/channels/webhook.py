"""Pages as signed webhooks, after the Standard Webhooks specification.

`webhook-id` is made from the page's key and stays the same however often a page is tried, so a
receiver that remembers it acts once. Any 2xx is delivered; 410 says that nobody lives there any
more. Redirects are not followed: where a page goes is written in the configuration.
Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

import httpx
from standardwebhooks.webhooks import Webhook as Signer

from bot.channels.waiting import retry_after
from bot.core.wording import webhook as wording
from bot.ports import Clock, DeliveryError, Permanent, Receipt, Sent, Transient

NAME = "webhook"
VARIABLES = ("PAGE_WEBHOOK_SECRET",)
TIMEOUT_SECONDS = 10.0
"""For a whole delivery: connecting, handing over, the first line of the answer."""
CONNECT_SECONDS = 5.0
GONE = "gone"
_LATER = frozenset({408, 425, 429})
_BODY_BEGINS = '{"type":"page"'


class Webhook:
    """The channel `webhook`. `url_of` gives a person's address, or None.

    `secrets` are `whsec_…`: the present one and, while rotating, the next; each signs.
    An address may hold a token of its own: it is never said.
    """

    name = NAME
    gives_receipts = False
    can_find = False

    def __init__(
        self, secrets: Sequence[str], url_of: Callable[[str], str | None], clock: Clock
    ) -> None:
        self._signers = [Signer(secret) for secret in secrets]
        self._url_of, self._clock = url_of, clock
        self._client: httpx.AsyncClient | None = None

    async def send(self, key: str, person: str, text: str) -> Sent:
        """Hand it over. Raises Transient or Permanent."""
        url = self._url_of(person)
        if not url:
            raise Permanent(f"{person} has no `webhook` in the configuration", code="no_address")
        body = self._body(person, text)
        name = id_of(key)
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self._post(url, body, self.headers(name, body))
        except TimeoutError:
            raise Transient("the webhook did not answer in time", may_have_happened=True) from None
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise Transient("the webhook cannot be reached") from None
        except httpx.HTTPError:
            raise Transient("the connection to the webhook broke", may_have_happened=True) from None
        except (httpx.InvalidURL, ValueError):
            raise Permanent("the address of the webhook is none", code="no_address") from None
        return Sent(name)

    async def find(self, key: str, person: str, text: str, since: datetime) -> Sent | None:
        """Nobody can be asked what a webhook has taken; sent again it has the same id."""
        return None

    async def ask(self, provider_id: str) -> Receipt | None:
        """Nor what became of it."""
        return None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()
        self._client = None

    def headers(self, name: str, body: str) -> dict[str, str]:
        """Who it is from, when this try was made, and a signature by each secret."""
        now = self._clock.now()
        signatures = [signer.sign(name, now, body) for signer in self._signers]
        return {
            "content-type": "application/json",
            "user-agent": "midwatch",
            "webhook-id": name,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signatures),
        }

    def _body(self, person: str, text: str) -> str:
        """A page was worded as JSON already; a test, or a page from memory, is plain text."""
        if text.startswith(_BODY_BEGINS):
            return text
        return wording.alone(text, person, self._clock.now())

    async def _post(self, url: str, body: str, headers: dict[str, str]) -> None:
        """Raises what the status says. The answer's body is not read, however long it is."""
        if self._client is None:
            limits = httpx.Timeout(TIMEOUT_SECONDS, connect=CONNECT_SECONDS)
            self._client = httpx.AsyncClient(timeout=limits, follow_redirects=False)
        async with self._client.stream("POST", url, content=body, headers=headers) as answer:
            refused = judged(answer.status_code, answer.headers.get("retry-after"), self._clock)
        if refused is not None:
            raise refused


def id_of(key: str) -> str:
    """The `webhook-id` of a page: its key. A full stop would blur what is signed."""
    return key.replace(".", "_")


def judged(status: int, wait: str | None, clock: Clock) -> DeliveryError | None:
    """What a status means; None: it was taken. `wait` is the Retry-After header."""
    if 200 <= status < 300:
        return None
    if status == 410:
        words = "the webhook says that it is gone (410)"
        return Permanent(words, code=str(status), mark=GONE)
    if status >= 500 or status in _LATER:
        seconds = retry_after(wait, clock.now())
        return Transient(
            f"the webhook does not take it now ({status})", retry_after_seconds=seconds
        )
    if 300 <= status < 400:
        return Permanent("the webhook leads elsewhere, which is not followed", code=str(status))
    return Permanent("the webhook refuses it", code=str(status))
