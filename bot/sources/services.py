"""Which service a report is about: by its key, or by repository and environment. Pure."""

import difflib
from collections.abc import Iterable

from bot.core.deployment import same_environment
from bot.core.policy import BY_DEPLOYMENT, GITHUB, Policy, Service
from bot.hook import BadRequest


def by_key(policy: Policy, key: str, field: str = "service") -> Service:
    """The service of that key (case does not matter). Raises BadRequest that names the closest."""
    found = next((s for k, s in policy.services.items() if k.casefold() == key.casefold()), None)
    if found is None:
        raise BadRequest(field, _unknown("service", key, policy.services))
    return found


def environment_of(policy: Policy, service: Service, given: str | None) -> str:
    """The environment as configured. None means the service's own. Raises BadRequest.

    Known are the environments that any service names: where its users are, where releases wait.
    """
    if given is None or not given.strip():
        return service.environment
    known = {name for s in policy.services.values() for name in (s.environment, s.staging)}
    # The service's own spelling wins, so that one environment is not kept under two names.
    for name in (service.environment, service.staging, *sorted(known)):
        if same_environment(name, given):
            return name
    raise BadRequest("environment", _unknown("environment", given, known))


def of_repository(
    policy: Policy,
    repository: str,
    environment: str,
    named: str | None = None,
    host: str = GITHUB,
) -> list[tuple[Service, str]]:
    """Services whose deployment this is, each with the environment's name as configured.

    `named` is the service that the payload itself names: in a repository of several, only a
    sender who says so (or the paths of the commits) can tell them apart. A service that is deployed
    by a release or a workflow hears of those only.
    """
    found = []
    for service in in_repository(policy, repository, host):
        if service.deployed_by != BY_DEPLOYMENT:
            continue
        for name in (service.environment, service.staging):
            if same_environment(name, environment):
                found.append((service, name))
                break
    chosen = [pair for pair in found if named and pair[0].key.casefold() == named.casefold()]
    return chosen or found


def in_repository(policy: Policy, repository: str, host: str = GITHUB) -> list[Service]:
    """The services of this repository, however its name is written."""
    wanted = repository.casefold()
    return [
        service
        for service in policy.services.values()
        if service.host == host and (service.repository or "").casefold() == wanted
    ]


def person_name(policy: Policy, given: str | None) -> str | None:
    """The person's name if `given` is somebody's key or login, else `given` itself."""
    wanted = (given or "").casefold()
    for person in policy.people.values():
        names = (person.key, person.github or "", person.gitlab or "")
        if wanted and wanted in (name.casefold() for name in names):
            return person.name
    return given


def has_repository(policy: Policy, repository: str, host: str = GITHUB) -> bool:
    """Whether any service names this repository."""
    return bool(in_repository(policy, repository, host))


def repositories(policy: Policy, host: str) -> list[str]:
    """Every repository there that a service names, in the order of their names."""
    named = {s.repository for s in policy.services.values() if s.repository and s.host == host}
    return sorted(named, key=str.casefold)


def unknown_repository(policy: Policy, repository: str, host: str) -> str | None:
    """A line for `doctor` about a repository that no service names there; None: one does."""
    if has_repository(policy, repository, host):
        return None
    elsewhere = [s.key for s in policy.services.values() if s.host != host and s.repository]
    hint = f" with `host: {host}`" if host != GITHUB and elsewhere else ""
    return f"unknown repository {repository}: no service names it{hint}"


def closest(given: str, known: Iterable[str]) -> str | None:
    """Which of the known names was probably meant."""
    by_folded = {name.casefold(): name for name in sorted(known)}
    folded = given.casefold()[:100]
    begun = [name for name in by_folded if len(folded) > 2 and name.startswith(folded)]
    close = begun or difflib.get_close_matches(folded, list(by_folded), n=1)
    return by_folded[close[0]] if close else None


def _unknown(what: str, given: str, known: Iterable[str]) -> str:
    close = closest(given, known)
    hint = f"; did you mean {close!r}?" if close else ""
    return f"unknown {what} {given[:100]!r}{hint}"
