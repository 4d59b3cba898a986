"""A signed request to any program: it deploys what it is told to.

Signed as Standard Webhooks say (standardwebhooks.com): `webhook-id` names the attempt for ever, so
a receiver that keeps to the standard takes the same order once. Midwatch does not rely on it: an
order whose answer got lost is not sent again by itself.
"""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime

import httpx
from standardwebhooks.webhooks import Webhook as Signer

from bot.core.effects import TriggerRelease
from bot.ports import Clock, Motion, Permanent, Transient

TIMEOUT_SECONDS = 15.0
MOST_BYTES = 64 * 1024


class SignedWebhook:
    """Implements `bot.ports.Trigger`. `secret` is `whsec_…`; `address` is asked anew each time."""

    kind = "webhook"
    repeatable = False

    def __init__(self, secret: str, address: Callable[[], str | None], clock: Clock) -> None:
        self._signer, self._address, self._clock = Signer(secret), address, clock
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
        now = self._clock.now()
        at = int(now.timestamp())
        body = json.dumps(_body(effect, at), separators=(",", ":"), sort_keys=True)
        headers = {
            "webhook-id": correlation,
            "webhook-timestamp": str(at),
            "webhook-signature": self._signer.sign(correlation, now, body),
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
