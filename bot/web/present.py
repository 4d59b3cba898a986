"""State as JSON: the shapes of the API, the same wherever they show. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from bot.core.database_changes import known_changes
from bot.core.deployment import Deployment
from bot.core.effects import Entry
from bot.core.fairness import Load
from bot.core.follow_up import FollowUp
from bot.core.incident import Cause, Incident
from bot.core.link import Candidate, Link
from bot.core.page import Page
from bot.core.quiet import QuietSpan
from bot.core.signal import Level, Signal
from bot.core.wording import held
from bot.ports import IncidentView, StoredResult, Uptime
from bot.web.mrkdwn import to_plain

Json = dict[str, Any]


def when(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, or null."""
    return at.isoformat() if at else None


def deployment(item: Deployment) -> Json:
    """The fields of the generic hook."""
    return {
        "id": item.id,
        "service": item.service,
        "environment": item.environment,
        "version": item.version,
        "sha": item.sha,
        "previous_sha": item.previous_sha,
        "status": item.state.value,
        "started_at": when(item.started_at),
        "finished_at": when(item.ended_at),
        "by": item.by,
        "url": item.url,
        "artifact": item.artifact,
        "by_hand": item.by_hand,
        "rollback": item.rollback,
        "by_hand_parts": list(item.by_hand_parts),
        "range_known": item.range_known.value,
        "database": [
            {
                "path": change.path,
                "framework": change.framework,
                "seen": change.seen.value,
                "breaking": [{"line": it.line, "what": it.what} for it in change.breaking],
                "trouble": change.trouble or None,
            }
            for change in known_changes(item.commits, item.database)
        ],
        "commits": [
            {
                "sha": commit.sha,
                "message": commit.message,
                "author": commit.author,
                "at": when(commit.at),
                "url": commit.url,
                "files": list(commit.files),
                "committer": commit.committer,
                "login": commit.login,
                "co_authors": list(commit.co_authors),
                "pull_request": commit.pull_request,
            }
            for commit in item.commits
        ],
    }


_CANDIDATE = (
    *("id", "service", "environment", "version", "sha", "previous_sha", "status"),
    *("started_at", "finished_at", "by", "url", "artifact", "by_hand", "rollback", "commits"),
    *("link", "odds", "age_seconds", "about", "relation", "reason"),
)


def candidate(item: Candidate | None) -> Json | None:
    """A deployment with how strongly it is suspected, as odds."""
    if item is None:
        return None
    return {
        **deployment(item.deployment),
        "link": item.label.value,
        "odds": item.odds,
        "age_seconds": item.age.total_seconds(),
        "about": item.about,
        "relation": item.relation,
        "reason": item.reason,
    }


def linked(link: Link) -> Json:
    """The named deployment; with `link` "none" and empty fields where none is known."""
    named = candidate(link.named) or dict.fromkeys(_CANDIDATE)
    return {**named, "link": link.label.value, "odds": link.odds, "reason": link.reason}


def cause(item: Cause | None, known: Deployment | None) -> Json | None:
    """`null`, a deployment, or something else with its note."""
    if item is None:
        return None
    if item.kind == "deployment":
        named = deployment(known) if known else {"id": item.deployment}
        return {"kind": "deployment", "deployment": named, "note": item.note}
    return {"kind": "other", "note": item.note}


def incident(item: Incident, cause_deployment: Deployment | None = None) -> Json:
    """An incident as a row of a list."""
    link = item.link
    return {
        "number": item.number,
        "state": item.state.value,
        "services": [part.service for part in item.services],
        "began_at": when(item.began_at),
        "triggered_at": when(item.triggered_at),
        "acknowledged_at": when(item.acknowledged_at),
        "resolved_at": when(item.resolved_at),
        "resolved_by": item.resolved_by,
        "reopened": item.reopened,
        "services_down": list(item.down()) if item.open else [],
        "merged_into": item.merged_into,
        "parted_from": item.parted_from,
        "imported": {"from": item.imported_from, "id": item.imported_id} if item.imported else None,
        "tracks": [
            {"team": track.team, "state": track.state.value, "by": track.by, "at": when(track.at)}
            for track in item.tracks
        ],
        "deployment": linked(link),
        "most_recent": candidate(link.most_recent),
        "cause": cause(item.cause, cause_deployment or _named(item)),
    }


def _named(item: Incident) -> Deployment | None:
    """The cause's deployment, when it is one of those that were weighed."""
    if item.cause is None:
        return None
    known = {weighed.deployment.id: weighed.deployment for weighed in item.link.candidates}
    return known.get(item.cause.deployment or "")


def incident_in_full(view: IncidentView, cause_deployment: Deployment | None = None) -> Json:
    """An incident with its candidates, follow-up, pages and timeline."""
    return {
        **incident(view.incident, cause_deployment),
        "follow_up": [follow_up(item) for item in view.incident.follow_ups],
        "candidates": [candidate(item) for item in view.incident.link.candidates],
        "pages": [page(item) for item in view.pages],
        "timeline": [entry(item) for item in view.timeline],
    }


def follow_up(item: FollowUp) -> Json:
    """What one team says; `by`, `at`, `text` are null until it does, `customers` too if unsaid."""
    return {
        "team": item.team,
        "by": item.by,
        "at": when(item.at),
        "text": item.text or None,
        "customers": item.customers or None,
        "asked_at": when(item.asked_at),
        "withdrawn_at": when(item.withdrawn_at),
    }


def load(item: Load) -> Json:
    """How often somebody was paged for a team, and at night (`bot.core.fairness`)."""
    return {
        "person": item.person,
        "team": item.team,
        "pages": item.pages,
        "texts": item.texts,
        "calls": item.calls,
        "pages_at_night": item.pages_at_night,
        "nights_disturbed": item.nights_disturbed,
        "last_at_night": when(item.last_at_night),
    }


def page(item: Page) -> Json:
    """A page; never the number it went to.

    `held_until` and `held`: it waits for its person's budget, till when and why. `bundled`: it went
    in another one's words, which names those incidents.
    """
    return {
        "person": item.person,
        "team": item.team,
        "channel": item.channel,
        "state": item.state.value,
        "at": when(item.sent_at or item.created_at),
        "reason": item.reason,
        "error": item.error,
        "held_until": when(item.due_at) if held.waits(item) else None,
        "held": item.held if held.waits(item) else None,
        "bundled": held.bundled(item),
    }


def entry(item: Entry) -> Json:
    """A line of the timeline."""
    return {"at": when(item.at), "kind": item.kind, "by": item.by, "text": to_plain(item.text)}


def result(item: StoredResult) -> Json:
    """A probe's result, as everywhere."""
    return {
        "service": item.service,
        "check": item.check,
        "kind": item.kind,
        "outcome": item.outcome,
        "reason": item.reason,
        "detail": item.detail,
        "at": when(item.at),
        "seconds": {
            "first_byte": item.first_byte,
            "total": item.total,
            "dns": item.dns,
            "connect": item.connect,
            "tls": item.tls,
        },
    }


def state_of(service: str, signals: Iterable[Signal], results: Iterable[StoredResult] = ()) -> str:
    """`down` while any signal is, then `degraded`, else `up`; `unknown` before any news of it."""
    levels = {signal.level for signal in signals if signal.service == service}
    if Level.DOWN in levels:
        return "down"
    if Level.DEGRADED in levels:
        return "degraded"
    heard_of = bool(levels) or any(
        result.service == service and result.outcome != "unknown" for result in results
    )
    return "up" if heard_of else "unknown"


def service(
    key: str,
    teams: Iterable[str],
    signals: Iterable[Signal],
    results: Sequence[StoredResult],
    uptimes: Iterable[Uptime],
    quiet: QuietSpan | None = None,
) -> Json:
    """A service with its state and the last result of every check. `quiet`: nobody is paged."""
    shares = {item.check: item.share for item in uptimes if item.service == key}
    return {
        "service": key,
        "state": state_of(key, signals, results),
        "teams": list(teams),
        "quiet": quieted(quiet) if quiet else None,
        "checks": [
            {**result(item), "uptime_30d": shares.get(item.check)}
            for item in results
            if item.service == key
        ],
    }


def quieted(span: QuietSpan) -> Json:
    """Until when nobody is paged, and why; `by` is null where the configuration plans it."""
    return {
        "until": when(span.until),
        "reason": span.reason,
        "kind": "maintenance" if span.maintenance else "silence",
        "by": span.by,
    }
