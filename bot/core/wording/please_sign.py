"""What approvers are asked by a text and by a call, plain."""

from urllib.parse import quote

from bot.core.policy import Policy
from bot.core.release import Release
from bot.core.wording import spoken
from bot.core.wording.releases import title
from bot.core.wording.texts import zone_of
from bot.core.wording.words import clock


def please_sign(release: Release, policy: Policy, person: str) -> str:
    """The text that asks for a signature."""
    assert release.ready_at is not None
    at = clock(release.ready_at, zone_of(person, policy))
    lead = "EMERGENCY: " if release.emergency else ""
    page = (
        f" {policy.public_url}/releases/{quote(release.id, safe='')}" if policy.public_url else ""
    )
    return f"{lead}{title(release)} waits for your signature since {at}.{page}"


def please_sign_spoken(release: Release) -> str:
    """The same for a call."""
    what = spoken.version(release.version) or "a new version"
    return (
        f"Midwatch. A release of {spoken.name(release.service)}, {what}, waits for your "
        "signature. Please look in Slack or on the page of releases. "
        "Press any key to say that you hear this."
    )
