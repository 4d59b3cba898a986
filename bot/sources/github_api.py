"""GitHub's REST API: what was missed while nobody listened, and the commits of a range.

Every call has one deadline and a cap on what is read; every list has a cap on its pages.
Source: docs.github.com, "REST API endpoints for deployments", "Compare two commits", "Rate limits".
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.core.deployment import Commit, Report
from bot.core.policy import BY_DEPLOYMENT, BY_RELEASE, BY_WORKFLOW, GITHUB, Policy
from bot.ports import Clock, Permanent, Transient
from bot.sources import github_other as other
from bot.sources import github_payload as payloads
from bot.sources.reading import dig, moment, text
from bot.sources.rest import RestApi, listed
from bot.sources.services import in_repository, of_repository, repositories

API_URL = "https://api.github.com"
PAGE = 100
MOST_DEPLOYMENT_PAGES = 5
MOST_COMMIT_PAGES = 20
FILES_LISTED = 300
"""A comparison names 300 files at most, on its first page."""
APPROVED_LATER = timedelta(days=3)
"""The list is ordered by creation; a deployment may wait this long for its approval."""


class GitHubSource:
    """Implements `bot.ports.Source` as `github`. `policy` is asked anew for every call.

    `problems` tells `doctor` which repositories cannot be read, and why.
    """

    name = payloads.SOURCE

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
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        self._api = RestApi("GitHub", "GITHUB_TOKEN", api_url, headers, clock, timeout_seconds)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    async def missed(self, since: Callable[[str], datetime]) -> dict[str, list[Report]]:
        """What became of deployments since then in every configured repository.

        A repository that cannot be read is kept in `problems` and left out; so are those that are
        left when GitHub goes away or wants to be left alone. Raises Transient when that happens
        before any was read, Permanent when it refuses the token.
        """
        found: dict[str, list[Report]] = {}
        policy = self._policy()
        problems: dict[str, str] = {}
        for repository in repositories(policy, GITHUB):
            try:
                found[repository] = await self._all_missed(policy, repository, since(repository))
            except Permanent as refused:
                if refused.code == "401":
                    raise
                problems[repository] = str(refused)
            except Transient as away:
                if not found:
                    raise
                problems[repository] = str(away)
                break
        self.problems = problems
        return found

    async def commits(self, repository: str, base: str, head: str) -> tuple[list[Commit], bool]:
        """The commits of `base...head`, oldest first; False: GitHub did not tell all of it.

        The API names files for the whole range only: they stand with the newest commit. Going back
        to an older version has no commits. Raises Transient or Permanent in words.
        """
        revisions = f"{quote(base, safe='')}...{quote(head, safe='')}"
        path = f"/repos/{quote(repository, safe='/')}/compare/{revisions}"
        told: list[object] = []
        files: list[str] = []
        total = 0
        for page in range(1, MOST_COMMIT_PAGES + 1):
            answer = await self._get(path, {"per_page": PAGE, "page": page})
            items = listed(dig(answer, "commits"))
            count = dig(answer, "total_commits")
            total = count if isinstance(count, int) else total
            if page == 1:
                names = (text(dig(file, "filename"), 500) for file in listed(dig(answer, "files")))
                files = [name for name in names if name]
            told += items
            if not items or len(told) >= total:
                break
        commits = [commit for item in told if (commit := payloads.compared(item))]
        if commits and (newest := payloads.compared(told[-1], tuple(files))):
            commits[-1] = newest
        return commits, len(commits) >= total and len(files) < FILES_LISTED

    async def _all_missed(self, policy: Policy, repository: str, since: datetime) -> list[Report]:
        """By the ways that its services are deployed."""
        ways = {service.deployed_by for service in in_repository(policy, repository)}
        found = await self._missed(policy, repository, since) if BY_DEPLOYMENT in ways else []
        if BY_RELEASE in ways:
            found += await self._releases(policy, repository, since)
        for way in sorted(ways):
            if way.startswith(BY_WORKFLOW):
                file = way.removeprefix(BY_WORKFLOW)
                found += await self._runs(policy, repository, file, since)
        return found

    async def _releases(self, policy: Policy, repository: str, since: datetime) -> list[Report]:
        found: list[Report] = []
        async for release in self._pages(f"/repos/{quote(repository, safe='/')}/releases"):
            created = moment(dig(release, "created_at"))
            if created is not None and created < since - APPROVED_LATER:
                break
            published = moment(dig(release, "published_at"))
            if published is None or published < since or not other.is_release(release):
                continue
            sha = await self._commit_of(repository, text(dig(release, "tag_name"), 200) or "")
            found += other.of_release(policy, repository, release, sha=sha)
        return found

    async def _commit_of(self, repository: str, tag: str) -> str | None:
        """The commit of a tag: a release itself names a branch. None where there is none."""
        base = f"/repos/{quote(repository, safe='/')}"
        try:
            answer = await self._get(f"{base}/commits/tags/{quote(tag, safe='')}", {})
        except Permanent as refused:
            if refused.code not in ("404", "422"):
                raise
            return None
        return text(dig(answer, "sha"), 100)

    async def _runs(
        self, policy: Policy, repository: str, file: str, since: datetime
    ) -> list[Report]:
        base = f"/repos/{quote(repository, safe='/')}"
        branch = text(dig(await self._get(base, {}), "default_branch"), 200)
        path = f"{base}/actions/workflows/{quote(file, safe='')}/runs"
        found: list[Report] = []
        for page in range(1, MOST_DEPLOYMENT_PAGES + 1):
            answer = await self._get(path, {"per_page": PAGE, "page": page})
            items = listed(dig(answer, "workflow_runs"))
            for run in items:
                found += other.of_run(policy, repository, run, branch)
            oldest = moment(dig(items[-1], "created_at")) if items else None
            if len(items) < PAGE or (oldest and oldest < since - APPROVED_LATER):
                break
        return [
            report for report in found if (report.ended_at or report.started_at or since) >= since
        ]

    async def _missed(self, policy: Policy, repository: str, since: datetime) -> list[Report]:
        path = f"/repos/{quote(repository, safe='/')}/deployments"
        found: list[Report] = []
        async for deployment in self._pages(path):
            created = moment(dig(deployment, "created_at"))
            if created is not None and created < since - APPROVED_LATER:
                break
            updated = moment(dig(deployment, "updated_at"))
            number = text(dig(deployment, "id"), 50)
            environment = payloads.environment_of(deployment, None)
            stale = updated is not None and updated < since
            if stale or number is None or not of_repository(policy, repository, environment):
                continue
            statuses = listed(
                await self._get(f"{path}/{quote(number)}/statuses", {"per_page": 100})
            )
            for status in reversed(statuses):
                found += payloads.reports(policy, repository, deployment, status)
        return found

    async def _pages(self, path: str) -> AsyncIterator[object]:
        for page in range(1, MOST_DEPLOYMENT_PAGES + 1):
            items = listed(await self._get(path, {"per_page": PAGE, "page": page}))
            for item in items:
                yield item
            if len(items) < PAGE:
                return

    async def _get(self, path: str, query: Mapping[str, int]) -> object:
        """The JSON answer. Raises Transient or Permanent."""
        return (await self._api.get(path, query, "/".join(path.split("/")[2:4]))).json
