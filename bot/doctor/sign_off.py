"""Sign-off: whether its approvers can be reached, and what a signature could set in motion."""

from collections.abc import Iterator

from bot.doctor.finding import Finding, fail, named, ok, warn
from config import Config
from config.sign_off import SignOff

PART = "sign-off"
_DOCS = "docs/sign-off.md tells what each trigger needs"


def look(config: Config) -> list[Finding]:
    """Nothing where nothing has to be signed. What GitHub has of a workflow, `github` asks."""
    rules = config.sign_off
    return [] if rules is None else [*_approvers(config, rules), *_trigger(config, rules)]


def covered(config: Config, rules: SignOff) -> list[str]:
    """Keys of the services whose releases have to be signed."""
    return [key for key in config.services if not rules.services or key in rules.services]


def _approvers(config: Config, rules: SignOff) -> Iterator[Finding]:
    asked = [key for key in rules.approvers if key in config.people]
    deaf = [key for key in asked if not (config.people[key].slack or config.people[key].phone)]
    if deaf:
        what = f"{named(deaf)} can be asked for a signature neither in Slack nor by phone"
        yield warn(PART, what, "give them `slack` or `phone`; the page of releases is left")
    bare = [key for key in covered(config, rules) if not config.services[key].staging_checks]
    if bare:
        what = f"nothing looks at the staging of {named(bare)}: only time passes before a signature"
        yield warn(PART, what, "add staging_checks")


def _trigger(config: Config, rules: SignOff) -> Iterator[Finding]:
    if rules.trigger is None:
        yield ok(PART, "a signature is recorded, and sets nothing in motion (no trigger)")
        return
    kind, settings = rules.trigger.kind, config.settings
    missing = {
        "workflow": settings.github_token is None and "GITHUB_TOKEN",
        "webhook": settings.release_webhook_secret is None and "RELEASE_WEBHOOK_SECRET",
        "protection_rule": (
            None in (settings.github_app_id, settings.github_app_private_key)
            and "GITHUB_APP_ID or GITHUB_APP_PRIVATE_KEY"
        ),
    }.get(kind, settings.gitlab_token is None and "GITLAB_TOKEN")
    if missing:
        yield fail(PART, f"a signature sets nothing in motion: {missing} is not set", _DOCS)
        return
    lost = [key for key in covered(config, rules) if not config.services[key].repository]
    if kind != "webhook" and lost:
        what = f"the trigger {kind} needs a repository, which {named(lost)} has not"
        yield fail(PART, what, "set services.*.repository, or another trigger")
        return
    yield ok(PART, f"a signature sets {kind} in motion")
