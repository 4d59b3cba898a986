"""Webhooks: whether there is a secret for them, and whether anything answers where they go."""

import asyncio

import httpx

from bot.doctor.finding import Finding, fail, named, ok, warn
from bot.doctor.look import LOOK_SECONDS, Seen
from config import Config

PART = "webhooks"


async def look(config: Config) -> Seen:
    """Each address is asked with HEAD, which pages nobody; nothing where nobody has one."""
    addresses = {key: person.webhook for key, person in config.people.items() if person.webhook}
    if not addresses:
        return Seen()
    if config.settings.page_webhook_secret is None:
        what = f"{named(addresses)} cannot be paged by webhook: PAGE_WEBHOOK_SECRET is not set"
        return Seen([fail(PART, what, 'make one: echo "whsec_$(openssl rand -base64 32)"')])
    async with httpx.AsyncClient(timeout=LOOK_SECONDS - 1, follow_redirects=False) as client:
        asked = (_one(client, person, url) for person, url in addresses.items())
        return Seen(list(await asyncio.gather(*asked)))


async def _one(client: httpx.AsyncClient, person: str, url: str) -> Finding:
    """The address itself is not said: it may hold a token."""
    try:
        status = (await client.head(url)).status_code
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        what = f"{person}'s does not answer from here ({type(error).__name__})"
        return fail(PART, what, "look at `webhook` in the configuration, DNS and firewall")
    if status == 410:
        return fail(
            PART, f"{person}'s says that it is gone (410)", "give `webhook` its new address"
        )
    if 300 <= status < 400:
        what = f"{person}'s leads elsewhere ({status}), which is not followed"
        return warn(PART, what, "write the final address into `webhook`")
    if status >= 500 or status == 404:
        return warn(
            PART, f"{person}'s answers {status}", "a page may fare the same: try `midwatch page`"
        )
    return ok(PART, f"something answers at {person}'s")
