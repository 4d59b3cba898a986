"""`POST /hooks/releases`: a build waits on staging, and somebody has to sign it.

The fields are those of `/hooks/deployments`, without `status`, `started_at` and `finished_at`; and
`by_hand` names parts that no pipeline does, `mends` the incident that it puts right. `status:
cancelled` takes it back. `gitlab_job` or `gitlab_deployment` is what waits there. The same
announcement twice is one release.
"""

import hashlib
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import BeforeValidator, Field

from bot.core.authors import asked_by
from bot.core.policy import Policy
from bot.core.release_events import Announcement, ReleaseAnnounced, ReleaseCancelled
from bot.hook import BadRequest, Hook, Incoming, Known, Parsed, Secrets
from bot.sources import generic, reading
from bot.sources.services import by_key

NAME = "releases"
MOST_PARTS = 20
PART_AT_MOST = 100
"""Characters: it stands on a button."""


def _parts(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        raise ValueError("must be a list of names")  # noqa: TRY004 - pydantic takes no other
    if len(value) > MOST_PARTS:
        raise ValueError(f"has more than {MOST_PARTS} parts")
    found = [reading.text(item, PART_AT_MOST) for item in value]
    if None in found:
        raise ValueError("must be a list of names")
    return [part for part in found if part]


def _number(value: object) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = value.strip().removeprefix("#")
    if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
        raise ValueError("must be the number of an incident, such as 12")
    if len(str(value)) > 9:
        raise ValueError("must be the number of an incident, such as 12")
    return int(str(value))


def _gitlab(value: object) -> int | None:
    if value is None or value == "":
        return None
    digits = str(value).strip()
    if isinstance(value, bool) or not (digits.isascii() and digits.isdecimal()):
        raise ValueError("must be the number that GitLab gave it")
    if len(digits) > 18:
        raise ValueError("must be the number that GitLab gave it")
    return int(digits)


def _status(value: object) -> str:
    if value in (None, "", "waiting", "cancelled", "canceled"):
        return "cancelled" if value in ("cancelled", "canceled") else "waiting"
    raise ValueError("must be waiting or cancelled")


class Payload(generic.Build):
    """A build that waits."""

    status: Annotated[Any, BeforeValidator(_status)] = "waiting"
    by_hand: Annotated[list[str], BeforeValidator(_parts)] = Field(default_factory=list)
    mends: Annotated[int | None, BeforeValidator(_number)] = None
    gitlab_job: Annotated[int | None, BeforeValidator(_gitlab)] = None
    gitlab_deployment: Annotated[int | None, BeforeValidator(_gitlab)] = None

    @property
    def callback(self) -> str | None:
        """What at GitLab waits for the decision."""
        if self.gitlab_job is not None:
            return f"gitlab job {self.gitlab_job}"
        if self.gitlab_deployment is not None:
            return f"gitlab deployment {self.gitlab_deployment}"
        return None


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """A bearer token: HOOK_TOKEN, or HOOK_TOKEN_<SENDER> of a sender with `releases`."""
    return secrets.require(incoming.bearer, NAME)


def parse(incoming: Incoming, known: Known) -> Parsed:
    """One release. Raises BadRequest with the first field that is wrong."""
    given = generic.checked(Payload, reading.json_object(incoming.body))
    service = by_key(known.policy, given.service)
    rules = known.policy.sign_off
    if rules is None or not rules.covers(service.key):
        mend = "add it to sign_off.services, or deploy without asking"
        raise BadRequest("service", f"{service.key} needs no signature: {mend}")
    by = _by(given.by, known.policy)
    answer = {"id": given.id, "service": service.key, "url": _page(known, given.id)}
    if given.status == "cancelled":
        cancelled = ReleaseCancelled(given.id, by or "its pipeline", known.now, service=service.key)
        return Parsed(
            events=((f"release:{given.id}:{service.key}:cancelled", cancelled),),
            answer={**answer, "status": "cancelled"},
        )
    if not (given.sha or given.version or given.artifact):
        raise BadRequest("sha", "is missing: a signature is bound to a commit or an artifact")
    said = Announcement(
        id=given.id,
        service=service.key,
        version=given.version or "",
        sha=given.sha,
        previous_sha=given.previous_sha,
        artifact=given.artifact,
        by=by,
        url=given.url,
        commits=given.kept(),
        by_hand=tuple(dict.fromkeys(given.by_hand)),
        mends=given.mends,
        source=NAME,
        callback=given.callback,
        commits_cut=not given.whole,
    )
    digest = hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()[:24]
    event = ReleaseAnnounced(said, known.now)
    return Parsed(
        events=((f"release:{given.id}:announced:{digest}", event),),
        answer={**answer, "status": "waiting"},
    )


def _by(given: str | None, policy: Policy) -> str | None:
    """The person's name where that names them alone: four eyes rest on it. Else as it was given."""
    person = asked_by(given, policy)
    name = policy.name_of(person) if person else given
    return name if asked_by(name, policy) == person else given


def _page(known: Known, id_: str) -> str:
    return f"{known.policy.public_url}/releases/{quote(id_, safe='')}"


HOOK = Hook(name=NAME, scope=NAME, authenticate=authenticate, parse=parse)
