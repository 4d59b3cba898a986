"""The environment: every variable Midwatch knows, checked, with its secrets wrapped."""

import difflib
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from config.env_types import (
    AccountSid,
    AppId,
    AppToken,
    BotToken,
    DatabaseUrl,
    GitLabApi,
    MailAddress,
    PrivateKey,
    Secret,
    SlackApi,
    SmtpUrl,
    TwilioNumber,
    TwilioSender,
    Url,
    WebhookSecret,
)
from config.missing import Missing, missing_of
from config.problems import Problem, did_you_mean
from config.references import token_variable
from config.secrecy import HOW, PLACEHOLDER, weakness
from config.variables import TOKEN_PREFIX, problem, values

SHORTEST_KEY = 16
SHORTEST_TOKEN = 8
"""Characters of secrets that people choose; less is refused, less than twice as many warned of."""


class Settings(BaseModel):
    """The variables, by their names in small letters. None: not set. Secrets never show in repr.

    `hook_tokens` are the `HOOK_TOKEN_<SENDER>` by sender as the file writes it.
    `twilio_call_from` is `twilio_from` where that is a number and the variable is not set.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: DatabaseUrl = SecretStr("sqlite:///midwatch.db")
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    public_url: Url | None = None
    midwatch_config: str = "config/midwatch.yaml"
    slack_bot_token: BotToken | None = None
    slack_signing_secret: Secret | None = None
    slack_app_token: AppToken | None = None
    twilio_account_sid: AccountSid | None = None
    twilio_auth_token: Secret | None = None
    twilio_auth_token_next: Secret | None = None
    twilio_from: TwilioSender | None = Field(default=None, repr=False)
    twilio_call_from: TwilioNumber | None = Field(default=None, repr=False)
    github_webhook_secret: Secret | None = None
    github_token: Secret | None = None
    github_app_id: AppId | None = None
    github_app_private_key: PrivateKey | None = None
    gitlab_webhook_token: Secret | None = None
    gitlab_token: Secret | None = None
    hook_token: Secret | None = None
    hook_tokens: Mapping[str, SecretStr] = Field(default_factory=dict)
    api_token: Secret | None = None
    secret_key: Secret | None = None
    smtp_url: SmtpUrl | None = None
    mail_from: MailAddress | None = None
    release_webhook_secret: WebhookSecret | None = None
    page_webhook_secret: WebhookSecret | None = None
    page_webhook_secret_next: WebhookSecret | None = None
    log_format: Literal["json", "text"] = "text"
    twilio_api_url: Url = "https://api.twilio.com"
    slack_api_url: SlackApi = "https://slack.com/api/"
    github_api_url: Url = "https://api.github.com"
    gitlab_api_url: GitLabApi = "https://gitlab.com/api/v4"

    @property
    def sms(self) -> bool:
        """Whether texts can be sent."""
        return None not in (self.twilio_account_sid, self.twilio_auth_token, self.twilio_from)

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is heard through a socket, without a public URL."""
        return self.slack_bot_token is not None and self.slack_app_token is not None

    @property
    def email(self) -> bool:
        """Whether mail can be sent."""
        return self.smtp_url is not None and self.mail_from is not None

    def missing(self, senders: Collection[str] = ()) -> list[Missing]:
        """What is off because a variable is not set, for `doctor` and the start-up log."""
        return list(missing_of(self, senders))


VARIABLES = tuple(name.upper() for name in Settings.model_fields if name != "hook_tokens")
_CHOSEN = (
    ("SECRET_KEY", SHORTEST_KEY),
    ("HOOK_TOKEN", SHORTEST_TOKEN),
    ("API_TOKEN", SHORTEST_TOKEN),
    ("GITHUB_WEBHOOK_SECRET", SHORTEST_TOKEN),
    ("GITLAB_WEBHOOK_TOKEN", SHORTEST_TOKEN),
)
_GIVEN = ("SLACK_SIGNING_SECRET", "TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_NEXT")
"""Made by the provider, and all that stands between a forged reply and an acknowledgement."""

_ONE_EACH = ("API_TOKEN", "SECRET_KEY", "RELEASE_WEBHOOK_SECRET", "PAGE_WEBHOOK_SECRET")
"""Whoever is paged by webhook must not be able to order a release by one."""


class Read(NamedTuple):
    """`settings` are None when there are problems."""

    settings: Settings | None
    problems: list[Problem]
    warnings: list[Problem]


def read_settings(env: Mapping[str, str], senders: Collection[str] | None, *, demo: bool) -> Read:
    """Check the whole environment. `senders` None: not known, because the file is broken.

    In the demo secrets may be short and well known: they guard nothing.
    """
    found, problems = values(env, VARIABLES)
    tokens = {n: v for n, v in found.items() if n.startswith(TOKEN_PREFIX)}
    named = {token_variable(sender): sender for sender in senders or ()}
    raw: dict[str, object] = {n.lower(): v for n, v in found.items() if n not in tokens}
    raw["hook_tokens"] = {named[n]: v for n, v in tokens.items() if n in named}
    problems += [] if demo else _weak(found, tokens)
    problems += _shared(found, tokens)
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        return Read(None, [*problems, *_refused(error)], [])
    settings = _one_number_for_both(settings)
    warnings = [*_strangers(tokens, named, senders), *_misspelt(env)]
    warnings += _doubts(settings, found, demo=demo)
    return Read(None if problems else settings, problems, warnings)


def _one_number_for_both(settings: Settings) -> Settings:
    """Calls come from the number that texts, unless they have one of their own."""
    if settings.twilio_call_from is not None or not (settings.twilio_from or "").startswith("+"):
        return settings
    return settings.model_copy(update={"twilio_call_from": settings.twilio_from})


def config_path(env: Mapping[str, str]) -> tuple[str, list[Problem]]:
    """Where the environment says that the file is, or the default."""
    found, problems = values(env, ("MIDWATCH_CONFIG",))
    mine = [one for one in problems if one.where.startswith("MIDWATCH_CONFIG")]
    return found.get("MIDWATCH_CONFIG", Settings.model_fields["midwatch_config"].default), mine


def _refused(error: ValidationError) -> Iterator[Problem]:
    for detail in error.errors(include_url=False):
        name = str(detail["loc"][0]).upper() if detail["loc"] else "environment"
        context = detail.get("ctx", {})
        if detail["type"] == "wrong":
            yield problem(name, str(context["what"]), str(context["mend"]))
        elif detail["type"] == "literal_error":
            yield problem(name, "is not known", f"one of {context['expected']}")
        else:
            yield problem(name, "is not a number that fits" if name == "PORT" else "is not valid")


def _weak(found: Mapping[str, str], tokens: Mapping[str, str]) -> Iterator[Problem]:
    for name, shortest in [*_CHOSEN, *((name, SHORTEST_TOKEN) for name in tokens)]:
        why = weakness(found[name], shortest) if name in found else None
        if why:
            yield problem(name, why, HOW)
    for name in _GIVEN:
        if PLACEHOLDER.match(found.get(name, "")):
            yield problem(name, "is a placeholder", "copy it from the provider's console")


def _shared(found: Mapping[str, str], tokens: Mapping[str, str]) -> Iterator[Problem]:
    """A token names its sender, so no two may be the same."""
    first: dict[str, str] = {}
    for name in ("HOOK_TOKEN", *sorted(tokens), *_ONE_EACH):
        if name not in found:
            continue
        if found[name] in first:
            yield problem(name, f"is the same as {first[found[name]]}", HOW)
        first.setdefault(found[name], name)


def _strangers(
    tokens: Mapping[str, str], named: Mapping[str, str], senders: Collection[str] | None
) -> Iterator[Problem]:
    for name in sorted(tokens) if senders is not None else ():
        if name not in named:
            mend = did_you_mean(name, named, "add the sender to `senders`")
            yield problem(name, "belongs to no sender, so it opens nothing", mend)


def _misspelt(env: Mapping[str, str]) -> Iterator[Problem]:
    """Variables that are almost one of ours: a part would be off for want of a letter."""
    for name in sorted(env.keys() - set(VARIABLES)):
        close = difflib.get_close_matches(name[:40], VARIABLES, n=1, cutoff=0.92)
        if close and not name.startswith(TOKEN_PREFIX):
            yield problem(name, "is not known", f"did you mean {close[0]}?")


def _doubts(settings: Settings, found: Mapping[str, str], *, demo: bool) -> Iterator[Problem]:
    if demo:
        return
    for name, shortest in _CHOSEN:
        if name in found and len(found[name]) < 2 * shortest:
            yield problem(name, "is rather short", HOW)
    for name in _GIVEN:
        if name in found and weakness(found[name], SHORTEST_KEY):
            yield problem(name, "does not look like one", "copy it from the provider's console")
    if settings.hook_token is not None:
        what = "one token opens every hook: a cron box could forge a deployment"
        yield problem(
            "HOOK_TOKEN", what, "give each sender its own: `senders`, HOOK_TOKEN_<SENDER>"
        )
    url = settings.public_url or ""
    if url.startswith("http://") and not url.startswith(("http://localhost", "http://127.")):
        yield problem("PUBLIC_URL", "is not encrypted", "https:// with a certificate")
