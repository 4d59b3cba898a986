"""GitHub waits for us: a deployment protection rule, answered as a GitHub App.

A rule is answered once; the same answer again changes nothing, so it may be repeated. Source:
docs.github.com, "Creating custom deployment protection rules", "Generating a JSON Web Token (JWT)
for a GitHub App", "Create an installation access token for an app".
"""

from datetime import datetime, timedelta

import jwt

from bot.core.effects import TriggerRelease
from bot.ports import Clock, Motion, Permanent
from bot.sources.reading import dig, text
from bot.sources.rest import RestApi

VALID = timedelta(minutes=9)
"""GitHub takes ten at most, and clocks differ."""
SKEW = timedelta(minutes=1)
COMMENT_AT_MOST = 200


class ProtectionRule:
    """Implements `bot.ports.Trigger`."""

    kind = "protection_rule"
    repeatable = True

    def __init__(self, app_id: str, private_key: str, clock: Clock, *, api_url: str) -> None:
        self._app_id, self._key, self._clock = app_id, private_key, clock
        self._base = api_url.rstrip("/")
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._api = RestApi("GitHub", "GITHUB_APP_PRIVATE_KEY", api_url, headers, clock, 15.0)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    async def start(self, effect: TriggerRelease, correlation: str) -> Motion:
        """Answer the rule: approved or rejected."""
        installation, environment, path = self._place(effect.callback)
        token = await self._token(installation)
        words = "approved" if effect.approved else "rejected"
        comment = f"{words} by {_who(effect)} ({correlation}){_why(effect)}"
        await self._api.post(
            path,
            {
                "environment_name": environment,
                "state": words,
                "comment": comment[:COMMENT_AT_MOST],
            },
            effect.repository,
            headers={"Authorization": f"Bearer {token}"},
        )
        return Motion()

    async def find(
        self, effect: TriggerRelease, correlation: str, since: datetime
    ) -> Motion | None:
        """It is answered again instead."""
        return None

    def _place(self, callback: str) -> tuple[str, str, str]:
        """Installation, environment and path. Raises Permanent for another host's address."""
        kind, _, rest = callback.partition(" ")
        installation, _, rest = rest.partition(" ")
        url, _, environment = rest.partition(" ")
        if kind != "github" or not url.startswith(f"{self._base}/"):
            raise Permanent("GitHub never asked for a decision about this release")
        return installation, environment, url.removeprefix(self._base)

    async def _token(self, installation: str) -> str:
        now = self._clock.now()
        claims = {
            "iat": int((now - SKEW).timestamp()),
            "exp": int((now + VALID).timestamp()),
            "iss": self._app_id,
        }
        try:
            signed = jwt.encode(claims, self._key, algorithm="RS256")
        except (ValueError, TypeError, jwt.PyJWTError):
            raise Permanent("GITHUB_APP_PRIVATE_KEY is no RSA key") from None
        found = await self._api.post(
            f"/app/installations/{installation}/access_tokens",
            {},
            "the app's installation",
            headers={"Authorization": f"Bearer {signed}"},
        )
        token = text(dig(found, "token"), 500)
        if token is None:
            raise Permanent("GitHub gave the app no token")
        return token


def _who(effect: TriggerRelease) -> str:
    return f"{effect.by} in Midwatch" if effect.by else "Midwatch"


def _why(effect: TriggerRelease) -> str:
    return f": {effect.reason}" if effect.reason else ""
