"""GitLab waits for us: a manual job is played, or a deployment approved (Premium).

Source: docs.gitlab.com, "Run a job", "Get a single job", "Approve or reject a blocked deployment".
"""

from datetime import datetime
from urllib.parse import quote

from bot.core.effects import TriggerRelease
from bot.ports import Clock, Motion, Permanent
from bot.sources.reading import dig, text, web_address
from bot.sources.rest import RestApi

WAITS = frozenset({"manual", "created", "skipped"})
"""States of a job that nobody has played."""


class _GitLab:
    """What both share. `callback` of the effect is `gitlab job 12` or `gitlab deployment 34`."""

    what = ""

    def __init__(self, token: str, clock: Clock, *, api_url: str) -> None:
        headers = {"PRIVATE-TOKEN": token}
        self._api = RestApi("GitLab", "GITLAB_TOKEN", api_url, headers, clock, 15.0)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    def _path(self, effect: TriggerRelease) -> str:
        host, _, rest = effect.callback.partition(" ")
        what, _, number = rest.partition(" ")
        if host != "gitlab" or what != self.what or not number.isdecimal():
            raise Permanent(f"the pipeline did not say which {self.what} of GitLab waits")
        if not effect.repository:
            raise Permanent(f"services.{effect.service}.repository is not configured")
        return f"/projects/{quote(effect.repository, safe='')}/{self.what}s/{number}"


class ManualJob(_GitLab):
    """Implements `bot.ports.Trigger`: the job that deploys is played. A rejection plays nothing."""

    kind, what, repeatable = "manual_job", "job", False

    async def start(self, effect: TriggerRelease, correlation: str) -> Motion:
        """Play it."""
        path = self._path(effect)
        if not effect.approved:
            return Motion()
        found = await self._api.post(f"{path}/play", {}, effect.repository)
        return Motion(web_address(dig(found, "web_url")))

    async def find(
        self, effect: TriggerRelease, correlation: str, since: datetime
    ) -> Motion | None:
        """Whether the job waits no longer."""
        answer = await self._api.get(self._path(effect), {}, effect.repository)
        if text(dig(answer.json, "status"), 50) in WAITS:
            return None
        return Motion(web_address(dig(answer.json, "web_url")))


class DeploymentApproval(_GitLab):
    """Implements `bot.ports.Trigger`: the blocked deployment is approved or rejected."""

    kind, what, repeatable = "deployment_approval", "deployment", True

    async def start(self, effect: TriggerRelease, correlation: str) -> Motion:
        """Answer it."""
        words = "approved" if effect.approved else "rejected"
        who = f"{effect.by} in Midwatch" if effect.by else "Midwatch"
        why = f": {effect.reason}" if effect.reason else ""
        comment = f"{words} by {who} ({correlation}){why}"
        await self._api.post(
            f"{self._path(effect)}/approval",
            {"status": words, "comment": comment},
            effect.repository,
        )
        return Motion()

    async def find(
        self, effect: TriggerRelease, correlation: str, since: datetime
    ) -> Motion | None:
        """It is answered again instead."""
        return None
