"""A workflow of GitHub Actions is dispatched, on the repository's default branch.

The workflow declares the inputs `version`, `sha`, `artifact`, `environment` and `midwatch`, and
names its run after the last one: `run-name: Deploy ${{ inputs.version }} ${{ inputs.midwatch }}`.
By that name a run is looked up after an answer that got lost. Source: docs.github.com, "Create a
workflow dispatch event", "List workflow runs for a repository".
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from bot.core.effects import TriggerRelease
from bot.core.policy import Policy
from bot.ports import Clock, Motion, Permanent
from bot.sources.reading import dig, listed, text, web_address
from bot.sources.rest import RestApi

PAGE = 100
MOST_PAGES = 5


class WorkflowDispatch:
    """Implements `bot.ports.Trigger`."""

    kind = "workflow"
    repeatable = False

    def __init__(
        self, token: str, policy: Callable[[], Policy], clock: Clock, *, api_url: str
    ) -> None:
        self._policy = policy
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._api = RestApi("GitHub", "GITHUB_TOKEN", api_url, headers, clock, 15.0)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    async def start(self, effect: TriggerRelease, correlation: str) -> Motion:
        """Dispatch it. A time-out after the request was sent may have started it."""
        repository = _repository(effect)
        rules = self._policy().sign_off
        if rules is None or not rules.workflow:
            raise Permanent("sign_off.trigger.workflow is not configured")
        about = await self._api.get(f"/repos/{repository}", {}, effect.repository)
        branch = text(dig(about.json, "default_branch"), 250) or "main"
        inputs = {
            "version": effect.version,
            "sha": effect.sha,
            "artifact": effect.artifact,
            "environment": effect.environment,
            "midwatch": correlation,
        }
        await self._api.post(
            f"/repos/{repository}/actions/workflows/{quote(rules.workflow)}/dispatches",
            {"ref": branch, "inputs": inputs},
            effect.repository,
        )
        return Motion(f"{self._policy().github_url}/{effect.repository}/actions")

    async def find(
        self, effect: TriggerRelease, correlation: str, since: datetime
    ) -> Motion | None:
        """A run whose name has the correlation id."""
        path = f"/repos/{_repository(effect)}/actions/runs"
        asking: dict[str, str | int | bool] = {
            "event": "workflow_dispatch",
            "created": f">={since.strftime('%Y-%m-%dT%H:%M:%SZ')}",
            "per_page": PAGE,
        }
        for page in range(1, MOST_PAGES + 1):
            answer = await self._api.get(path, {**asking, "page": page}, effect.repository)
            runs = listed(dig(answer.json, "workflow_runs"))
            for run in runs:
                names = (text(dig(run, key), 500) for key in ("display_title", "name"))
                if any(name and correlation in name for name in names):
                    return Motion(web_address(dig(run, "html_url")))
            if len(runs) < PAGE:
                break
        return None


def _repository(effect: TriggerRelease) -> str:
    if not effect.repository:
        raise Permanent(f"services.{effect.service}.repository is not configured")
    return quote(effect.repository, safe="/")
