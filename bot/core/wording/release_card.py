"""The card of a release in Slack: what an approver has to know before the one button.

Slack mrkdwn, escaped. Everything that is not known is said to be unknown, never left out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from bot.core.database_changes import known_changes
from bot.core.policy import GITLAB, Policy
from bot.core.release import Release, ReleaseState, TriggerState, green_from
from bot.core.signers import eligible, strangers, waits_for, writers
from bot.core.wording.database import BREAKS, database_lines
from bot.core.wording.outside import code, linked, one_line, said
from bot.core.wording.releases import emergency, waiting
from bot.core.wording.thread import Button
from bot.core.wording.thread_deployment import migrations
from bot.core.wording.words import and_list, escape, plural, slack_day, slack_time

MOST_COMMITS = 15
MOST_PARTS = 20
MOST_DATABASE = 10
_STATES = {
    ReleaseState.WAITING: "waits on staging",
    ReleaseState.READY: "can be signed",
    ReleaseState.APPROVED: "is approved",
    ReleaseState.REJECTED: "is rejected",
    ReleaseState.EXPIRED: "has expired",
    ReleaseState.SUPERSEDED: "was superseded by a newer build",
    ReleaseState.CANCELLED: "was taken back by its pipeline",
    ReleaseState.DEPLOYED: "is deployed",
}
_NEVER_OUT = frozenset(
    {
        ReleaseState.REJECTED,
        ReleaseState.EXPIRED,
        ReleaseState.SUPERSEDED,
        ReleaseState.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class Card:
    """Lines and buttons. `text` is the notification. `confirm` is asked before approving."""

    text: str
    lines: tuple[str, ...]
    buttons: tuple[Button, ...]
    parts: tuple[Button, ...]
    confirm: str


def card(release: Release, policy: Policy, now: datetime) -> Card:
    """Word it as of `now`."""
    return Card(
        text=escape(one_line(f"{release.name} of {release.service} {_STATES[release.state]}", 300)),
        lines=tuple(_lines(release, policy, now)),
        buttons=tuple(_buttons(release)),
        parts=tuple(_ticks(release)),
        confirm=confirmation(release, policy),
    )


def confirmation(release: Release, policy: Policy) -> str:
    """What is asked before an approval counts, plain, 300 characters at most (Slack's limit)."""
    words = [f"{one_line(release.name, 60)} of {release.service} goes to production."]
    if not release.range_known:
        words.append("Its commits are not known: by approving you say that none are yours.")
    unknown = strangers(release, policy)
    if unknown:
        words.append(f"Authors nobody knows here: {one_line(', '.join(unknown), 60)}.")
    if release.to_do:
        words.append(f"By hand: {one_line(', '.join(release.to_do), 80)}.")
    return one_line(" ".join(words), 300)


def _lines(release: Release, policy: Policy, now: datetime) -> Iterator[str]:
    yield _title(release, policy)
    if release.emergency and release.open:
        yield f"*Emergency* ({emergency(release)}): no time on staging, a second signature later"
    yield _build(release, policy)
    yield from _staging(release, policy, now)
    yield _range(release, policy)
    yield from _commits(release)
    yield from _database(release)
    yield from _by_hand(release, policy)
    yield from _people(release, policy)
    yield from _decision(release, policy)
    link = linked(
        f"{policy.public_url}/releases/{quote(release.id, safe='')}", "Page of this release"
    )
    if link and policy.public_url:
        yield link


def _title(release: Release, policy: Policy) -> str:
    name = f"*{said(release.name, 80)} of {escape(release.service)}*"
    by = f" · asked for by {said(release.by, 80)}" if release.by else ""
    since = slack_time(release.announced_at, policy.timezone)
    return f"{name} {_STATES[release.state]} · announced {since}{by}"


def _build(release: Release, policy: Policy) -> str:
    parts = [f"commit {code(release.short_sha or '')}" if release.sha else "commit not known"]
    parts.append(
        f"artifact {code(release.artifact, 90)}" if release.artifact else "artifact not named"
    )
    if link := linked(release.url, "Pipeline"):
        parts.append(link)
    return " · ".join(parts)


def _staging(release: Release, policy: Policy, now: datetime) -> Iterator[str]:
    if release.state not in (ReleaseState.WAITING, ReleaseState.READY):
        told = ", ".join(f"{said(it.label, 60)} {it.outcome}" for it in release.checks)
        if told:
            yield f"Staging, when it was decided: {told}"
        return
    rules = policy.sign_off
    if release.state is ReleaseState.WAITING and rules is not None and not release.emergency:
        wait = waits_for(release, rules.soak, now)
        yield f"*Not yet:* {escape(waiting(release, wait))}"
        return
    start = green_from(release)
    since = f" since {slack_time(start, policy.timezone)}" if start else ""
    names = ", ".join(said(it.label, 60) for it in release.checks) or "no checks are configured"
    yield f"Staging is good{since}: {names}"


def _range(release: Release, policy: Policy) -> str:
    base, head = release.previous_sha, release.sha
    span = f"{code(base[:7])} to {code(head[:7])}" if base and head else "range not known"
    if not release.range_known and not release.commits:
        return f"*Commits are not known* ({span}): nobody can tell who wrote them"
    cut = "" if release.range_known else ", *and more that are not known*"
    files = {path for commit in release.commits for path in commit.files}
    found = migrations(release.commits)
    database = f" · *{plural(found, 'migration')} in the files*" if found else ""
    if not files:
        database = " · files not known"
    count = plural(len(release.commits), "commit")
    return f"{count}{cut}, {span}{database}{_compare(release, policy)}"


def _compare(release: Release, policy: Policy) -> str:
    service = policy.services.get(release.service)
    if service is None or not service.repository or not release.previous_sha or not release.sha:
        return ""
    if service.host == GITLAB:
        base = f"{policy.gitlab_url}/{service.repository}/-/compare"
    else:
        base = f"{policy.github_url}/{service.repository}/compare"
    link = linked(f"{base}/{release.previous_sha}...{release.sha}", "compare")
    return f" · {link}" if link else ""


def _commits(release: Release) -> Iterator[str]:
    newest = list(reversed(release.commits))
    for commit in newest[:MOST_COMMITS]:
        subject = said(commit.message.partition("\n")[0], 120) or "(no message)"
        yield f"• {subject} — {said(commit.author or 'author not known', 60)}"
    if len(newest) > MOST_COMMITS:
        yield f"• and {len(newest) - MOST_COMMITS} more"


def _database(release: Release) -> Iterator[str]:
    """A database is an interface: what breaks it is named before anybody signs."""
    lines = database_lines(known_changes(release.commits, release.database))
    for line in lines[:MOST_DATABASE]:
        words = said(line, 200)
        yield f"• *{words}*" if line.startswith(BREAKS) else f"• {words}"
    if len(lines) > MOST_DATABASE:
        yield f"• and {len(lines) - MOST_DATABASE} more about the database, on the page"


def _by_hand(release: Release, policy: Policy) -> Iterator[str]:
    if not release.by_hand:
        yield "By hand: nothing"
        return
    words = []
    left = "not done" if release.state in _NEVER_OUT else "to do"
    for it in release.by_hand[:MOST_PARTS]:
        if it.done_at is None:
            words.append(f"*{said(it.part, 60)}* ({left})")
        else:
            who, at = policy.name_of(it.done_by), slack_time(it.done_at, policy.timezone)
            words.append(f"{said(it.part, 60)} (done by {said(who, 60)}, {at})")
    yield f"By hand: {', '.join(words)}"


def _people(release: Release, policy: Policy) -> Iterator[str]:
    authors = [policy.name_of(key) for key in sorted(writers(release, policy))]
    authors += [f"{name} (unknown here)" for name in strangers(release, policy)]
    if authors:
        yield f"Written by {said(and_list(authors), 300)}"
    if release.state in (ReleaseState.WAITING, ReleaseState.READY):
        names = [policy.name_of(key) for key in eligible(release, policy)]
        if release.frozen is not None:
            return
        if names:
            yield f"May sign: {said(and_list(names), 300)}"
        else:
            yield "*Nobody may sign:* every approver wrote part of it or asked for it"


def _decision(release: Release, policy: Policy) -> Iterator[str]:
    if release.decided_at is None:
        if release.expires_at is not None and release.open:
            yield f"Expires {slack_day(release.expires_at, policy.timezone)}"
        return
    who = said(policy.name_of(release.decided_by), 80)
    at = slack_day(release.decided_at, policy.timezone)
    what = "Rejected" if release.state is ReleaseState.REJECTED else "Approved"
    why = f": {said(release.reason, 300)}" if release.reason else ""
    yield f"*{what} by {who}*, {at}{why}"
    if release.second_at is not None:
        second = said(policy.name_of(release.second_by), 80)
        yield f"*Second signature by {second}*, {slack_day(release.second_at, policy.timezone)}"
    elif release.second_due_at is not None:
        yield f"*Second signature due by* {slack_day(release.second_due_at, policy.timezone)}"
    if release.state is not ReleaseState.REJECTED:
        yield from _motion(release)


def _motion(release: Release) -> Iterator[str]:
    where = f" · {link}" if (link := linked(release.trigger_url, "Look at it")) else ""
    match release.trigger:
        case TriggerState.ASKED:
            yield "Its deployment is being set in motion"
        case TriggerState.STARTED:
            yield f"Its deployment was set in motion{where}"
        case TriggerState.FAILED:
            yield f"*Its deployment could not be set in motion:* {said(release.trigger_error)}"
        case TriggerState.UNKNOWN:
            yield f"*Nobody can tell whether its deployment runs:* {said(release.trigger_error)}"


def _buttons(release: Release) -> Iterator[Button]:
    if release.state in (ReleaseState.WAITING, ReleaseState.READY):
        if release.state is ReleaseState.READY:
            yield Button("Approve", "release_approve", release.id, "primary")
        yield Button("Reject", "release_reject", release.id)
    signed = release.state in (ReleaseState.APPROVED, ReleaseState.DEPLOYED)
    if signed and release.emergency and release.second_at is None:
        yield Button("Sign as the second", "release_second", release.id, "primary")
    if release.state is ReleaseState.APPROVED and release.trigger in (
        TriggerState.UNKNOWN,
        TriggerState.FAILED,
    ):
        yield Button("It runs", "release_started", release.id)
        yield Button("Set it in motion again", "release_again", release.id)


def _ticks(release: Release) -> Iterator[Button]:
    """Once it is signed: before that nobody knows whether it ever goes out."""
    if release.state not in (ReleaseState.APPROVED, ReleaseState.DEPLOYED):
        return
    for index, it in enumerate(release.by_hand[:MOST_PARTS]):
        if it.done_at is None:
            label = one_line(f"Done: {it.part}", 75)
            yield Button(label, f"release_done_{index}", f"{index} {release.id}")


def part_at(release_parts: Iterable[str], index: int) -> str | None:
    """The part that a button means."""
    parts = list(release_parts)
    return parts[index] if 0 <= index < len(parts) else None


def signed_own_work(release: Release, signers: Sequence[str | None], policy: Policy) -> str:
    """The list of commits came after the signature, and who signed wrote some of them."""
    who = said(and_list([policy.name_of(key) for key in signers]), 200)
    what = f"*{said(release.name, 80)}* of {escape(release.service)}"
    gone = ", which is deployed" if release.state is ReleaseState.DEPLOYED else ""
    return (
        f"*Four eyes did not hold:* {who} signed {what}{gone}, and wrote part "
        "of it, as its commits say that are known only now. Somebody else should look at it."
    )
