"""GitHub's REST API: what was missed while nobody listened, and the commits of a range.

Every call has one deadline and a cap on what is read; every list has a cap on its pages.
Source: docs.github.com, "REST API endpoints for deployments", "Compare two commits", "Rate limits".
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

import httpx

from bot.core.deployment import Commit, Report
from bot.core.policy import Policy
from bot.ports import Clock, Permanent, Transient
from bot.sources import github_payload as payloads
from bot.sources.reading import dig, moment, text
from bot.sources.services import of_repository

API_URL = "https://api.github.com"
PAGE = 100
MOST_DEPLOYMENT_PAGES = 5
MOST_COMMIT_PAGES = 20
MOST_BYTES = 20 * 1024 * 1024
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
        self._policy, self._clock, self._timeout_seconds = policy, clock, timeout_seconds
        self.problems: dict[str, str] = {}
        self._base = api_url.rstrip("/")
        self._client = httpx.AsyncClient(
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
                "User-Agent": "midwatch",
            },
            timeout=timeout_seconds,
            follow_redirects=True,  # a renamed repository answers 301
            max_redirects=3,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()

    async def missed(self, since: Callable[[str], datetime]) -> dict[str, list[Report]]:
        """What became of deployments since then in every configured repository.

        A repository that cannot be read is kept in `problems` and left out; so are those that are
        left when GitHub goes away or wants to be left alone. Raises Transient when that happens
        before any was read, Permanent when it refuses the token.
        """
        found: dict[str, list[Report]] = {}
        policy = self._policy()
        problems: dict[str, str] = {}
        names = {s.repository for s in policy.services.values() if s.repository}
        for repository in sorted(names, key=str.casefold):
            try:
                found[repository] = await self._missed(policy, repository, since(repository))
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
        listed: list[object] = []
        files: list[str] = []
        total = 0
        for page in range(1, MOST_COMMIT_PAGES + 1):
            answer = await self._get(path, {"per_page": PAGE, "page": page})
            items = _list(dig(answer, "commits"))
            count = dig(answer, "total_commits")
            total = count if isinstance(count, int) else total
            if page == 1:
                names = (text(dig(file, "filename"), 500) for file in _list(dig(answer, "files")))
                files = [name for name in names if name]
            listed += items
            if not items or len(listed) >= total:
                break
        commits = [commit for item in listed if (commit := payloads.compared(item))]
        if commits and (newest := payloads.compared(listed[-1], tuple(files))):
            commits[-1] = newest
        return commits, len(commits) >= total and len(files) < FILES_LISTED

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
            statuses = _list(await self._get(f"{path}/{quote(number)}/statuses", {"per_page": 100}))
            for status in reversed(statuses):
                found += payloads.reports(policy, repository, deployment, status)
        return found

    async def _pages(self, path: str) -> AsyncIterator[object]:
        for page in range(1, MOST_DEPLOYMENT_PAGES + 1):
            items = _list(await self._get(path, {"per_page": PAGE, "page": page}))
            for item in items:
                yield item
            if len(items) < PAGE:
                return

    async def _get(self, path: str, query: Mapping[str, int]) -> object:
        """The JSON answer. Raises Transient or Permanent; neither names the token."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                request = self._client.build_request("GET", self._base + path, params=dict(query))
                answer = await self._client.send(request, stream=True)
                try:
                    body = await _read(answer)
                finally:
                    await answer.aclose()
        except (TimeoutError, httpx.TimeoutException):
            raise Transient("GitHub did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Transient(f"GitHub cannot be reached ({type(error).__name__})") from None
        if answer.status_code != 200:
            raise self._refusal(answer, path, body)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Transient("GitHub's answer made no sense") from None

    def _refusal(self, answer: httpx.Response, path: str, body: bytes) -> Transient | Permanent:
        status, code = answer.status_code, str(answer.status_code)
        wait = self._wait_seconds(answer)
        # A secondary limit may tell so in nothing but its message.
        limited = wait is not None or b"rate limit" in body[:2000].lower()
        if status == 429 or (status == 403 and limited):
            return Transient("GitHub's rate limit is used up", retry_after_seconds=wait or 60.0)
        if status >= 500:
            return Transient(f"GitHub has a problem (HTTP {status})")
        repository = "/".join(path.split("/")[2:4])
        words = {
            401: "GitHub refuses GITHUB_TOKEN",
            403: f"GITHUB_TOKEN may not read {repository}",
            404: f"GitHub knows no such thing in {repository}, or GITHUB_TOKEN may not see it",
        }
        return Permanent(words.get(status, f"GitHub refused it (HTTP {status})"), code=code)

    def _wait_seconds(self, answer: httpx.Response) -> float | None:
        """Retry-After, or the time until the limit is filled again; None: it is no rate limit."""
        after = answer.headers.get("retry-after", "")
        if after.isdecimal() and len(after) < 7:
            return float(after)
        reset = answer.headers.get("x-ratelimit-reset", "")
        if answer.headers.get("x-ratelimit-remaining") != "0" or not reset.isdecimal():
            return None
        left = int(reset[:12]) - self._clock.now().timestamp()
        return min(max(left, 1.0), 3600.0)


async def _read(answer: httpx.Response) -> bytes:
    """The body, decoded, up to a cap."""
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Permanent("GitHub's answer is too large", code="too_large")
    return bytes(body)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
