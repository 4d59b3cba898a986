"""A decision about a release by a driver that waits for it: the web page and the command line."""

from dataclasses import dataclass, replace

from bot.core.policy import Policy
from bot.core.release import Release
from bot.core.release_events import (
    PartDone,
    ReleaseDecided,
    ReleaseNotesEdited,
    TriggerSettled,
)
from bot.core.sign_off import why_not_signed_by, why_refused
from bot.core.signers import emergency_of, frozen_by
from bot.core.wording import releases as say
from bot.ports import Store

Decision = ReleaseDecided | PartDone | TriggerSettled | ReleaseNotesEdited
OPEN_AT_MOST = 500
EARLIER_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether it was done, and a sentence."""

    done: bool
    text: str


async def refusal(store: Store, policy: Policy, release: Release, event: Decision) -> str | None:
    """Why the rules will refuse it, as far as can be seen now. Raises StoreUnavailable."""
    person = event.actor.person
    match event:
        case ReleaseDecided():
            freeze = frozen_by(
                release.service, await store.incidents(state="open", limit=OPEN_AT_MOST)
            )
            earlier = await store.releases(service=release.service, limit=EARLIER_AT_MOST)
            emergency = emergency_of(release, freeze, earlier)
            kept_back = freeze.number if freeze is not None and not emergency else None
            release = replace(release, frozen=kept_back)
            if event.choice == "reject" and not event.reason.strip():
                return say.reason_missing()
            return why_refused(release, event.choice, person, policy, event.at, freeze, emergency)
        case TriggerSettled():
            return why_not_signed_by(release, person, policy)
        case ReleaseNotesEdited():
            rules = policy.sign_off
            may = rules is not None and person in rules.approvers
            return None if may else say.no_approver(policy)
        case PartDone():
            if person is None or person not in policy.people:
                return say.stranger(policy)
            known = next((it for it in release.by_hand if it.part == event.part), None)
            if known is None:
                return say.part_unknown(event.part, release)
            done = known.done_at is not None
            return say.part_done_already(release, event.part, policy) if done else None


def what_came(before: Release, after: Release, event: Decision) -> Answer:
    """What a decided event has changed."""
    match event:
        case ReleaseDecided(choice="second"):
            done = after.second_by == event.actor.person and before.second_by is None
            words = "signed as the second"
        case ReleaseDecided():
            done = after.decided_by == event.actor.person and after.state is not before.state
            words = after.state.value
        case PartDone():
            ticked = next((it for it in after.by_hand if it.part == event.part), None)
            done = ticked is not None and ticked.done_by == event.actor.person
            words = f"has its part {event.part} done"
        case ReleaseNotesEdited():
            done = after.notes == event.text.strip()
            words = "has its notes for support"
        case TriggerSettled():
            done = after.trigger is not before.trigger or after.attempts > before.attempts
            words = "was noted"
    if done:
        return Answer(True, say.done(after, words))
    return Answer(False, say.not_done(after))
