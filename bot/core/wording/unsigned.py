"""Why a production deployment counts as not signed, in words. Plain."""

from bot.core.policy import Policy
from bot.core.release import Release
from bot.core.wording.releases import title


def nobody_signed() -> str:
    """No release of it was approved."""
    return "nobody approved it"


def back_without_signature(release: Release, policy: Policy) -> str:
    """A build that was signed once returns without a new signature."""
    who = policy.name_of(release.decided_by)
    return f"it goes back to a build that {who} signed before, without a new signature"


def used_before(release: Release) -> str:
    """An approval is used once."""
    return f"the approval of {title(release)} was used before"


def expired_approval(release: Release) -> str:
    """The approval came too long ago."""
    return f"the approval of {title(release)} had expired"


def signed_afterwards(release: Release) -> str:
    """The approval came when it was under way already."""
    return f"it had begun before {title(release)} was approved"


def overtaken(release: Release) -> str:
    """A newer build was deployed between the approval and the deployment."""
    return f"a newer build went out after {title(release)} was approved"


def untold() -> str:
    """A version is a name: it does not say what was put out."""
    return "neither its commit nor its artifact is told, so it may be another build"
