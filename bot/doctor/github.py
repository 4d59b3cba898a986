"""GitHub: the token, and whether it may read what deploys in every configured repository."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

import httpx

from bot.doctor.clocks import from_header
from bot.doctor.finding import Finding, fail, ok, warn
from bot.doctor.look import LOOK_SECONDS, Seen
from bot.doctor.sign_off import covered
from config import Config
from config.services import Service, Workflow

PART = "GitHub"
AT_ONCE = 6
MOST_REPOSITORIES = 100
_MEND = "give GITHUB_TOKEN read access to contents, deployments and actions of the repository"

Wanted = tuple[str, str, str]
"""A repository, what is read there, and the path that gives it."""


async def look(config: Config) -> Seen:
    """Everything about GitHub; nothing where there is no token (the missing variable says so)."""
    token = config.settings.github_token
    wanted = [*_to_sign(config), *_wanted(config.services.values())][:MOST_REPOSITORIES]
    if token is None or not wanted:
        return Seen()
    headers = {
        "Authorization": f"Bearer {token.get_secret_value()}",
        "Accept": "application/vnd.github+json",
        "User-Agent": "midwatch",
    }
    async with httpx.AsyncClient(
        headers=headers, timeout=LOOK_SECONDS, follow_redirects=True, max_redirects=3
    ) as client:
        return await _look(client, config.settings.github_api_url, wanted)


def _wanted(services: Iterable[Service]) -> list[Wanted]:
    """What the bot will ask for, each thing once, in the order of the repositories."""
    found = {_thing(it.repository, it) for it in services if it.repository and it.host == "github"}
    return sorted(found, key=lambda it: (it[0].casefold(), it))


def _to_sign(config: Config) -> list[Wanted]:
    """The workflow that a signature dispatches, in each repository of what has to be signed."""
    rules = config.sign_off
    workflow = rules.trigger.workflow if rules and rules.trigger else None
    if rules is None or workflow is None:
        return []
    path = f"actions/workflows/{quote(workflow, safe='')}/runs"
    named = {config.services[key].repository for key in covered(config, rules)}
    return [(it, f"the runs of {workflow}", path) for it in sorted(filter(None, named))]


def _thing(repository: str, service: Service) -> Wanted:
    """A workflow is asked for by its file, so that a misspelt one is seen here."""
    by = service.deployed_by
    if isinstance(by, Workflow):
        path = f"actions/workflows/{quote(by.workflow, safe='')}/runs"
        return repository, f"the runs of {by.workflow}", path
    if by == "release":
        return repository, "the releases", "releases"
    return repository, "the deployments", "deployments"


async def _look(client: httpx.AsyncClient, base: str, wanted: list[Wanted]) -> Seen:
    turns = asyncio.Semaphore(AT_ONCE)
    seen = Seen()

    async def one(thing: Wanted) -> Finding:
        async with turns:
            return await _repository(client, base, thing, seen)

    findings = await asyncio.gather(*(one(thing) for thing in wanted))
    seen.findings = list(dict.fromkeys(findings))
    return seen


async def _repository(client: httpx.AsyncClient, base: str, thing: Wanted, seen: Seen) -> Finding:
    repository, things, path = thing
    url = f"{base}/repos/{quote(repository, safe='/')}/{path}?per_page=1"
    before = datetime.now(UTC)
    try:
        async with client.stream("GET", url) as answer:
            status, date = answer.status_code, answer.headers.get("date")
    except httpx.HTTPError as error:
        what = f"cannot be reached ({type(error).__name__})"
        return fail(PART, what, "look at GITHUB_API_URL and this machine's network")
    seen.heard += from_header(PART, date, before, datetime.now(UTC)) if not seen.heard else []
    return _meaning(status, repository, things)


def _meaning(status: int, repository: str, things: str) -> Finding:
    if status == 200:
        return ok(PART, f"{things} of {repository} can be read")
    if status == 401:
        return fail(PART, "refuses GITHUB_TOKEN", "make a new one")
    if status == 403:
        return fail(PART, f"GITHUB_TOKEN may not read {things} of {repository}", _MEND)
    if status == 404 and things.startswith("the runs"):
        what = f"there is no {things.removeprefix('the runs of ')} in {repository}, or GITHUB_TOKEN"
        return fail(PART, f"{what} may not see it", f"look at `deployed_by`, or {_MEND}")
    if status == 404:
        return fail(PART, f"there is no {repository}, or GITHUB_TOKEN may not see it", _MEND)
    return warn(PART, f"answers HTTP {status} for {repository}", "run doctor again in a minute")
