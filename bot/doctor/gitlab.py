"""GitLab: the token, and whether it may read the deployments of every configured project."""

import asyncio
from datetime import UTC, datetime
from urllib.parse import quote

import httpx

from bot.doctor.clocks import from_header
from bot.doctor.finding import Finding, fail, ok, warn
from bot.doctor.look import LOOK_SECONDS, Seen
from config import Config

PART = "GitLab"
AT_ONCE = 6
MOST_PROJECTS = 100
_MEND = "give GITLAB_TOKEN the scope read_api, and at least the role Reporter in the project"


async def look(config: Config) -> Seen:
    """Everything about GitLab; nothing where there is no token (the missing variable says so)."""
    token = config.settings.gitlab_token
    services = config.services.values()
    named = {item.repository for item in services if item.repository and item.host == "gitlab"}
    projects = sorted(named, key=str.casefold)[:MOST_PROJECTS]
    if token is None or not projects:
        return Seen()
    headers = {
        "Authorization": f"Bearer {token.get_secret_value()}",
        "User-Agent": "midwatch",
    }
    async with httpx.AsyncClient(
        headers=headers, timeout=LOOK_SECONDS, follow_redirects=True, max_redirects=3
    ) as client:
        base = str(config.settings.gitlab_api_url).rstrip("/")
        turns, seen = asyncio.Semaphore(AT_ONCE), Seen()

        async def one(project: str) -> Finding:
            async with turns:
                return await _project(client, base, project, seen)

        findings = await asyncio.gather(*(one(project) for project in projects))
        seen.findings = list(dict.fromkeys(findings))
        return seen


async def _project(client: httpx.AsyncClient, base: str, project: str, seen: Seen) -> Finding:
    url = f"{base}/projects/{quote(project, safe='')}/deployments?per_page=1"
    before = datetime.now(UTC)
    try:
        async with client.stream("GET", url) as answer:
            status, date = answer.status_code, answer.headers.get("date")
            is_json = "json" in answer.headers.get("content-type", "")
    except httpx.HTTPError as error:
        what = f"cannot be reached ({type(error).__name__})"
        return fail(PART, what, "look at GITLAB_API_URL and this machine's network")
    seen.heard += from_header(PART, date, before, datetime.now(UTC)) if not seen.heard else []
    return _meaning(status, project, is_json=is_json)


def _meaning(status: int, project: str, *, is_json: bool) -> Finding:
    if status == 200 and not is_json:
        # A sign-in page, say, to which what is no API leads everybody.
        return fail(PART, "answers with a page", "GITLAB_API_URL is not the address of its API")
    if status == 200:
        return ok(PART, f"the deployments of {project} can be read")
    if status == 401:
        return fail(PART, "refuses GITLAB_TOKEN", "make a new one")
    if status == 403:
        return fail(PART, f"GITLAB_TOKEN may not read the deployments of {project}", _MEND)
    if status == 404:
        return fail(PART, f"there is no {project}, or GITLAB_TOKEN may not see it", _MEND)
    return warn(PART, f"answers HTTP {status} for {project}", "run doctor again in a minute")
