"""GitHub: the token, and whether it may read the deployments of every configured repository."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import quote

import httpx

from bot.doctor.clocks import from_header
from bot.doctor.finding import Finding, fail, ok, warn
from bot.doctor.look import LOOK_SECONDS, Seen
from config import Config

PART = "GitHub"
AT_ONCE = 6
MOST_REPOSITORIES = 100
_MEND = "give GITHUB_TOKEN read access to contents and deployments of the repository"


async def look(config: Config) -> Seen:
    """Everything about GitHub; nothing where there is no token (the missing variable says so)."""
    token = config.settings.github_token
    services = config.services.values()
    named = {item.repository for item in services if item.repository and item.host == "github"}
    repositories = sorted(named, key=str.casefold)[:MOST_REPOSITORIES]
    if token is None or not repositories:
        return Seen()
    headers = {
        "Authorization": f"Bearer {token.get_secret_value()}",
        "Accept": "application/vnd.github+json",
        "User-Agent": "midwatch",
    }
    async with httpx.AsyncClient(
        headers=headers, timeout=LOOK_SECONDS, follow_redirects=True, max_redirects=3
    ) as client:
        return await _look(client, config.settings.github_api_url, repositories)


async def _look(client: httpx.AsyncClient, base: str, repositories: list[str]) -> Seen:
    turns = asyncio.Semaphore(AT_ONCE)
    seen = Seen()

    async def one(repository: str) -> Finding:
        async with turns:
            return await _repository(client, base, repository, seen)

    findings = await asyncio.gather(*(one(repository) for repository in repositories))
    seen.findings = list(dict.fromkeys(findings))
    return seen


async def _repository(client: httpx.AsyncClient, base: str, repository: str, seen: Seen) -> Finding:
    url = f"{base}/repos/{quote(repository, safe='/')}/deployments?per_page=1"
    before = datetime.now(UTC)
    try:
        async with client.stream("GET", url) as answer:
            status, date = answer.status_code, answer.headers.get("date")
    except httpx.HTTPError as error:
        what = f"cannot be reached ({type(error).__name__})"
        return fail(PART, what, "look at GITHUB_API_URL and this machine's network")
    seen.heard += from_header(PART, date, before, datetime.now(UTC)) if not seen.heard else []
    return _meaning(status, repository)


def _meaning(status: int, repository: str) -> Finding:
    if status == 200:
        return ok(PART, f"the deployments of {repository} can be read")
    if status == 401:
        return fail(PART, "refuses GITHUB_TOKEN", "make a new one")
    if status == 403:
        return fail(PART, f"GITHUB_TOKEN may not read the deployments of {repository}", _MEND)
    if status == 404:
        return fail(PART, f"there is no {repository}, or GITHUB_TOKEN may not see it", _MEND)
    return warn(PART, f"answers HTTP {status} for {repository}", "run doctor again in a minute")
