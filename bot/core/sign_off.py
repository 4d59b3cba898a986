"""Why a signature is refused, in words for the one who wanted to give it."""

from dataclasses import replace
from datetime import datetime

from bot.core.policy import Policy
from bot.core.release import UNDECIDED, Release, ReleaseState, soaked
from bot.core.signers import Freeze, waits_for, writers
from bot.core.wording import releases as say


def why_no_approver(person: str | None, policy: Policy) -> str | None:
    """Why this person decides nothing here, in words; None when they are an approver."""
    rules = policy.sign_off
    if rules is None:
        return say.no_sign_off()
    if person is None or person not in policy.people:
        return say.stranger(policy)
    return say.no_approver(policy) if person not in rules.approvers else None


def why_not_signed_by(release: Release, person: str | None, policy: Policy) -> str | None:
    """Four eyes: why this person is the wrong one, in words; None when they are right."""
    stranger = why_no_approver(person, policy)
    if stranger is not None:
        return stranger
    if person in writers(release, policy):
        return say.wrote_it(release, policy)
    if person == release.requested_by:
        return say.asked_for_it(release, policy)
    return None


def why_not_now(
    release: Release,
    policy: Policy,
    now: datetime,
    freeze: Freeze | None,
    emergency: str,
) -> str | None:
    """Why nobody may approve it now, in words; None when somebody may."""
    rules = policy.sign_off
    if rules is None:
        return say.no_sign_off()
    if release.state not in (ReleaseState.WAITING, ReleaseState.READY):
        return say.decided_already(release, policy)
    if release.service not in policy.services:
        return say.service_gone(release)
    if release.expires_at is not None and release.expires_at <= now:
        return say.decided_already(replace(release, state=ReleaseState.EXPIRED), policy)
    if freeze is not None and not emergency:
        return say.frozen(release, freeze.number)
    if emergency:
        return None
    if not soaked(release, rules.soak, now):
        return say.not_ready(release, waits_for(release, rules.soak, now))
    return None


def why_refused(
    release: Release,
    choice: str,
    person: str | None,
    policy: Policy,
    now: datetime,
    freeze: Freeze | None,
    emergency: str,
) -> str | None:
    """Why `approve`, `reject` or `second` by this person is refused now; None when it is not."""
    if choice == "reject":  # four eyes guard what goes out: authors may stop their own work
        wrong_person = why_no_approver(person, policy)
    else:
        wrong_person = why_not_signed_by(release, person, policy)
    if wrong_person is not None:
        return wrong_person
    match choice:
        case "approve":
            return why_not_now(release, policy, now, freeze, emergency)
        case "reject":
            undecided = release.state in UNDECIDED
            return None if undecided else say.decided_already(release, policy)
        case _:
            return _why_no_second(release, person)


def _why_no_second(release: Release, person: str | None) -> str | None:
    signed = release.state in (ReleaseState.APPROVED, ReleaseState.DEPLOYED)
    if not release.emergency or not signed or release.second_at is not None:
        return say.no_second(release)
    return say.signed_first(release) if person == release.decided_by else None
