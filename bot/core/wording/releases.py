"""What is said about releases: to the one who clicked, and in the thread of the card."""

from datetime import datetime

from bot.core.actor import Actor
from bot.core.age import age
from bot.core.deployment import Deployment, DeploymentState
from bot.core.policy import Policy
from bot.core.release import Release, ReleaseState
from bot.core.signers import Wait
from bot.core.wording.outside import one_line, said
from bot.core.wording.words import and_list, clock, escape, plural, slack_time

_FATES = {
    ReleaseState.APPROVED: "was approved",
    ReleaseState.REJECTED: "was rejected",
    ReleaseState.EXPIRED: "has expired: its pipeline has to announce it again",
    ReleaseState.SUPERSEDED: "was superseded by a newer build",
    ReleaseState.CANCELLED: "was taken back by its pipeline",
    ReleaseState.DEPLOYED: "was deployed",
}


def title(release: Release) -> str:
    """`v1.43 of checkout`, plain."""
    return f"{one_line(release.name, 80)} of {release.service}"


# -- refusals, plain


def no_sign_off() -> str:
    """Sign-off left the configuration."""
    return "Nothing is signed here: the configuration has no sign_off."


def stranger(policy: Policy) -> str:
    """Somebody whom Midwatch does not know."""
    return f"Midwatch does not know you, so you cannot sign. {_who_may(policy)}"


def no_approver(policy: Policy) -> str:
    """A person, but none of the approvers."""
    return f"You are not among the approvers, so nothing was changed. {_who_may(policy)}"


def wrote_it(release: Release, policy: Policy) -> str:
    """Four eyes: an author does not sign their own work."""
    return f"You wrote part of {title(release)}: somebody else has to sign it. {_who_may(policy)}"


def asked_for_it(release: Release, policy: Policy) -> str:
    """Four eyes: nor does whoever asked for the release."""
    words = f"You asked for {title(release)}: somebody else has to sign it."
    return f"{words} {_who_may(policy)}"


def signed_first(release: Release) -> str:
    """The second signature is somebody else's."""
    return f"You signed {title(release)} already: the second signature is somebody else's."


def no_second(release: Release) -> str:
    """There is nothing to sign a second time."""
    return f"{title(release)} needs no second signature."


def notes_edited(release: Release, actor: Actor, policy: Policy) -> str:
    """What support will read was written by a person."""
    who = escape(policy.name_of(actor.person))
    if not release.notes:
        return f"{who} gives support the list of changes of {_title(release)} again."
    return f"{who} wrote the notes for support of {_title(release)}."


def gone(id_: str) -> str:
    """No release of that id."""
    return f"There is no release {one_line(id_, 80)}."


def service_gone(release: Release) -> str:
    """Its service was taken out of the configuration while it waited."""
    return (
        f"{release.service} is no longer in the configuration, so {title(release)} cannot go out."
    )


def decided_already(release: Release, policy: Policy) -> str:
    """It is no longer open, and why."""
    fate = _FATES.get(release.state, "is no longer open")
    by = f" by {policy.name_of(release.decided_by)}" if release.decided_by else ""
    when = f" at {clock(release.decided_at, policy.timezone)}" if release.decided_at else ""
    if release.state not in (ReleaseState.APPROVED, ReleaseState.REJECTED):
        by = when = ""
    return f"Nothing was changed: {title(release)} {fate}{by}{when}."


def frozen(release: Release, number: int) -> str:
    """A deployment took it down, and it is not mended yet."""
    return (
        f"Releases of {release.service} are frozen until #{number} is resolved: a deployment "
        f"caused it. Going back to a build that was signed before stays possible, and so does a "
        f"release that is announced with mends: {number}."
    )


def frozen_since(release: Release, number: int) -> str:
    """The same in short, where it waits or was signed before that."""
    return f"releases of {release.service} are frozen until #{number} is resolved"


def deployed_while_frozen(release: Release, number: int) -> str:
    """It was signed before the outage was laid to a deployment, and goes out all the same."""
    why = escape(frozen_since(release, number))
    return f"{_title(release)} was signed before #{number} and goes out although {why}."


def not_ready(release: Release, wait: Wait) -> str:
    """Staging has not been good for long enough."""
    return f"{title(release)} cannot be signed yet: {waiting(release, wait)}."


def reason_missing() -> str:
    """A rejection says why."""
    return "Say why it is rejected: whoever built it will read it."


def part_unknown(part: str, release: Release) -> str:
    """No such part by hand."""
    parts = and_list([it.part for it in release.by_hand]) or "none"
    return f"{one_line(part, 80)} is no part of {title(release)}. Its parts by hand: {parts}."


def part_done_already(release: Release, part: str, policy: Policy) -> str:
    """Ticked before."""
    known = next(it for it in release.by_hand if it.part == part)
    assert known.done_at is not None
    when = clock(known.done_at, policy.timezone)
    return f"{part} was done by {policy.name_of(known.done_by)} at {when}."


# -- why it waits, plain


def waiting(release: Release, wait: Wait) -> str:
    """What it waits for: `on staging health (HTTP 503) fails`."""
    if wait.frozen is not None:
        return frozen_since(release, wait.frozen)
    if wait.red:
        checks = [f"{it.label} ({one_line(it.detail or it.outcome, 120)})" for it in wait.red]
        return f"on staging {and_list(checks)} {'fails' if len(checks) == 1 else 'fail'}"
    if wait.elsewhere:
        return f"{release.name} is not on staging, by the deployments that were reported"
    if wait.left is not None:
        return f"staging has to stay good for another {age(wait.left)}"
    return "its checks on staging have not been looked at yet"


# -- answers, plain


def done(release: Release, what: str) -> str:
    """To the one who did it."""
    return f"{title(release)} {what}."


def not_done(release: Release) -> str:
    """Something came in between."""
    return f"Nothing was changed: {title(release)} is {release.state.value}. Look at it again."


# -- in the card's thread (Slack mrkdwn, escaped)


def approved(release: Release, policy: Policy) -> str:
    """Who signed, and what comes now."""
    who = escape(policy.name_of(release.decided_by))
    words = f"{who} approved {_title(release)}."
    if release.emergency:
        words += (
            f" It is an emergency ({emergency(release)}): a second signature is due by "
            f"{_time(release.second_due_at, policy)}."
        )
    return words


def emergency(release: Release) -> str:
    """Why it is one."""
    return f"it mends #{release.mends}" if release.emergency == "mends" else "an earlier build"


def rejected(release: Release, policy: Policy) -> str:
    """Who said no, and why."""
    who = escape(policy.name_of(release.decided_by))
    return f"{who} rejected {_title(release)}: {said(release.reason, 500)}"


def rejected_before(earlier: Release, policy: Policy) -> str:
    """The very same build was announced once, and somebody said no."""
    who = said(policy.name_of(earlier.decided_by), 80)
    at = _time(earlier.decided_at, policy)
    return f"{who} rejected this very build before, {at}: {said(earlier.reason, 500)}"


def second(release: Release, policy: Policy) -> str:
    """The emergency has both its signatures."""
    return f"{escape(policy.name_of(release.second_by))} signed {_title(release)} as the second."


def second_missing(release: Release, policy: Policy) -> str:
    """A day has passed."""
    first = escape(policy.name_of(release.decided_by))
    return (
        f"{_title(release)} went out as an emergency with {first}'s signature alone: the second "
        f"one is missing since {_time(release.second_due_at, policy)}."
    )


def ready(release: Release) -> str:
    """It can be signed."""
    return f"{_title(release)} can be signed: staging has been good for long enough."


def not_ready_any_more(release: Release, wait: Wait) -> str:
    """Staging went bad while it waited."""
    return f"{_title(release)} cannot be signed for now: {escape(waiting(release, wait))}."


def over(release: Release) -> str:
    """Superseded, expired, cancelled."""
    return f"{_title(release)} {_FATES[release.state]}."


def why_nothing_comes(release: Release) -> str:
    """To the host that waits, plain: `it was superseded by a newer build`."""
    if release.state is ReleaseState.REJECTED:
        return one_line(release.reason, 150)
    return f"it {_FATES[release.state]}"


def triggered(release: Release) -> str:
    """Its deployment was set in motion."""
    where = f" <{release.trigger_url}|Look at it>" if release.trigger_url else ""
    return f"The deployment of {_title(release)} was set in motion.{where}"


def trigger_failed(release: Release) -> str:
    """It was not, and what to do."""
    return (
        f"The deployment of {_title(release)} could not be set in motion: "
        f"{said(release.trigger_error, 300)}. Nothing was deployed."
    )


def trigger_unknown(release: Release) -> str:
    """Nobody can tell; it is not tried again blindly."""
    return (
        f"Nobody can tell whether the deployment of {_title(release)} was set in motion: "
        f"{said(release.trigger_error, 300)}. It is not tried again by itself. "
        "Look at the pipeline, then press a button of the card."
    )


def trigger_settled_already(release: Release) -> str:
    """Nobody has to look at the pipeline, plain."""
    return f"The deployment of {title(release)} is {release.trigger.value}: nothing was changed."


def settled(release: Release, choice: str, actor: Actor, policy: Policy) -> str:
    """Somebody looked at the pipeline."""
    who = escape(policy.name_of(actor.person))
    if choice == "started":
        return f"{who} says that the deployment of {_title(release)} runs."
    return f"{who} says that the deployment of {_title(release)} does not run: it is tried again."


def deployed(release: Release, deployment: Deployment, policy: Policy) -> str:
    """What was signed went out."""
    who = escape(policy.name_of(release.decided_by))
    rest = (
        f" Still to do by hand: {escape(and_list(list(release.to_do)))}." if release.to_do else ""
    )
    return f"{_title(release)} goes out, signed by {who}.{rest}"


def part_done(release: Release, part: str, policy: Policy, at: datetime) -> str:
    """Somebody did what no pipeline does."""
    by = next(it.done_by for it in release.by_hand if it.part == part)
    left = and_list(list(release.to_do))
    rest = f"Still to do: {escape(left)}." if left else "Nothing is left to do by hand."
    return f"{escape(part)}: done by {escape(policy.name_of(by))}, {_time(at, policy)}. {rest}"


def unsigned(deployment: Deployment, why: str) -> str:
    """A production deployment that nobody signed (Slack mrkdwn, escaped)."""
    by = f" by {said(deployment.by, 80)}" if deployment.by else ""
    runs = "is being" if deployment.state is DeploymentState.STARTED else "was"
    return (
        f"*Not signed:* {said(deployment.name, 80)} of {escape(deployment.service)} {runs} "
        f"deployed to {escape(deployment.environment)}{by}: {escape(why)}."
    )


# -- to approvers, plain (a text)


def unsigned_text(deployment: Deployment, why: str) -> str:
    """The text to approvers."""
    return f"NOT SIGNED: {one_line(deployment.name, 60)} of {deployment.service}: {why}"


def announced(release: Release) -> str:
    """A line of the audit log."""
    what = plural(len(release.commits), "commit") if release.commits else "commits not known"
    return f"{_title(release)} waits on staging ({what})"


def _title(release: Release) -> str:
    return f"*{said(release.name, 80)}* of {escape(release.service)}"


def _time(at: datetime | None, policy: Policy) -> str:
    return slack_time(at, policy.timezone) if at else "an unknown time"


def _who_may(policy: Policy) -> str:
    rules = policy.sign_off
    names = [policy.name_of(key) for key in rules.approvers] if rules else []
    return f"Approvers: {and_list(names)}." if names else ""
