"""PUBLIC_URL, canaries, people: what the configuration names, asked once."""

import asyncio
import ipaddress
from datetime import timedelta
from urllib.parse import urlsplit

import httpx

import checks
from bot.beside import switched_on
from bot.doctor.finding import Finding, fail, named, ok, warn
from bot.doctor.look import LOOK_SECONDS, Seen
from bot.from_config import channels_of
from bot.ports import Clock
from checks import Context, Outcome
from config import Config
from config.check import Check

CANARY_TIMEOUT = timedelta(seconds=3)
_URL = "PUBLIC_URL"


async def public_url(config: Config) -> Seen:
    """Whether Midwatch answers at its own address; nothing when there is none."""
    url = config.settings.public_url
    if url is None:
        return Seen()
    hidden = _hidden(url, config)
    if hidden:
        return Seen([hidden])
    try:
        async with httpx.AsyncClient(timeout=LOOK_SECONDS - 1) as client:
            answer = await client.get(f"{url}/healthz")
    except httpx.HTTPError as error:
        what = f"does not answer from here ({type(error).__name__})"
        return Seen([warn(_URL, what, "start Midwatch; open its port; look at DNS and proxy")])
    if answer.status_code in (200, 503):
        return Seen([ok(_URL, "Midwatch answers there")])
    what = f"something else answers there (HTTP {answer.status_code} for /healthz)"
    return Seen([fail(_URL, what, "let it lead to Midwatch's PORT, without a path before it")])


def _hidden(url: str, config: Config) -> Finding | None:
    """A loopback address that the real Twilio should call back."""
    if not (config.settings.sms and _is_local(url)) or _is_local(config.settings.twilio_api_url):
        return None
    what = "is this machine only: Twilio cannot say what became of a text, nor bring a reply"
    return fail(_URL, what, "set the address that the internet knows this Midwatch by")


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def canaries(config: Config, clock: Clock) -> Seen:
    """Each canary, asked once. One that is never up is worth nothing.

    That there is none is told with the configuration.
    """
    context = Context(now=clock.now)
    asked = (_canary(check, context) for check in config.canaries)
    return Seen(list(await asyncio.gather(*asked)))


async def _canary(check: Check, context: Context) -> Finding:
    timeout = min(check.options.timeout, CANARY_TIMEOUT)
    options = check.options.model_copy(update={"timeout": timeout})
    result = await checks.run(checks.load(check.kind), options, context)
    if result.answered and result.outcome is not Outcome.UNKNOWN:
        return ok("canaries", f"{check.label} is up")
    what = f"{check.label} is not up ({result.detail})"
    mend = "name another host, or let this machine reach it: a canary never seen up counts nothing"
    return fail("canaries", what, mend)


async def people(config: Config) -> Seen:
    """Who could not be paged by anything. Numbers themselves are checked with the file."""
    on = switched_on(config.settings)
    reached = {key for key, person in config.people.items() if channels_of(person, on)}
    beyond = [key for key in config.people if key not in reached]
    helpless = [name for name, team in config.teams.items() if not reached & set(team.members)]
    found = []
    if beyond:
        what = f"{named(beyond)} cannot be paged by anything that is switched on"
        found.append(warn("people", what, "give a phone or Slack, and set up that part"))
    if helpless:
        teams = "the team" if len(helpless) == 1 else "the teams"
        what = f"nobody of {teams} {named(helpless)} can be paged"
        found.append(fail("people", what, "give them a phone or Slack"))
    return Seen(found or [ok("people", f"all {len(config.people)} can be paged")])
