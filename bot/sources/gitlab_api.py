"""GitLab's REST API: what was missed while nobody listened, and the commits of a range.

Source: docs.gitlab.com, "Deployments API", "Repositories API" (compare), "Pagination".
"""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from bot.core.commit import Compared
from bot.core.deployment import Report
from bot.core.policy import GITLAB, Policy
from bot.ports import Clock, Permanent, Transient
from bot.sources import gitlab_payload as payloads
from bot.sources.files import text_of_file
from bot.sources.reading import dig, listed, text
from bot.sources.rest import RestApi
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

    async def commits(self, repository: str, base: str, head: str) -> Compared:
        """The commits after `base` up to `head`, oldest first.

        Files are named for the whole range only: they stand with the newest commit. Going back to
        an older version has neither. Raises Transient or Permanent in words.
        """
        path = f"{_project(repository)}/repository/compare"
        answer = (await self._api.get(path, {"from": base, "to": head}, repository)).json
        items, diffs = listed(dig(answer, "commits")), listed(dig(answer, "diffs"))
        told = [one for item in items if (one := payloads.compared(item))]
        names = (text(dig(item, "new_path"), 500) for item in diffs)
        files = tuple(name for name in names if name)
        if told:
            told[-1] = payloads.compared(items[-1], files[: payloads.MOST_FILES]) or told[-1]
        whole = isinstance(dig(answer, "commits"), list)
        timed_out = dig(answer, "compare_timeout") is True or not whole
        files_complete = not timed_out and len(files) <= payloads.MOST_FILES
        behind = dig(answer, "compare_same_ref") is False and not (items or diffs or timed_out)
        return Compared(tuple(told), not timed_out, files_complete, behind)

    async def file(self, repository: str, path: str, revision: str) -> str:
        """A file's text. Raises Permanent with code `too_large` or `not_text`, or Transient."""
        where = f"{_project(repository)}/repository/files/{quote(path, safe='')}"
        answer = await self._api.get(where, {"ref": revision}, repository)
        return text_of_file(answer.json)

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
