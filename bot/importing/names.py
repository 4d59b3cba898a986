"""Whether what a line names is configured: told of every line, whatever else is wrong with it."""

from collections.abc import Mapping

from bot.core.policy import Policy
from bot.hook import BadRequest
from bot.sources.services import by_key, closest, environment_of

CHANNELS = ("sms", "call", "slack", "email", "webhook")
Wrong = list[tuple[str, str]]
"""Mistakes: the field, and what is wrong with it."""


def wrong_names(value: Mapping[str, object], policy: Policy) -> Wrong:
    """What is not known of the names in a line that was only read as JSON, nothing checked yet."""
    wrong = _places(value, policy)
    if value.get("kind") != "incident":
        return wrong
    acknowledged = value.get("acknowledged")
    for name in acknowledged if isinstance(acknowledged, dict) else ():
        wrong += _known(f"acknowledged.{name}", "team", name, policy.teams)
    pages = value.get("pages")
    for place, page in enumerate(pages if isinstance(pages, list) else ()):
        if isinstance(page, dict):
            at = f"pages.{place}"
            wrong += _known(f"{at}.person", "person", page.get("person"), policy.people)
            wrong += _known(f"{at}.team", "team", page.get("team"), policy.teams)
            channel = page.get("channel")
            if isinstance(channel, str) and channel not in CHANNELS:
                wrong.append((f"{at}.channel", f"must be one of {', '.join(CHANNELS)}"))
    return wrong


def key_of(known: Mapping[str, object], name: str) -> str | None:
    """The key that reads the same, without case."""
    return next((key for key in known if key.casefold() == name.casefold()), None)


def _places(value: Mapping[str, object], policy: Policy) -> Wrong:
    service, environment = value.get("service"), value.get("environment")
    if not isinstance(service, str | int) or service == "":
        return []
    try:
        of = by_key(policy, str(service))
        if value.get("kind") == "deployment" and isinstance(environment, str):
            environment_of(policy, of, environment)
    except BadRequest as bad:
        return [(bad.field, bad.message)]
    return []


def _known(place: str, what: str, name: object, known: Mapping[str, object]) -> Wrong:
    if not isinstance(name, str) or not name or key_of(known, name) is not None:
        return []
    close = closest(name, known)
    hint = f"did you mean {close!r}?" if close else f"known: {', '.join(list(known)[:10])}"
    return [(place, f"unknown {what} {name[:100]!r}; {hint}")]
