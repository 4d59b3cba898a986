"""What is off because a variable is not set, and what that means for people."""

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple, Protocol

from config.references import token_variable


class Variables(Protocol):
    """What is looked at of `config.environment.Settings`, which knows this module."""

    @property
    def twilio_from(self) -> str | None: ...
    @property
    def twilio_call_from(self) -> str | None: ...
    @property
    def slack_signing_secret(self) -> object | None: ...
    @property
    def slack_app_token(self) -> object | None: ...
    @property
    def github_app_id(self) -> object | None: ...
    @property
    def github_app_private_key(self) -> object | None: ...
    @property
    def github_token(self) -> object | None: ...
    @property
    def hook_token(self) -> object | None: ...
    @property
    def hook_tokens(self) -> Mapping[str, object]: ...


class Missing(NamedTuple):
    """A variable that is not set, what is off without it, and what that means."""

    variable: str
    off: str
    means: str


_PLAIN = (
    Missing("PUBLIC_URL", "receipts, replies by text, links",
            "no receipts, and nobody can answer a text or press a key in a call"),
    Missing("TWILIO_ACCOUNT_SID", "texts and calls", "people are paged by Slack only"),
    Missing("TWILIO_AUTH_TOKEN", "texts and calls", "people are paged by Slack only"),
    Missing("TWILIO_FROM", "texts and calls", "people are paged by Slack only"),
    Missing("SLACK_BOT_TOKEN", "Slack", "no threads, no buttons, no private messages"),
    Missing("GITHUB_WEBHOOK_SECRET", "deployments from GitHub", "its hook answers 503"),
    Missing("GITLAB_WEBHOOK_TOKEN", "deployments from GitLab", "its hook answers 503"),
    Missing("GITLAB_TOKEN", "asking GitLab", "missed deployments and commits are not caught up"),
    Missing("API_TOKEN", "reading the API", "programs cannot read; signed-in people can"),
    Missing("SECRET_KEY", "sign-in and links",
            "nobody can sign in to the pages, calendar links do not work"),
    Missing("SMTP_URL", "e-mail", "it is no channel to page people by"),
    Missing("MAIL_FROM", "e-mail", "it is no channel to page people by"),
    Missing("PAGE_WEBHOOK_SECRET", "webhooks", "they are no channel to page people by"),
)  # fmt: skip


def missing_of(settings: Variables, senders: Collection[str]) -> Iterator[Missing]:
    """Everything that is off, `senders` being those of the file."""
    for one in _PLAIN:
        if getattr(settings, one.variable.lower()) is None:
            yield one
    if settings.twilio_from is not None and settings.twilio_call_from is None:
        means = "a messaging service or short code in TWILIO_FROM cannot call: nobody is called"
        yield Missing("TWILIO_CALL_FROM", "calls", means)
    if settings.slack_signing_secret is None and settings.slack_app_token is None:
        off = "Slack's buttons and commands"
        means = "set SLACK_APP_TOKEN (no public URL needed) to hear them without a signing secret"
        yield Missing("SLACK_SIGNING_SECRET", off, means)
    app = settings.github_app_id and settings.github_app_private_key
    if settings.github_token is None and not app:
        means = "missed deployments and commits are not caught up, nothing can be triggered"
        yield Missing("GITHUB_TOKEN", "asking GitHub", means)
    yield from _hooks(settings, senders)


def _hooks(settings: Variables, senders: Collection[str]) -> Iterator[Missing]:
    if settings.hook_token is None and not settings.hook_tokens:
        off = "deployments, releases, alerts and heartbeats from hooks"
        yield Missing("HOOK_TOKEN", off, "these hooks answer 503")
    for sender in sorted(senders):
        if sender not in settings.hook_tokens:
            off = f"the sender {sender}"
            yield Missing(token_variable(sender), off, "what it sends is refused")
