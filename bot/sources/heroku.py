"""`POST /hooks/heroku?service=…`: Heroku's webhooks of `api:release`.

The service is `?service=` of the webhook's address, or the app's name. A release that only changed
configuration is a deployment too: it restarts everything with something new.
Source: devcenter.heroku.com, "App Webhooks" (`--authorization` gives it a bearer token).
"""

from bot.core.deployment import DeploymentState, Report
from bot.core.events import DeploymentReported
from bot.hook import BadRequest, Hook, Incoming, Known, Parsed, Secrets, report_key
from bot.sources.reading import dig, json_object, moment, text
from bot.sources.services import by_key, environment_of, person_name

NAME = "heroku"
SCOPE = "deployments"
STATES = {
    "pending": DeploymentState.STARTED,
    "succeeded": DeploymentState.SUCCEEDED,
    "failed": DeploymentState.FAILED,
}


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """A bearer token with `deployments`."""
    return secrets.require(incoming.bearer, SCOPE)


def parse(incoming: Incoming, known: Known) -> Parsed:
    """A release. Raises BadRequest for what is none, and for a service that nobody knows."""
    payload = json_object(incoming.body)
    release, app = dig(payload, "data"), text(dig(payload, "data", "app", "name"), 200)
    if dig(payload, "resource") != "release":
        return Parsed(status=204)
    number, state = text(dig(release, "id"), 100), STATES.get(str(dig(release, "status")))
    if number is None or app is None:
        raise BadRequest("data", "its id or app is missing")
    if state is None:
        return Parsed(status=204)
    service = by_key(known.policy, incoming.query.get("service") or app)
    version, what = text(dig(release, "version"), 50), text(dig(release, "description"), 300) or ""
    ended = state is not DeploymentState.STARTED
    report = Report(
        id=f"heroku:{number}:{service.key}",
        service=service.key,
        environment=environment_of(known.policy, service, incoming.query.get("environment")),
        status=state,
        version=f"v{version}" if version else what[:200],
        sha=text(dig(release, "slug", "commit"), 100),
        started_at=moment(dig(release, "created_at")),
        ended_at=moment(dig(release, "updated_at")) if ended else None,
        by=person_name(known.policy, text(dig(release, "user", "email"), 200)),
        rollback=what.lower().startswith("rollback"),
        source=NAME,
    )
    return Parsed(
        events=((report_key(report), DeploymentReported(report, known.now)),),
        answer={"deployments": [report.id]},
    )


HOOK = Hook(name=NAME, scope=SCOPE, authenticate=authenticate, parse=parse)
