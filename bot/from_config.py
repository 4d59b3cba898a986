"""The configuration as the rules see it: a Policy, and the checks to run."""

import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from bot.core import rota
from bot.core.duty_hours import Hours
from bot.core.policy import (
    BY_WORKFLOW,
    Alerts,
    Person,
    Policy,
    Service,
    SignOff,
    Step,
    Team,
    Window,
)
from bot.hook import Secrets
from config import Config
from config import people as written
from config.hours import HoursText
from config.services import Service as WrittenService
from config.services import Workflow

WINDOWS_AHEAD = timedelta(days=8)
"""Recurring windows are laid out this far ahead; the policy is built anew every hour."""


def policy_of(
    config: Config, switched_on: Collection[str], public_url: str, now: datetime
) -> Policy:
    """The policy at `now`. `switched_on` are the channels that have their credentials."""
    return Policy(
        timezone=config.timezone,
        people={
            key: _person(key, item, switched_on, config) for key, item in config.people.items()
        },
        teams={key: _team(key, item, config) for key, item in config.teams.items()},
        services={key: _service(key, item, config) for key, item in config.services.items()},
        public_url=public_url,
        github_url=github_pages(str(config.settings.github_api_url)),
        gitlab_url=str(config.settings.gitlab_api_url).removesuffix("/").removesuffix("/api/v4"),
        windows=tuple(_windows(config, now)),
        storm=config.storm,
        alerts=Alerts(config.alerts.expires, config.alerts.label),
        sign_off=_sign_off(config),
        digest=config.slack is not None and config.slack.digest is not None,
    )


def addresses_of(config: Config) -> dict[tuple[str, str], str]:
    """A digest of every address by (person, channel): whether it is still the same can be told."""
    return {
        (key, channel): hashlib.sha256(address.encode()).hexdigest()[:16]
        for key, item in config.people.items()
        for channel, address in _addresses(item).items()
        if address
    }


def secrets_of(config: Config) -> Secrets:
    """What opens the hooks, with the senders of the file as it is now."""
    settings = config.settings
    return Secrets(
        hook_token=_text(settings.hook_token),
        sender_tokens={key: item.get_secret_value() for key, item in settings.hook_tokens.items()},
        senders={key: frozenset(item) for key, item in config.senders.items()},
        github_webhook_secret=_text(settings.github_webhook_secret),
        gitlab_webhook_token=_text(settings.gitlab_webhook_token),
    )


class _Hidden(Protocol):
    def get_secret_value(self) -> str: ...


def _text(secret: _Hidden | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def _addresses(item: written.Person) -> dict[str, str | None]:
    return {
        "sms": item.phone,
        "call": item.phone,
        "slack": item.slack,
        "email": item.email,
        "webhook": item.webhook,
    }


def github_pages(api_url: str) -> str:
    """Where the pages of that API's GitHub are. An enterprise server's API is `HOST/api/v3`.

    GitHub.com's for an address that tells nothing, such as a proxy's.
    """
    found = urlsplit(api_url.rstrip("/"))
    if found.path.endswith("/api/v3"):
        return urlunsplit((found.scheme, found.netloc, found.path.removesuffix("/api/v3"), "", ""))
    tenant = found.netloc.removeprefix("api.")
    return f"https://{tenant}" if tenant.endswith(".ghe.com") else "https://github.com"


def _person(key: str, item: written.Person, switched_on: Collection[str], config: Config) -> Person:
    return Person(
        key=key,
        name=item.name or key,
        channels=channels_of(item, switched_on),
        timezone=item.timezone or config.timezone,
        slack=item.slack,
        github=item.github,
        gitlab=item.gitlab,
        email=item.email,
        admin=item.role == "admin",
        quiet=_hours(item.quiet_hours) if item.quiet_hours else (),
        phone_ends=item.phone[-2:] if item.phone else "",
    )


def channels_of(item: written.Person, switched_on: Collection[str]) -> tuple[str, ...]:
    """The channels that reach a person: wanted, with an address, and switched on."""
    addresses = _addresses(item)
    return tuple(name for name in item.channels if name in switched_on and addresses.get(name))


def _team(key: str, item: written.Team, config: Config) -> Team:
    on_call = item.on_call
    turns = _rota(on_call, config) if isinstance(on_call, written.Rota) else None
    return Team(key, item.name or key, tuple(item.members), turns)


def _rota(item: written.Rota, config: Config) -> rota.Rota:
    return rota.Rota(
        tuple(
            rota.Layer(
                name=layer.name,
                people=tuple(layer.rota),
                every=layer.every,
                starts=layer.starts,
                timezone=layer.timezone or config.timezone,
                only=_hours(layer.only) if layer.only else None,
            )
            for layer in item.layers
        )
    )


def _hours(item: HoursText) -> tuple[Hours, ...]:
    return tuple(Hours(part.days, part.since, part.lasts) for part in item.parts)


def _service(key: str, item: WrittenService, config: Config) -> Service:
    steps = tuple(
        Step(step.page, step.by, step.after, step.repeat) for step in config.policy_of(key)
    )
    return Service(
        key=key,
        teams=tuple(config.teams_of(key)),
        steps=steps,
        depends_on=tuple(item.depends_on),
        environment=item.environment,
        staging=item.staging,
        acknowledge=config.acknowledge_of(key),
        suspect_window=config.suspect_window_of(key),
        repository=item.repository,
        host=item.host,
        deployed_by=_deployed_by(item),
        paths=tuple(item.paths),
        by_hand=tuple(item.by_hand),
        name=item.name,
    )


def _sign_off(config: Config) -> SignOff | None:
    rules = config.sign_off
    if rules is None:
        return None
    wanted = rules.trigger
    return SignOff(
        approvers=tuple(rules.approvers),
        soak=rules.soak,
        expires=rules.expires,
        services=frozenset(rules.services),
        trigger=wanted.kind if wanted else "",
        workflow=(wanted.workflow if wanted else None) or "",
    )


def _deployed_by(item: WrittenService) -> str:
    if isinstance(item.deployed_by, Workflow):
        return BY_WORKFLOW + item.deployed_by.workflow
    return item.deployed_by


def _windows(config: Config, now: datetime) -> Iterator[Window]:
    for since, until, item in config.windows(now - timedelta(days=1), now + WINDOWS_AHEAD):
        yield Window(since, until, frozenset(item.services), item.reason)
