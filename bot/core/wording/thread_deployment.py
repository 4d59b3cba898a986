"""The deployment lines of a thread's first message (Slack mrkdwn, escaped)."""

import re
from collections.abc import Iterator

from bot.core.deployment import Commit, Deployment
from bot.core.incident import Incident
from bot.core.link import Candidate, Label, Link
from bot.core.policy import GITLAB, Policy
from bot.core.wording.before import before
from bot.core.wording.outside import code, linked, one_line, said
from bot.core.wording.words import plural

MOST_NAMED = 5
"""So many deployments are named when it may be one of several."""
_MIGRATION = re.compile(r"(^|/)(migrations?|migrate|alembic/versions|flyway|liquibase)/[^/]*\.\w+$")


def deployment_lines(incident: Incident, policy: Policy) -> Iterator[str]:
    """What is suspected, what else it may be, and the service's own last deployment."""
    link = incident.link
    if link.named is None:
        yield f"*Last deployment:* {_none_named(link)}"
        return
    for index, candidate in enumerate(_shown(link)):
        lead = _lead(link) if index == 0 else "or"
        label = _label(link) if index == 0 else _label_of_other(link, candidate)
        yield f"{lead} {_candidate(candidate, label, incident, policy)}"
        if index == 0 and link.reason:
            yield said(link.reason)
    recent = link.most_recent
    if recent is not None and recent not in _shown(link):
        lead = f"Last deployment of {said(recent.deployment.service, 80)}:"
        yield f"{lead} {_candidate(recent, recent.label.value, incident, policy)}"


def plain_deployment(incident: Incident) -> str:
    """The same in a few plain words, for a notification. Not escaped."""
    named = incident.link.named
    if named is None:
        return _none_named(incident.link)
    deployment = named.deployment
    sha = f" {deployment.short_sha}" if _has_other_sha(deployment) else ""
    by = f" by {deployment.by}" if deployment.by else ""
    lead = "last deployment" if _is_last(incident.link) else "deployment"
    words = f"{lead} {deployment.name}{sha}{by}, {before(named, incident)}, {_label(incident.link)}"
    return one_line(words, 400)


def migrations(commits: tuple[Commit, ...]) -> int | None:
    """How many migration files the commits touched; None when no file list is known."""
    paths = {path for commit in commits for path in commit.files}
    return sum(1 for path in paths if _MIGRATION.search(path)) if paths else None


def _none_named(link: Link) -> str:
    return "no deployment known" + ("" if link.weighed else f" ({link.reason})")


def _shown(link: Link) -> list[Candidate]:
    """The named one, then the others that it may be."""
    if link.label is Label.ONE_OF:
        return list(link.candidates[: min(link.among, MOST_NAMED)])
    return [one for one in (link.named, link.second) if one is not None]


def _lead(link: Link) -> str:
    return "*Last deployment:*" if _is_last(link) else "*Deployment:*"


def _is_last(link: Link) -> bool:
    last, named = link.most_recent, link.named
    return bool(last and named and last.deployment.id == named.deployment.id)


def _label(link: Link) -> str:
    return f"one of these {link.among}" if link.label is Label.ONE_OF else link.label.value


def _label_of_other(link: Link, candidate: Candidate) -> str:
    """None where one of these is to blame: "unlikely" beside each would say the contrary."""
    return "" if link.label is Label.ONE_OF else candidate.label.value


def _candidate(candidate: Candidate, label: str, incident: Incident, policy: Policy) -> str:
    deployment = candidate.deployment
    of = "" if deployment.service == incident.service else f"{said(deployment.service, 80)} "
    sha = f" {code(deployment.short_sha or '')}" if _has_other_sha(deployment) else ""
    by = f" by {said(deployment.by, 80)}" if deployment.by else ""
    how_strongly = f", *{label}*" if label else ""
    first = (
        f"{of}{said(deployment.name, 100)}{sha}{by}, {before(candidate, incident)}{how_strongly}"
    )
    return " · ".join([first, *_contents(deployment), *_links(deployment, policy)])


def _contents(deployment: Deployment) -> list[str]:
    words = []
    if deployment.commits:
        words.append(plural(len(deployment.commits), "commit"))
    count = migrations(deployment.commits)
    if count:
        words.append(plural(count, "migration"))
    if deployment.by_hand:
        words.append("by hand")
    if deployment.rollback:
        words.append("rollback")
    return [", ".join(words)] if words else []


def _links(deployment: Deployment, policy: Policy) -> list[str]:
    link = linked(_compare(deployment, policy), "compare") or linked(deployment.url, "details")
    return [link] if link else []


def _compare(deployment: Deployment, policy: Policy) -> str | None:
    """The host's page of the range, for deployments that the host told about."""
    service = policy.services.get(deployment.service)
    repository = service.repository if service else None
    base, head = deployment.previous_sha, deployment.sha
    if service is None or not (repository and base and head):
        return None
    if deployment.source != service.host:
        return None
    if service.host == GITLAB:
        return f"{policy.gitlab_url}/{repository}/-/compare/{base}...{head}"
    return f"{policy.github_url}/{repository}/compare/{base}...{head}"


def _has_other_sha(deployment: Deployment) -> bool:
    sha = deployment.short_sha
    return sha is not None and sha not in deployment.name
