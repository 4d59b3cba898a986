"""What the values of variables must look like. No message quotes a value."""

import base64
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from config.types import phone, wrong

_BLANKS = re.compile(r"[\s\x00-\x1f\x7f]")
_DATABASES = ("sqlite", "sqlite+aiosqlite", "postgresql", "postgresql+psycopg")


def _secret(value: SecretStr) -> SecretStr:
    if _BLANKS.search(value.get_secret_value()):
        raise wrong("has a blank or a line break in it", "copy it again")
    return value


def _beginning(start: str, where: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(start):
            raise wrong(f"does not begin with {start}", where)
        return value

    return AfterValidator(check)


def url_text(text: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """An absolute URL without query or fragment; a slash at its end is dropped."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
        parts = urlsplit("")
    if not fine or _BLANKS.search(text) or parts.query or parts.fragment:
        raise wrong("is not a URL", f"such as {schemes[-1]}://midwatch.example.com")
    if parts.username or parts.password:
        raise wrong("holds a password", "leave out what stands before the @")
    return text.rstrip("/")


def _slack_api(text: str) -> str:
    url = url_text(text)
    if not url.endswith("/api"):
        raise wrong("does not end in /api/", "such as https://slack.com/api/")
    return f"{url}/"


def _gitlab_api(text: str) -> str:
    url = url_text(text)
    if not url.endswith("/api/v4"):
        raise wrong("does not end in /api/v4", "such as https://gitlab.example.com/api/v4")
    return url


def _database(value: SecretStr) -> SecretStr:
    """`postgres://`, as Heroku writes it, is `postgresql://`."""
    text = value.get_secret_value()
    if text.startswith("postgres://"):
        text = text.replace("postgres://", "postgresql://", 1)
    scheme, found, rest = text.partition("://")
    if not found or scheme not in _DATABASES or not rest:
        raise wrong("is not a database", "sqlite:///midwatch.db or postgresql://user:…@host/name")
    try:
        urlsplit(text).port  # noqa: B018 -- raises for a port that is no number
    except ValueError:
        raise wrong("is not a URL", "characters like @ and / in a password are %-escaped") from None
    return SecretStr(text)


def _smtp(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    try:
        parts = urlsplit(text)
        fine = parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine or _BLANKS.search(text):
        raise wrong("is not a URL", "smtp://user:password@host:587 or smtps://…:465")
    return value


def _account(text: str) -> str:
    if not re.fullmatch(r"AC[0-9A-Za-z]{1,40}", text):
        raise wrong("is not an account SID", "it begins with AC; see the Twilio console")
    return text


def _sender(text: str) -> str:
    """A number or a messaging service; a name (`MIDWATCH`) could not be answered."""
    if re.fullmatch(r"MG[0-9A-Za-z]{1,40}|\d{5,6}", text):
        return text
    if not text.startswith("+"):
        raise wrong("is not a number", "+15005550006, or a messaging service's SID (MG…)")
    return phone(text)


def _caller(text: str) -> str:
    """A number: a messaging service cannot call."""
    if not text.startswith("+"):
        raise wrong("is not a number", "+15005550006, a Twilio number with Voice")
    return phone(text)


def _app_id(text: str) -> str:
    if not re.fullmatch(r"\d{1,20}|Iv[\w.]{1,40}", text):
        raise wrong("is not the ID of an app", "see the settings of your GitHub App")
    return text


def _private_key(value: SecretStr) -> SecretStr:
    r"""A PEM key; platforms that keep a value in one line write its line breaks as `\n`."""
    text = value.get_secret_value().replace("\\n", "\n")
    if not text.startswith("-----BEGIN") or "PRIVATE KEY" not in text:
        raise wrong("is not a private key", "the whole PEM file, from -----BEGIN on")
    return SecretStr(text)


def _mail(text: str) -> str:
    if not re.fullmatch(r"[^\r\n\x00<>]{0,80}<?[^@\s<>]+@[A-Za-z0-9.-]+>?", text):
        raise wrong("is not an e-mail address", "midwatch@example.com")
    return text


def _webhook_secret(value: SecretStr) -> SecretStr:
    """`whsec_` and 24 to 64 bytes in base64 (Standard Webhooks)."""
    head, _, rest = value.get_secret_value().partition("_")
    try:
        size = len(base64.b64decode(rest, validate=True))
    except ValueError:
        size = 0
    if head != "whsec" or not 24 <= size <= 64:
        how = 'make one: echo "whsec_$(openssl rand -base64 32)"'
        raise wrong("is not whsec_ and 24 to 64 bytes in base64", how)
    return value


Secret = Annotated[SecretStr, AfterValidator(_secret)]
WebhookSecret = Annotated[Secret, AfterValidator(_webhook_secret)]
BotToken = Annotated[Secret, _beginning("xoxb-", "it is the Bot User OAuth Token")]
AppToken = Annotated[Secret, _beginning("xapp-", "it is an app-level token (connections:write)")]
Url = Annotated[str, AfterValidator(url_text)]
SlackApi = Annotated[str, AfterValidator(_slack_api)]
GitLabApi = Annotated[str, AfterValidator(_gitlab_api)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database)]
SmtpUrl = Annotated[SecretStr, AfterValidator(_smtp)]
AccountSid = Annotated[str, AfterValidator(_account)]
TwilioSender = Annotated[str, AfterValidator(_sender)]
TwilioNumber = Annotated[str, AfterValidator(_caller)]
AppId = Annotated[str, AfterValidator(_app_id)]
PrivateKey = Annotated[SecretStr, AfterValidator(_private_key)]
MailAddress = Annotated[str, AfterValidator(_mail)]
