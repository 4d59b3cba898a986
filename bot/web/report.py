"""An incident as Markdown, for a post-mortem: what is known, then everything in its order."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.age import age
from bot.core.deployment import Deployment
from bot.core.follow_up import TEXT_AT_MOST
from bot.core.incident import Incident, TrackState
from bot.core.nights import woke
from bot.core.page import Page, PageState
from bot.core.policy import Policy
from bot.core.wording import held
from bot.core.wording.history import from_where
from bot.core.wording.outside import one_line
from bot.ports import IncidentView, Store
from bot.web.mrkdwn import to_plain

_MARKS = re.compile(r"([\\`*_{}\[\]<>|#~])")
LONGEST = 2000
_BY = {
    "sms": "text",
    "call": "call",
    "slack": "Slack message",
    "email": "e-mail",
    "webhook": "webhook",
}
_WHY = {
    "last_resort": "because nobody had come",
    "reminder": "a reminder",
    "reopened": "down again",
    "escalated": "somebody escalated",
    "resolved": "that it is over",
    "notice": "that nobody has come",
    "weighed": "that another deployment is suspected",
    "undelivered": "because another page did not arrive",
}
"""What a page was for, where it is not simply its step."""
_NOT_SENT = frozenset({"cancelled"})
SHIPPED_BEFORE = timedelta(days=1)
MOST_SHIPPED = 50


def markdown(
    view: IncidentView,
    policy: Policy,
    zone: str,
    now: datetime,
    deployments: Iterable[Deployment] = (),
) -> str:
    """The whole of it; every time with its date, in `zone`. No phone numbers.

    `deployments` are what went out shortly before and while it was down (`shipped_around`).
    """
    incident = view.incident
    names = ", ".join(part.service for part in incident.services)
    lines = [
        f"# Incident {incident.number}: {plain(names)}",
        "",
        *(f"- {line}" for line in _facts(incident, policy, zone, now)),
        "",
        *_follow_up(incident, policy, zone),
        f"## Timeline ({plain(zone)})",
        "",
        *_timeline(view, policy, zone, deployments),
        "",
    ]
    return "\n".join(lines)


def plain(text: str, limit: int = LONGEST) -> str:
    """On one line, and nothing of it is markup."""
    return _MARKS.sub(r"\\\1", one_line(text, limit))


def _facts(incident: Incident, policy: Policy, zone: str, now: datetime) -> Iterator[str]:
    yield f"Began: {_at(incident.began_at, zone)}"
    if incident.imported_from and incident.imported_id:
        yield plain(from_where(incident.imported_from, incident.imported_id))
    yield f"Triggered: {_at(incident.triggered_at, zone)}"
    for track in incident.tracks:
        team = plain(policy.team_name(track.team))
        if track.state is TrackState.ACKNOWLEDGED and track.at:
            yield f"{team}: {plain(policy.owner_of(track.by))} had it, {_at(track.at, zone)}"
        else:
            yield f"{team}: nobody said that they had it"
    if incident.resolved_at:
        by = f" by {plain(policy.name_of(incident.resolved_by))}" if incident.resolved_by else ""
        lasted = age(incident.resolved_at - incident.began_at)
        yield f"Resolved: {_at(incident.resolved_at, zone)}{by}, {lasted} after it began"
    else:
        yield f"Not resolved: {age(now - incident.down_since)} and counting"
    if incident.reopened:
        yield f"Down again after it was over: {incident.reopened} times"
    yield from _deployment(incident, policy)


def _deployment(incident: Incident, policy: Policy) -> Iterator[str]:
    named = incident.link.named
    if named is None:
        yield "Deployment: none known"
    else:
        deployment = named.deployment
        sha = f" {deployment.short_sha}" if deployment.short_sha else ""
        by = f" by {deployment.by}" if deployment.by else ""
        label = incident.link.label.value.replace("_", " ")
        words = f"{deployment.name}{sha}{by} of {deployment.service}, {label}"
        yield f"Deployment: {plain(words)}: {plain(incident.link.reason)}"
    cause = incident.cause
    if cause is None:
        yield "Cause: not decided"
    else:
        what = f"deployment {cause.deployment}" if cause.kind == "deployment" else "no deployment"
        note = f": {cause.note}" if cause.note else ""
        yield f"Cause, said by {plain(policy.name_of(cause.by))}: {plain(what + note)}"


def _follow_up(incident: Incident, policy: Policy, zone: str) -> Iterator[str]:
    """What will keep it from happening again, team by team; nothing where nobody was asked."""
    parts = [it for it in incident.follow_ups if it.asked or it.at is not None]
    if not parts:
        return
    yield "## What will keep it from happening again?"
    for part in parts:
        team, kept = plain(policy.team_name(part.team)), "" if part.asked else ", withdrawn"
        yield ""
        if part.at is None:
            yield f"{team}: not answered yet"
            continue
        yield f"{team} ({plain(policy.name_of(part.by))}, {_at(part.at, zone)}{kept}):"
        yield from _quoted(part.text)
        if part.customers:
            yield ""
            yield "What customers noticed:"
            yield from _quoted(part.customers)
    yield ""


def _quoted(text: str) -> Iterator[str]:
    yield ""
    yield from (f"> {plain(line, TEXT_AT_MOST)}".rstrip() for line in text.splitlines())


async def shipped_around(
    store: Store, incident: Incident, policy: Policy, now: datetime
) -> list[Deployment]:
    """What went out where users are, from a day before it began until its end, of its services
    and of what they depend on. Raises StoreUnavailable.
    """
    services = {part.service for part in incident.services}
    for part in incident.services:
        known = policy.services.get(part.service)
        services |= set(known.depends_on) if known else set()
    found: list[Deployment] = []
    for service in sorted(services):
        known = policy.services.get(service)
        found += await store.deployments(
            service=service,
            environment=known.environment if known else None,
            since=incident.began_at - SHIPPED_BEFORE,
            until=incident.resolved_at or now,
            limit=MOST_SHIPPED,
        )
    return found


def _timeline(
    view: IncidentView, policy: Policy, zone: str, deployments: Iterable[Deployment]
) -> Iterator[str]:
    """What happened, what went out and who was paged, oldest first."""
    told = [
        (entry.at, f"{plain(to_plain(entry.text))} ({plain(policy.name_of(entry.by), 80)})")
        for entry in view.timeline
    ]
    told += [
        (page.sent_at or page.created_at, _page(page, policy, zone))
        for page in view.pages
        if page.state.value not in _NOT_SENT
    ]
    told += [line for item in deployments for line in _went_out(item)]
    for at, words in sorted(told, key=lambda item: item[0]):
        yield f"- {_at(at, zone)}: {words}"


def _went_out(item: Deployment) -> Iterator[tuple[datetime, str]]:
    """When a deployment began, as far as that is known, and when it ended."""
    sha = f" {item.short_sha}" if item.short_sha else ""
    by = f" by {item.by}" if item.by else ""
    what = f"{item.name}{sha}{by} of {item.service}"
    if item.started_at is not None and item.started_at != item.ended_at:
        yield item.started_at, plain(f"deployment began: {what}")
    ended = item.ended_at or (None if item.started_at else item.reported_at)
    if ended is not None:
        yield ended, plain(f"deployment {item.state.value.replace('_', ' ')}: {what}")


def _page(page: Page, policy: Policy, zone: str) -> str:
    by = _BY.get(page.channel, page.channel)
    team = f" ({policy.team_name(page.team)})" if page.team else ""
    why = f", {_WHY[page.reason]}" if page.reason in _WHY else ""
    night = ", in their night" if woke(page, policy) else ""
    error = f": {page.error}" if page.error else ""
    became = _became(page)
    heard = page.state_at if page.sent_at and page.state_at != page.sent_at else None
    at = f" {_at(heard, zone)}" if heard else ""
    went = f", {words}" if (words := held.bundled(page)) else ""
    whom = f"{by} to {policy.name_of(page.person)}{team}{why}{night}"
    return plain(f"{whom}: {became}{at}{went}{error}")


def _became(page: Page) -> str:
    if held.waits(page):
        return f"held back ({page.held})"
    if page.state is PageState.BUNDLED:
        return "went out"
    pressed = page.channel == "call" and page.state is PageState.DELIVERED
    return "a key was pressed" if pressed else page.state.value


def _at(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")
