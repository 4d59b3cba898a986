"""`POST /hooks/deployments`: any pipeline tells of a deployment, in the fields of the handbook.

Unknown fields are ignored; a known one that is wrong is answered with its name. The same report
twice is one event. `id` names the deployment in all of its reports; where a pipeline uses one for
several services or environments, each is a deployment of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bot.core.commit import Commit, co_authors, pull_request_of, shortened_message
from bot.core.database_changes import telling_files
from bot.core.deployment import DeploymentState, RangeKnown, Report
from bot.core.events import DeploymentReported
from bot.hook import BadRequest, Hook, Incoming, Known, Parsed, Secrets, report_key
from bot.sources import reading
from bot.sources.services import by_key, environment_of, person_name

B = TypeVar("B", bound="Build")
NAME = "deployments"
MOST_COMMITS = 1000
MOST_FILES = 300
"""Per commit. What is beyond is not kept, migrations last: nobody reads it, the row stays small."""
MOST_PARTS = 30

STATUSES = {
    "started": DeploymentState.STARTED,
    "succeeded": DeploymentState.SUCCEEDED,
    "failed": DeploymentState.FAILED,
    "cancelled": DeploymentState.CANCELLED,
    "rolled_back": DeploymentState.ROLLED_BACK,
    # What pipelines call the same.
    "in_progress": DeploymentState.STARTED,
    "success": DeploymentState.SUCCEEDED,
    "failure": DeploymentState.FAILED,
    "canceled": DeploymentState.CANCELLED,
}

NOT_SET = "0001-01-01T00:00:00Z"
"""A time that a program in Go never set."""


def short_text(longest: int, *, cut: bool = False) -> Any:
    """A validator: a clean text of so many characters at most; a longer one is cut or refused."""

    def read(value: object) -> str | None:
        if value is None:
            return None
        found = reading.text(value, longest + 1)
        if found is None and not isinstance(value, str):
            raise ValueError("must be a text")
        if found is not None and len(found) > longest and not cut:
            raise ValueError(f"is longer than {longest} characters")
        return found[:longest] if found else None

    return BeforeValidator(read)


def moment(value: object) -> datetime | None:
    """A time with an offset; None where none is given. Raises ValueError."""
    if value is None or value in ("", NOT_SET):
        return None
    found = reading.moment(value)
    if found is None:
        raise ValueError("is not a time with an offset after 1999, such as 2026-11-23T03:12:00Z")
    return found


def _address(value: object) -> str | None:
    if value is None or value == "":
        return None
    found = reading.web_address(value)
    if found is None:
        raise ValueError("must begin with https:// or http://")
    return found


def _status(value: object) -> DeploymentState:
    word = value.strip().lower() if isinstance(value, str) else ""
    if word not in STATUSES:
        raise ValueError("must be one of started, succeeded, failed, cancelled, rolled_back")
    return STATUSES[word]


def _author(value: object) -> object:
    """A name, or an object that has one, as git forges send it."""
    if isinstance(value, dict):
        names = (value.get("name"), value.get("username"), value.get("login"), value.get("email"))
        return next((name for name in names if name), None)
    return value


def _by_hand(value: object) -> bool:
    """True: the deployment itself was made by hand. A list names parts: see `_parts`."""
    return value is True


def _parts(value: object) -> list[str]:
    """What people still have to do, one sentence each; nothing where `by_hand` is yes or no."""
    if isinstance(value, str):
        raise ValueError("must be true, or a list of what people have to do")  # noqa: TRY004
    if not isinstance(value, list):
        return []
    found = [reading.text(item, 300) for item in value[:MOST_PARTS]]
    return list(dict.fromkeys(part for part in found if part))


def _names(value: object) -> list[str]:
    """Short texts; what is no list is none."""
    return [name for item in reading.listed(value)[:50] if (name := reading.text(item, 200))]


def _address_of(value: object) -> str | None:
    """The address of an author given as an object."""
    return reading.text(reading.dig(value, "email"), 200)


def _files(value: object) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError("must be a list of paths")  # noqa: TRY004 - pydantic takes no other
    told = [path for item in value if (path := reading.text(item, 500))]
    return telling_files(told, MOST_FILES)


Moment = Annotated[datetime | None, BeforeValidator(moment)]
Address = Annotated[str | None, BeforeValidator(_address)]
Short = Annotated[str | None, short_text(200)]


class _Commit(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sha: Annotated[str, short_text(100)]
    message: Annotated[str | None, short_text(100_000, cut=True)] = None
    author: Annotated[str | None, short_text(200, cut=True), BeforeValidator(_author)] = None
    at: Moment = None
    url: Address = None
    files: Annotated[list[str], BeforeValidator(_files)] = Field(default_factory=list)
    committer: Annotated[str | None, short_text(200, cut=True), BeforeValidator(_author)] = None
    email: Annotated[str | None, short_text(200, cut=True)] = None
    login: Annotated[str | None, short_text(200, cut=True)] = None
    parents: Annotated[list[str], BeforeValidator(_names)] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _address(cls, value: Any) -> Any:
        """An author may be an object that has the address, as git forges send it."""
        if isinstance(value, dict) and not value.get("email"):
            return {**value, "email": _address_of(value.get("author"))}
        return value

    def commit(self) -> Commit:
        message = self.message or ""
        return Commit(
            sha=self.sha,
            message=shortened_message(message),
            author=self.author,
            at=self.at,
            url=self.url,
            files=tuple(self.files),
            committer=self.committer,
            email=self.email,
            login=self.login,
            co_authors=co_authors(message),
            pull_request=pull_request_of(message),
            parents=tuple(self.parents),
        )


class Build(BaseModel):
    """What a pipeline says of a build, whether it goes out or waits for a signature."""

    model_config = ConfigDict(extra="ignore")

    id: Annotated[str, short_text(200)]
    service: Annotated[str, short_text(200)]
    environment: Short = None
    version: Short = None
    sha: Annotated[str | None, short_text(100)] = None
    previous_sha: Annotated[str | None, short_text(100)] = None
    by: Short = None
    url: Address = None
    artifact: Annotated[str | None, short_text(500)] = None
    commits: list[_Commit] | None = None
    commits_cut: Annotated[bool, BeforeValidator(_by_hand)] = False
    """Its sender says that `commits` are not all of them."""

    @property
    def whole(self) -> bool:
        """Whether `commits`, where there are some, are all of them, as far as is known."""
        return not self.commits_cut and len(self.commits or ()) <= MOST_COMMITS

    def kept(self) -> tuple[Commit, ...]:
        """The newest of them, as many as are kept."""
        return tuple(one.commit() for one in (self.commits or [])[-MOST_COMMITS:])


class Payload(Build):
    """The fields of section "Routes" in the handbook; also a line of `midwatch import`."""

    status: Annotated[DeploymentState, BeforeValidator(_status)]
    started_at: Moment = None
    finished_at: Moment = None
    by_hand: Annotated[bool, BeforeValidator(_by_hand)] = False
    by_hand_parts: Annotated[list[str], BeforeValidator(_parts)] = Field(default_factory=list)
    rollback: Annotated[bool, BeforeValidator(_by_hand)] = False

    @model_validator(mode="before")
    @classmethod
    def _listed_parts(cls, value: Any) -> Any:
        """`by_hand` may be the list of parts itself."""
        if isinstance(value, dict) and isinstance(value.get("by_hand"), list | str):
            return {**value, "by_hand_parts": value["by_hand"]}
        return value


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """A bearer token: HOOK_TOKEN, or HOOK_TOKEN_<SENDER> of a sender with `deployments`."""
    return secrets.require(incoming.bearer, NAME)


def parse(incoming: Incoming, known: Known) -> Parsed:
    """One report. Raises BadRequest with the first field that is wrong."""
    given = payload(reading.json_object(incoming.body))
    service = by_key(known.policy, given.service)
    told = given.kept()
    report = Report(
        id=given.id,
        service=service.key,
        environment=environment_of(known.policy, service, given.environment),
        status=given.status,
        version=given.version or "",
        sha=given.sha,
        previous_sha=given.previous_sha,
        started_at=given.started_at,
        ended_at=given.finished_at,
        by=person_name(known.policy, given.by),
        url=given.url,
        artifact=given.artifact,
        by_hand=given.by_hand,
        by_hand_parts=tuple(given.by_hand_parts),
        rollback=given.rollback,
        commits=told,
        source=NAME,
        range_known=RangeKnown.UNKNOWN if given.whole else RangeKnown.COMMITS_CUT,
    )
    answer: dict[str, object] = {
        "id": report.id,
        "service": report.service,
        "environment": report.environment,
        "status": report.status.value,
    }
    if len(given.commits or ()) > MOST_COMMITS:
        answer["commits_kept"] = MOST_COMMITS
    return Parsed(
        events=((report_key(report), DeploymentReported(report, known.now)),), answer=answer
    )


def commits(told: Sequence[Mapping[str, object]]) -> list[Commit]:
    """Commits in the fields of the hook, as `deploy record` sends them."""
    return [_Commit.model_validate(one).commit() for one in told]


def payload(value: dict[str, object]) -> Payload:
    """The checked fields. Raises BadRequest with the place and the reason."""
    return checked(Payload, value)


def checked(kind: type[B], value: dict[str, object]) -> B:
    """The fields of that kind of build. Raises BadRequest with the place and the reason."""
    try:
        return kind.model_validate(value)
    except ValidationError as errors:
        wrong = refusal(errors)
    raise wrong


def refusal(errors: ValidationError) -> BadRequest:
    """The first of them: its place, and the reason in words."""
    first = errors.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    missing = first["type"] == "missing" or (
        first["type"] == "string_type" and first["loc"][-1] in ("id", "service", "sha")
    )
    words = "is missing" if missing else first["msg"].removeprefix("Value error, ")
    return BadRequest(place, words)


HOOK = Hook(name=NAME, scope=NAME, authenticate=authenticate, parse=parse)
