"""The contract between a web hook's route and the sources: what comes in, what is made of it.

    HookError
    |-- BadRequest     400: the field and what is wrong with it
    |-- Unauthorized   401: no detail
    '-- NotConfigured  503: its secret is not set

A source's `authenticate` and `parse` raise nothing else, whatever bytes they are given.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.deployment import Report
from bot.core.events import Event
from bot.core.policy import Policy


class HookError(Exception):
    """A delivery that is refused."""


class BadRequest(HookError):
    """What the sender got wrong. `field` is a path such as `commits.3.at`; "" for the whole."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class Unauthorized(HookError):
    """Missing or wrong token or signature. The message is for `doctor`, never for the sender."""

    def __init__(self, why: str = "its token or signature is missing or wrong") -> None:
        super().__init__(why)


class NotConfigured(HookError):
    """The secret that this source needs is not set. The message names it."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request. `headers` have lower-case names; `path` is what follows `/hooks/NAME/`."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str]
    path: str = ""
    method: str = "POST"

    @property
    def bearer(self) -> str:
        """The bearer token, or ""."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Known:
    """What a hook may look at. `heartbeats` are the names that the configuration has."""

    policy: Policy
    now: datetime
    heartbeats: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Beat:
    """A heartbeat called: `what` is `ok`, `warn`, `fail` or `start`."""

    name: str
    what: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a delivery means. `events` are (inbox key, event).

    `note` is a line for `doctor`, such as a repository that no service names. `status` 204 sends
    no body.
    """

    events: tuple[tuple[str, Event], ...] = ()
    beats: tuple[Beat, ...] = ()
    answer: Mapping[str, object] = field(default_factory=dict)
    status: int = 200
    note: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """The senders' secrets. They are compared in constant time and never shown.

    `hook_token` is good for every scope; `sender_tokens[sender]` only for `senders[sender]`.
    """

    hook_token: str | None = None
    sender_tokens: Mapping[str, str] = field(default_factory=dict)
    senders: Mapping[str, frozenset[str]] = field(default_factory=dict)
    github_webhook_secret: str | None = None
    gitlab_webhook_token: str | None = None

    def require(self, token: str, scope: str) -> str | None:
        """The sender whose token this is; None for HOOK_TOKEN, which is anybody's.

        Raises Unauthorized unless the token may do this, NotConfigured if no token could.
        """
        tokens = {sender: own for sender, own in self.sender_tokens.items() if own}
        may = {sender for sender in tokens if scope in self.senders.get(sender, frozenset())}
        if not (self.hook_token or may):
            raise NotConfigured(f"neither HOOK_TOKEN nor a HOOK_TOKEN_<SENDER> with {scope} is set")
        # Every token is compared, so that the time taken does not tell which one was near.
        anybody = same(token, self.hook_token or "")
        whose = [sender for sender, own in tokens.items() if same(token, own)]
        if not token:
            raise Unauthorized("it has no token")
        if self.hook_token and anybody:
            return None
        if not whose:
            raise Unauthorized("its token is wrong")
        if whose[0] not in may:
            raise Unauthorized(f"the sender {whose[0]} has no right to {scope}")
        return whose[0]


@dataclass(frozen=True, slots=True)
class Hook:
    """One source of deliveries: `/hooks/NAME`.

    Add one: a file in `bot/sources` with a `HOOK`. `authenticate` says which sender it was, where
    tokens tell. `paths`: whether more may follow the name.
    """

    name: str
    authenticate: Callable[[Incoming, Secrets], str | None]
    parse: Callable[[Incoming, Known], Parsed]
    scope: str = ""
    methods: tuple[str, ...] = ("POST",)
    paths: bool = False


def same(given: str, wanted: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("utf-8"))


def refusals_of(hook: str) -> str:
    """Under which name the deliveries that a hook refused are noted. No hook has a blank in it."""
    return f"{hook} refused"


def sender_called(sender: str) -> str:
    """Under which name it is noted when a sender was last heard of."""
    return f"sender {sender}"


def report_key(report: Report) -> str:
    """The inbox key of a report: the same report twice, by webhook or by listing, is one event.

    Another report of the same deployment (more commits, another attempt) has another key; what it
    changes is for the rules to say.
    """
    digest = hashlib.sha256(repr(report).encode("utf-8", "replace")).hexdigest()[:24]
    return f"deployment:{report.id}:{report.status}:{digest}"
