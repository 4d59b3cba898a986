"""A signed request to any program: it deploys what it is told to.

Signed as Standard Webhooks say (standardwebhooks.com): `webhook-id` names the attempt for ever, so
a receiver that keeps to the standard takes the same order once. Midwatch does not rely on it: an
order whose answer got lost is not sent again by itself.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime

import httpx

from bot.core.effects import TriggerRelease
from bot.ports import Clock, Motion, Permanent, Transient

TIMEOUT_SECONDS = 15.0
MOST_BYTES = 64 * 1024
SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix of secrets, not one of them


class SignedWebhook:
    """Implements `bot.ports.Trigger`. `address` is asked anew for every call."""

    kind = "webhook"
    repeatable = False

    def __init__(self, secret: str, address: Callable[[], str | None], clock: Clock) -> None:
        self._key, self._address, self._clock = key_of(secret), address, clock
        self._client = httpx.AsyncClient(
            headers={"User-Agent": "midwatch", "Content-Type": "application/json"},
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,  # a signed order goes nowhere else
            trust_env=False,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def start(self, effect: TriggerRelease, correlation: str) -> Motion:
        """Send it. Raises Transient or Permanent; neither names the address."""
        address = self._address()
        if address is None:
            raise Permanent("sign_off.trigger.webhook is not configured")
        at = int(self._clock.now().timestamp())
        body = json.dumps(_body(effect, at), separators=(",", ":"), sort_keys=True).encode()
        headers = {
            "webhook-id": correlation,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._key, correlation, at, body),
        }
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                request = self._client.build_request("POST", address, content=body, headers=headers)
                answer = await self._client.send(request, stream=True)
                await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Transient(f"the webhook cannot be reached ({type(error).__name__})") from None
        except (TimeoutError, httpx.HTTPError) as error:
            why = f"the webhook gave no answer ({type(error).__name__})"
            raise Transient(why, may_have_happened=True) from None
        except httpx.InvalidURL:
            raise Permanent("the webhook's address makes no sense") from None
        return _judged(answer)

    async def find(
        self, effect: TriggerRelease, correlation: str, since: datetime
    ) -> Motion | None:
        """It cannot be asked."""
        return None


def _judged(answer: httpx.Response) -> Motion:
    status = answer.status_code
    if 200 <= status < 300:
        return Motion()
    if status == 429:
        wait = answer.headers.get("retry-after", "")
        seconds = float(wait) if wait.isdecimal() and len(wait) < 5 else 30.0
        raise Transient("the webhook asks for a pause (HTTP 429)", retry_after_seconds=seconds)
    if status >= 500:
        raise Transient(f"the webhook has a problem (HTTP {status})", may_have_happened=True)
    raise Permanent(f"the webhook refused it (HTTP {status})", code=str(status))


def key_of(secret: str) -> bytes:
    """The key of a secret, `whsec_` and base64, or any other text as it is."""
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except ValueError:
            pass
    return secret.encode()


def signature(key: bytes, id_: str, at_seconds: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over id, time and body."""
    signed = b".".join((id_.encode(), str(at_seconds).encode(), body))
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def _body(effect: TriggerRelease, at_seconds: int) -> dict[str, object]:
    return {
        "type": "release.approved",
        "timestamp": at_seconds,
        "data": {
            "release": effect.release,
            "service": effect.service,
            "environment": effect.environment,
            "version": effect.version,
            "sha": effect.sha,
            "artifact": effect.artifact,
            "approved_by": effect.by,
            "attempt": effect.attempt,
        },
    }
