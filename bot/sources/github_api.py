"""GitHub's REST API: what was missed while nobody listened, and the commits of a range.

Every call has one deadline and a cap on what is read; every list has a cap on its pages.
Source: docs.github.com, "REST API endpoints for deployments", "Compare two commits", "Rate limits".
"""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from bot.core.commit import Compared
from bot.core.deployment import Report
from bot.core.policy import BY_DEPLOYMENT, BY_RELEASE, BY_WORKFLOW, GITHUB, Policy
from bot.ports import Clock, Permanent, Transient
from bot.sources import github_other as other
from bot.sources import github_payload as payloads
from bot.sources.files import text_of_file
from bot.sources.reading import dig, listed, moment, text
from bot.sources.rest import RestApi
from bot.sources.services import in_repository, of_repository, repositories

API_URL = "https://api.github.com"
PAGE = 100
MOST_DEPLOYMENT_PAGES = 5
MOST_HISTORY_PAGES = 200
"""Of an import."""
MOST_COMMIT_PAGES = 20
FILES_LISTED = 300
"""A comparison names 300 files at most, on its first page."""
MOST_COMMITS_ASKED = 20
"""So many are asked for their own files where the comparison cut the list."""
UNCOUNTED = 10**9
"""Commits of a range whose answer does not say how many there are: never all of them."""
MOST_FILE_PAGES, MOST_FILES_OF_COMMIT = 30, 3000
"""A commit names so many of its files, on pages."""
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

    async def commits(self, repository: str, base: str, head: str) -> Compared:
        """The commits of `base...head`, oldest first, page after page.

        The API names files for the whole range only, 300 at most: they stand with the newest
        commit. Where there are more, each of a few commits is asked for its own. Going back to an
        older version has no commits. Raises Transient or Permanent in words.
        """
        revisions = f"{quote(base, safe='')}...{quote(head, safe='')}"
        path = f"/repos/{quote(repository, safe='/')}/compare/{revisions}"
        first = await self._get(path, {"per_page": PAGE, "page": 1})
        files, told = _file_names(first), listed(dig(first, "commits"))
        count = dig(first, "total_commits")
        total = count if isinstance(count, int) else UNCOUNTED
        for page in range(2, MOST_COMMIT_PAGES + 1):
            if len(told) >= total or not told:
                break
            items = listed(dig(await self._get(path, {"per_page": PAGE, "page": page}), "commits"))
            if not items:
                break
            told += items
        complete, listed_all = len(told) >= total, len(files) < FILES_LISTED
        by_sha = {text(dig(told[-1], "sha"), 100): files} if told else {}
        if not listed_all and total <= MOST_COMMITS_ASKED:
            by_sha, listed_all = await self._files_of_each(repository, told)
        commits = [
            commit
            for item in told
            if (commit := payloads.compared(item, by_sha.get(text(dig(item, "sha"), 100), ())))
        ]
        behind = dig(first, "status") == "behind"
        return Compared(tuple(commits), complete, complete and listed_all, behind)

    async def _files_of_each(
        self, repository: str, told: list[object]
    ) -> tuple[dict[str | None, list[str]], bool]:
        """Files by commit, and whether those are all of them."""
        found: dict[str | None, list[str]] = {}
        whole = True
        for item in told:
            sha = text(dig(item, "sha"), 100)
            if sha is not None:
                found[sha], all_of_it = await self._files_of(repository, sha)
                whole = whole and all_of_it
        return found, whole

    async def _files_of(self, repository: str, sha: str) -> tuple[list[str], bool]:
        """The files of one commit, page after page, and whether those are all (3000 at most)."""
        path = f"/repos/{quote(repository, safe='/')}/commits/{quote(sha, safe='')}"
        files: list[str] = []
        for page in range(1, MOST_FILE_PAGES + 1):
            answer = await self._api.get(path, {"per_page": PAGE, "page": page}, repository)
            files += _file_names(answer.json)
            if not answer.more:
                return files, len(files) < MOST_FILES_OF_COMMIT
        return files, False

    async def file(self, repository: str, path: str, revision: str) -> str:
        """A file's text. Raises Permanent with code `too_large` or `not_text`, or Transient."""
        where = f"/repos/{quote(repository, safe='/')}/contents/{quote(path, safe='/')}"
        answer = await self._api.get(where, {"ref": revision}, repository)
        return text_of_file(answer.json)

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

    async def history(self, repository: str, since: datetime) -> list[Report]:
        """Every report of deployments since then, oldest first, however many pages that takes.

        For an import: a call for each page of 100 and for each deployment. Raises as `commits`.
        """
        found = await self._missed(self._policy(), repository, since, MOST_HISTORY_PAGES)
        return sorted(found, key=lambda it: it.started_at or it.ended_at or since)

    async def _missed(
        self,
        policy: Policy,
        repository: str,
        since: datetime,
        most_pages: int = MOST_DEPLOYMENT_PAGES,
    ) -> list[Report]:
        path = f"/repos/{quote(repository, safe='/')}/deployments"
        found: list[Report] = []
        async for deployment in self._pages(path, most_pages):
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

    async def _pages(
        self, path: str, most_pages: int = MOST_DEPLOYMENT_PAGES
    ) -> AsyncIterator[object]:
        for page in range(1, most_pages + 1):
            items = listed(await self._get(path, {"per_page": PAGE, "page": page}))
            for item in items:
                yield item
            if len(items) < PAGE:
                return

    async def _get(self, path: str, query: Mapping[str, int]) -> object:
        """The JSON answer. Raises Transient or Permanent."""
        return (await self._api.get(path, query, "/".join(path.split("/")[2:4]))).json


def _file_names(answer: object) -> list[str]:
    names = (text(dig(file, "filename"), 500) for file in listed(dig(answer, "files")))
    return [name for name in names if name]
