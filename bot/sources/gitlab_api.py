"""GitLab's REST API: what was missed while nobody listened, and the commits of a range.

Source: docs.gitlab.com, "Deployments API", "Repositories API" (compare), "Pagination".
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from bot.core.deployment import Commit, Report
from bot.core.policy import GITLAB, Policy
from bot.ports import Clock, Permanent, Transient
from bot.sources import gitlab_payload as payloads
from bot.sources.reading import dig, text
from bot.sources.rest import RestApi, listed
from bot.sources.services import repositories

API_URL = "https://gitlab.com/api/v4"
PAGE = 100
MOST_PAGES = 10


class GitLabSource:
    """Implements `bot.ports.Source` as `gitlab`. `policy` is asked anew for every call.

    `problems` tells which projects cannot be read, and why.
    """

    name = GITLAB

    def __init__(
        self,
        token: str,
        policy: Callable[[], Policy],
        clock: Clock,
        *,
        api_url: str = API_URL,
        timeout_seconds: float = 10.0,
    ) -> None:
        self._policy = policy
        self.problems: dict[str, str] = {}
        # Takes personal, project and group tokens as PRIVATE-TOKEN does, which httpx would hand on
        # to whatever host a redirect leads to.
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._api = RestApi("GitLab", "GITLAB_TOKEN", api_url, headers, clock, timeout_seconds)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    async def missed(self, since: Callable[[str], datetime]) -> dict[str, list[Report]]:
        """Deployments changed since then in every configured project, as `GitHubSource.missed`."""
        found: dict[str, list[Report]] = {}
        policy, problems = self._policy(), dict[str, str]()
        for project in repositories(policy, GITLAB):
            try:
                found[project] = await self._missed(policy, project, since(project))
            except Permanent as refused:
                if refused.code == "401":
                    raise
                problems[project] = str(refused)
            except Transient as away:
                if not found:
                    raise
                problems[project] = str(away)
                break
        self.problems = problems
        return found

    async def commits(self, repository: str, base: str, head: str) -> tuple[list[Commit], bool]:
        """The commits after `base` up to `head`, oldest first; False: GitLab did not tell all.

        Files are named for the whole range only: they stand with the newest commit. Raises
        Transient or Permanent in words.
        """
        path = f"{_project(repository)}/repository/compare"
        answer = await self._api.get(path, {"from": base, "to": head}, repository)
        told = [
            one for item in listed(dig(answer.json, "commits")) if (one := payloads.compared(item))
        ]
        files = tuple(
            name
            for item in listed(dig(answer.json, "diffs"))
            if (name := text(dig(item, "new_path"), 500))
        )
        if told:
            newest = listed(dig(answer.json, "commits"))[-1]
            told[-1] = payloads.compared(newest, files[: payloads.MOST_FILES]) or told[-1]
        timed_out = dig(answer.json, "compare_timeout") is True
        return told, not timed_out and len(files) <= payloads.MOST_FILES

    async def _missed(self, policy: Policy, project: str, since: datetime) -> list[Report]:
        found: list[Report] = []
        query: dict[str, str | int | bool] = {
            "updated_after": since.isoformat(),
            "order_by": "updated_at",  # what `updated_after` demands
            "sort": "asc",
            "per_page": PAGE,
        }
        for page in range(1, MOST_PAGES + 1):
            path = f"{_project(project)}/deployments"
            answer = await self._api.get(path, {**query, "page": page}, project)
            for item in listed(answer.json):
                found += payloads.listed_deployment(policy, project, item)
            if not answer.more:
                break
        return found


def _project(path: str) -> str:
    """A project is named by its path, slashes and all escaped."""
    return f"/projects/{quote(path, safe='')}"
