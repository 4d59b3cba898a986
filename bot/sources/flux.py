"""`POST /hooks/flux?service=…`: events of Flux's notification controller (provider `generic`).

Flux cannot template what it sends, so it is read here. Which service it is: `?service=` in the
provider's address, `service` in the alert's `eventMetadata`, or the name of the Kustomization or
HelmRelease. Source: fluxcd.io, "Providers", "Alerts", "Events"; the controllers' own code.

A Kustomization says `ReconciliationSucceeded` after every reconciliation, whether anything changed
or not, and an error in between (the cluster's API was away) puts out nothing: its revision is the
deployment. A HelmRelease only tells of what Helm did, and the same chart may be released again with
other values: each event is a deployment.
"""

import re
from datetime import datetime

from bot.core.deployment import DeploymentState, Report, shortened
from bot.core.events import DeploymentReported
from bot.hook import BadRequest, Hook, Incoming, Known, Parsed, Secrets, report_key
from bot.sources.reading import dig, json_object, moment, text
from bot.sources.services import by_key, environment_of

NAME = "flux"
SCOPE = "deployments"
HELM = "HelmRelease"
DEPLOYING = frozenset({"Kustomization", HELM})
"""Objects whose reconciliation changes what runs; sources and images only fetch."""
STARTED = frozenset({"Progressing", "ProgressingWithRetry", "ReconciliationStarted"})
SUCCEEDED = frozenset(
    {"ReconciliationSucceeded", "InstallSucceeded", "UpgradeSucceeded", "RollbackSucceeded"}
)
WAITING = frozenset({"DependencyNotReady", "ArtifactFailed", "HealthCheckFailed"})
HELM_FAILED = frozenset({"InstallFailed", "UpgradeFailed", "RollbackFailed"})
"""Its other errors (a chart that is not there yet, a test of what runs already) put out nothing."""
_SHA = re.compile(r"[0-9a-f]{40,64}")


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """A bearer token with `deployments`, from the `headers` of the provider's secret."""
    return secrets.require(incoming.bearer, SCOPE)


def parse(incoming: Incoming, known: Known) -> Parsed:
    """An event. Raises BadRequest for what is none, and for a service that nobody knows."""
    event = json_object(incoming.body)
    kind = text(dig(event, "involvedObject", "kind"), 100)
    name = text(dig(event, "involvedObject", "name"), 200)
    if kind is None or name is None:
        raise BadRequest("involvedObject", "its kind or name is missing")
    state, revision = _state(kind, event), _revision(event)
    if kind not in DEPLOYING or state is None or revision is None:
        return Parsed(status=204)
    named = incoming.query.get("service") or text(dig(event, "metadata", "service"), 200)
    service = by_key(known.policy, named or name)
    environment = environment_of(known.policy, service, incoming.query.get("environment"))
    at = moment(dig(event, "timestamp"))
    sha = _SHA.search(revision)
    report = Report(
        id=_id(event, kind, revision, at, service.key),
        service=service.key,
        environment=environment,
        status=state,
        version=_version(revision),
        sha=sha[0] if sha else None,
        started_at=at if state is DeploymentState.STARTED else None,
        ended_at=_end(kind, state, at),
        rollback=text(dig(event, "reason"), 100) == "RollbackSucceeded",
        source=NAME,
    )
    # A failure has no time of its own in the report; the second one is yet another event.
    key = f"{report_key(report)}:{at.isoformat() if at else ''}"
    return Parsed(
        events=((key, DeploymentReported(report, known.now)),), answer={"deployments": [report.id]}
    )


def _id(event: object, kind: str, revision: str, at: datetime | None, service: str) -> str:
    """At most `LONGEST_ID` characters; names and revisions are as long as Kubernetes allows."""
    where = text(dig(event, "involvedObject", "namespace"), 200) or ""
    name = text(dig(event, "involvedObject", "name"), 200)
    when = f"@{at.isoformat()}" if kind == HELM and at else ""
    return shortened(f"flux:{where}/{name}:{revision}{when}:{service}")


def _end(kind: str, state: DeploymentState, at: datetime | None) -> datetime | None:
    """None for a start, and for the failure of a Kustomization: it ends a roll-out that runs.

    With a time it would make a new attempt of a revision that has been out for days.
    """
    if state is DeploymentState.STARTED:
        return None
    return None if state is DeploymentState.FAILED and kind != HELM else at


def _state(kind: str, event: object) -> DeploymentState | None:
    """None for what says nothing of an end or a start, such as waiting for a dependency."""
    reason = text(dig(event, "reason"), 100) or ""
    if reason in STARTED:
        return DeploymentState.STARTED
    if reason in SUCCEEDED:
        return DeploymentState.SUCCEEDED
    if kind == HELM:
        return DeploymentState.FAILED if reason in HELM_FAILED else None
    failed = dig(event, "severity") == "error" and reason not in WAITING
    return DeploymentState.FAILED if failed else None


def _revision(event: object) -> str | None:
    """`main@sha1:…`, or `main/…` of older versions, under a key that ends in `revision`."""
    metadata = dig(event, "metadata")
    if not isinstance(metadata, dict):
        return None
    for key in sorted(map(str, metadata)):
        if key == "revision" or key.endswith("/revision"):
            return text(metadata.get(key), 300)
    return None


def _version(revision: str) -> str:
    """The branch, tag or chart version; the commit where there is no other name."""
    found = _SHA.search(revision)
    if found is None:
        return revision[:200]
    name = revision[: found.start()].removesuffix("sha1:").removesuffix("sha256:").rstrip("@/")
    return name[:200] or found[0][:7]


HOOK = Hook(name=NAME, scope=SCOPE, authenticate=authenticate, parse=parse)
