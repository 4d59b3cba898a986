"""The environment: names, files, secrets, and what is off without them."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from config import ConfigError, parse
from config.environment import VARIABLES, Settings
from tests.config.worlds import EXAMPLE, SMALL, TOKENS, good, problems, whats

KEY = "p3Yw8kQz0vT6mN1rX5bC9dF2gH7jL4sA"
WHSEC = "whsec_" + "AbCdEfGh" * 5


def settings(**env: str) -> Settings:
    return good(SMALL, env).settings


def refused(**env: str) -> list[str]:
    return whats(problems(SMALL, env))


def warned(**env: str) -> list[str]:
    return whats(good(SMALL, env).warnings)


def test_with_nothing_set_it_starts_on_sqlite_and_says_what_is_off() -> None:
    config = good(SMALL)
    assert config.settings.database_url.get_secret_value() == "sqlite:///midwatch.db"
    assert config.settings.port == 8000
    assert not config.settings.sms
    off = {one.variable for one in config.missing()}
    assert {"PUBLIC_URL", "TWILIO_FROM", "SLACK_BOT_TOKEN", "SECRET_KEY", "HOOK_TOKEN"} <= off


def test_an_empty_variable_is_unset() -> None:
    assert settings(PORT="", DATABASE_URL=" ").port == 8000


def test_every_variable_of_the_manual_is_known() -> None:
    named = """DATABASE_URL PORT PUBLIC_URL MIDWATCH_CONFIG SLACK_BOT_TOKEN SLACK_SIGNING_SECRET
    SLACK_APP_TOKEN TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN TWILIO_AUTH_TOKEN_NEXT TWILIO_FROM
    TWILIO_CALL_FROM
    GITHUB_WEBHOOK_SECRET GITHUB_TOKEN GITHUB_APP_ID GITHUB_APP_PRIVATE_KEY GITLAB_WEBHOOK_TOKEN
    GITLAB_TOKEN HOOK_TOKEN API_TOKEN SECRET_KEY SMTP_URL MAIL_FROM LOG_FORMAT TWILIO_API_URL
    PAGE_WEBHOOK_SECRET PAGE_WEBHOOK_SECRET_NEXT RELEASE_WEBHOOK_SECRET
    SLACK_API_URL GITHUB_API_URL GITLAB_API_URL"""
    assert set(named.split()) == set(VARIABLES)


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("DATABASE_URL", "postgres://u:p@h/db", "postgresql://u:p@h/db"),  # as Heroku writes it
        ("DATABASE_URL", "postgresql://h/db", "postgresql://h/db"),
        ("PUBLIC_URL", "https://midwatch.example.com/", "https://midwatch.example.com"),
        ("SLACK_API_URL", "http://127.0.0.1:8081/api", "http://127.0.0.1:8081/api/"),
        ("GITLAB_API_URL", "https://git.acme.test/api/v4/", "https://git.acme.test/api/v4"),
        ("TWILIO_FROM", "+1 500 555-0006", "+15005550006"),
        ("TWILIO_FROM", "MG0123456789abcdef0123456789abcdef", "MG0123456789abcdef0123456789abcdef"),
        ("PORT", "0", 0),
        ("LOG_FORMAT", "json", "json"),
    ],
)
def test_values_are_kept_in_one_form(name: str, given: str, kept: object) -> None:
    value = getattr(settings(**{name: given}), name.lower())
    assert (value.get_secret_value() if isinstance(value, SecretStr) else value) == kept


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("DATABASE_URL", "mysql://h/db", "is not a database"),
        ("DATABASE_URL", "./data.db", "is not a database"),
        ("DATABASE_URL", "postgresql://u:p/w@h:x/db", "is not a URL"),
        ("PORT", "eighty", "is not a number that fits"),
        ("PORT", "70000", "is not a number that fits"),
        ("PUBLIC_URL", "bot.acme.test", "is not a URL"),
        ("PUBLIC_URL", "https://user:pw@midwatch.example.com", "holds a password"),
        ("PUBLIC_URL", "https://[::1", "is not a URL"),
        ("SLACK_BOT_TOKEN", "xoxp-1-2-3", "does not begin with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-1-2-3", "does not begin with xapp-"),
        ("SLACK_API_URL", "https://slack.acme.test", "does not end in /api/"),
        ("GITLAB_API_URL", "https://gitlab.acme.test", "does not end in /api/v4"),
        ("TWILIO_ACCOUNT_SID", "SK0123", "is not an account SID"),
        ("TWILIO_FROM", "MIDWATCH", "is not a number"),  # nobody could answer a name
        ("TWILIO_FROM", "+12", "not a phone number"),
        ("TWILIO_CALL_FROM", "MG0123456789abcdef", "is not a number"),
        ("TWILIO_AUTH_TOKEN", "0123 4567", "has a blank or a line break in it"),
        ("GITHUB_APP_ID", "my app", "is not the ID of an app"),
        ("GITHUB_APP_PRIVATE_KEY", "MIIEow", "is not a private key"),
        ("SMTP_URL", "mail.example.com:587", "is not a URL"),
        ("MAIL_FROM", "The bot", "is not an e-mail address"),
        ("PAGE_WEBHOOK_SECRET", "0123456789abcdef", "is not whsec_ and 24 to 64 bytes in base64"),
        ("PAGE_WEBHOOK_SECRET_NEXT", "whsec_AAAA", "is not whsec_ and 24 to 64 bytes in base64"),
        ("LOG_FORMAT", "xml", "is not known"),
        ("SECRET_KEY", "changeme", "is a well-known word or a placeholder"),
        ("SECRET_KEY", "Z3kf9", "is too short: at least 16 characters"),
        ("SECRET_KEY", "abababababababababab", "repeats itself"),
        ("HOOK_TOKEN", "secret-token", "is a well-known word or a placeholder"),
        ("API_TOKEN", "token123", "is a well-known word or a placeholder"),
        ("GITHUB_WEBHOOK_SECRET", "x1y2", "is too short: at least 8 characters"),
        ("TWILIO_AUTH_TOKEN", "your-auth-token", "is a placeholder"),
    ],
)
def test_a_bad_value_is_refused_by_name_and_never_quoted(name: str, value: str, what: str) -> None:
    found = problems(SMALL, {name: value})
    assert whats(found) == [f"{name}: {what}"]
    assert value not in str(found[0])
    assert found[0].mend or name in ("PORT",) or what.startswith(("holds", "is not valid"))


def test_every_bad_variable_is_told_at_once_beside_the_file() -> None:
    found = whats(problems("timezone: Mars/Base\n" + SMALL, {"PORT": "x", "SECRET_KEY": "short"}))
    assert len(found) == 3
    assert {one.split(":")[0] for one in found} == {"PORT", "SECRET_KEY", "timezone"}


def test_in_the_demo_a_weak_secret_guards_nothing_and_is_fine() -> None:
    env = {"SECRET_KEY": "demo", "HOOK_TOKEN": "demo-token"}
    assert parse(SMALL, env, demo=True).settings.secret_key is not None


def test_a_variable_may_be_kept_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    kept = settings(SECRET_KEY_FILE=str(file)).secret_key
    assert kept is not None
    assert kept.get_secret_value() == KEY


def test_a_senders_token_may_be_kept_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(KEY)
    config = good(SMALL + "senders: {ci: [deployments]}\n", {"HOOK_TOKEN_CI_FILE": str(file)})
    assert config.settings.hook_tokens["ci"].get_secret_value() == KEY


def test_a_file_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert refused(SECRET_KEY_FILE=str(tmp_path / "none")) == [
        "SECRET_KEY_FILE: names a file that is not there"
    ]
    assert refused(SECRET_KEY_FILE=str(tmp_path)) == [
        "SECRET_KEY_FILE: names a file that is a directory"
    ]
    assert refused(SECRET_KEY_FILE=str(tmp_path / "empty")) == [
        "SECRET_KEY_FILE: names a file that is empty"
    ]
    assert refused(SECRET_KEY_FILE=str(tmp_path / "binary")) == [
        "SECRET_KEY_FILE: names a file that is not UTF-8 text"
    ]
    assert refused(SECRET_KEY=KEY, SECRET_KEY_FILE=str(tmp_path / "empty")) == [
        "SECRET_KEY_FILE: SECRET_KEY is set too"
    ]


def test_a_private_key_in_one_line_gets_its_line_breaks_back() -> None:
    line = r"-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
    kept = settings(GITHUB_APP_PRIVATE_KEY=line).github_app_private_key
    assert kept is not None
    assert kept.get_secret_value().count("\n") == 2


def test_each_sender_has_its_own_token() -> None:
    text = SMALL + "senders: {my-ci: [deployments], cron: [heartbeats]}\n"
    config = good(text, {"HOOK_TOKEN_MY_CI": KEY})
    assert list(config.settings.hook_tokens) == ["my-ci"]
    assert "HOOK_TOKEN_CRON" in [one.variable for one in config.missing()]


def test_two_senders_with_one_token_could_not_be_told_apart() -> None:
    text = SMALL + "senders: {ci: [deployments], cron: [heartbeats]}\n"
    found = whats(problems(text, {"HOOK_TOKEN_CI": KEY, "HOOK_TOKEN_CRON": KEY}))
    assert found == ["HOOK_TOKEN_CRON: is the same as HOOK_TOKEN_CI"]


def test_whoever_is_paged_by_webhook_must_not_be_able_to_order_a_release() -> None:
    found = whats(problems(SMALL, {"RELEASE_WEBHOOK_SECRET": WHSEC, "PAGE_WEBHOOK_SECRET": WHSEC}))
    assert found == ["PAGE_WEBHOOK_SECRET: is the same as RELEASE_WEBHOOK_SECRET"]


def test_a_token_of_no_sender_and_one_for_all_are_warned_of() -> None:
    text = SMALL + "senders: {ci: [deployments]}\n"
    config = good(text, {"HOOK_TOKEN_CL": KEY, "HOOK_TOKEN": KEY[::-1]})
    told = {problem.where: problem for problem in config.warnings}
    assert told["HOOK_TOKEN_CL"].mend == "did you mean `HOOK_TOKEN_CI`?"
    assert "forge a deployment" in told["HOOK_TOKEN"].what


def test_a_misspelt_variable_is_warned_of_and_a_strangers_is_not() -> None:
    config = good(SMALL, {"TWILLIO_AUTH_TOKEN": "x", "GITHUB_ACTIONS": "true", "PATH": "/bin"})
    assert [(one.where, one.mend) for one in config.warnings] == [
        ("TWILLIO_AUTH_TOKEN", "did you mean TWILIO_AUTH_TOKEN?")
    ]


def test_an_unencrypted_public_url_is_warned_of_except_on_this_machine() -> None:
    assert warned(PUBLIC_URL="http://midwatch.example.com") == ["PUBLIC_URL: is not encrypted"]
    assert warned(PUBLIC_URL="http://127.0.0.1:8000") == []


def test_what_is_on_is_not_missing() -> None:
    env = {
        "PUBLIC_URL": "https://midwatch.example.com",
        "TWILIO_ACCOUNT_SID": "AC0123456789abcdef0123456789abcdef",
        "TWILIO_AUTH_TOKEN": KEY,
        "TWILIO_FROM": "+15005550006",
        "SLACK_BOT_TOKEN": "xoxb-1-2-3",
        "SLACK_APP_TOKEN": "xapp-1-2-3",
        "SMTP_URL": "smtp://mail.example.com:587",
        "MAIL_FROM": "Midwatch <midwatch@example.com>",
    }
    config = good(SMALL, env)
    assert (config.settings.sms, config.settings.socket_mode, config.settings.email) == (
        True,
        True,
        True,
    )
    assert not {one.variable for one in config.missing()} & {*env, "SLACK_SIGNING_SECRET"}


def test_the_number_that_texts_calls_too_and_a_messaging_service_cannot() -> None:
    account = {"TWILIO_ACCOUNT_SID": "AC01", "TWILIO_AUTH_TOKEN": KEY}
    one = good(SMALL, {**account, "TWILIO_FROM": "+15005550006"})
    assert one.settings.twilio_call_from == "+15005550006"
    service = {**account, "TWILIO_FROM": "MG0123456789abcdef0123456789abcdef"}
    alone = good(SMALL, service)
    assert alone.settings.twilio_call_from is None
    off = next(item for item in alone.missing() if item.variable == "TWILIO_CALL_FROM")
    assert (off.off, "cannot call" in off.means) == ("calls", True)
    both = good(SMALL, {**service, "TWILIO_CALL_FROM": "+15005550007"})
    assert both.settings.twilio_call_from == "+15005550007"


def test_no_secret_is_in_any_repr() -> None:
    secret = "Zq" + KEY
    names = [
        name
        for name in VARIABLES
        if re.search(r"TOKEN|SECRET|KEY", name)
        and not name.startswith(("SLACK_", "PAGE_", "RELEASE_"))
        and "PRIVATE" not in name
    ]
    env = {name: f"{secret}{index}" for index, name in enumerate(names)}
    env |= {"DATABASE_URL": f"postgresql://u:{secret}@h/db", "SMTP_URL": f"smtp://u:{secret}@h"}
    env |= {"SLACK_BOT_TOKEN": f"xoxb-{secret}", "SLACK_APP_TOKEN": f"xapp-{secret}"}
    env |= {"TWILIO_FROM": "+15005550006", "PAGE_WEBHOOK_SECRET": WHSEC}
    config = parse(EXAMPLE.read_bytes(), {**env, **TOKENS})
    shown = f"{config!r} {config.settings!r} {config.model_dump()!r} {config.warnings!r}"
    assert secret not in shown
    assert WHSEC.removeprefix("whsec_") not in shown
    assert not any(token in shown for token in TOKENS.values())
    assert "5550006" not in repr(config.settings)


def test_the_errors_of_a_broken_environment_hold_none_of_it() -> None:
    env = {name: f"Hush0-{index}\n{name}" for index, name in enumerate(VARIABLES)}
    with pytest.raises(ConfigError) as caught:
        parse(SMALL, env)
    assert "Hush0" not in str(caught.value)
    assert "Hush0" not in repr(caught.value.problems)
