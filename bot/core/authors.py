"""Who wrote a commit: the configured person, or an unknown who is named as such.

Four eyes rest on this, so nobody is guessed: a name counts only if one person alone has it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.commit import Commit, parted
from bot.core.policy import GITHUB, GITLAB, Policy

_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com", re.IGNORECASE)
"""GitHub's private address of a user. Source: docs.github.com, "Email addresses reference"."""
_NOREPLY_OF_GITLAB = re.compile(r"\d+-([^@]+)@users\.noreply\.gitlab\.[\w.-]+", re.IGNORECASE)
_BOT_LOGINS = ("dependabot", "renovate", "github-actions", "web-flow")
"""Programs whose login does not end in `[bot]`; `web-flow` is GitHub's web page."""


@dataclass(frozen=True, slots=True)
class Author:
    """`person` is a key of the configuration; None: nobody there is known to be this one."""

    name: str
    person: str | None = None


def person_of(commit: Commit, policy: Policy, host: str = GITHUB) -> str | None:
    """The key of the person who wrote it, by login, address or name; None: nobody known.

    `host`: where the commit's login is from, GitHub or GitLab.
    """
    return _known(policy, host, commit.author, commit.email, commit.login)


def authors_of(commit: Commit, policy: Policy, host: str = GITHUB) -> tuple[Author, ...]:
    """Who wrote it, co-authors included, robots not. Nobody at all: its author is not told."""
    found: dict[str, Author] = {}
    for name, email, login in _told(commit):
        person = _known(policy, host, name, email, login)
        if person is None and (is_bot(name, email, login) or not (name or email or login)):
            continue
        shown = policy.name_of(person) if person else name or login or email.split("@")[0]
        found.setdefault(person or shown.casefold(), Author(shown, person))
    return tuple(found.values())


def developers(commits: Iterable[Commit], policy: Policy, host: str = GITHUB) -> tuple[Author, ...]:
    """Everybody who wrote some of a range, each once, in their order."""
    found: dict[str, Author] = {}
    for commit in commits:
        for author in authors_of(commit, policy, host):
            found.setdefault(author.person or author.name.casefold(), author)
    return tuple(found.values())


def is_bot(name: str | None, email: str | None, login: str | None) -> bool:
    """Whether a program made it: `dependabot[bot]`, the web page of GitHub that commits.

    Anybody may write a program's name into a commit: without `[bot]` only a login counts.
    """
    account = (login or _login_in(email or "", GITHUB) or "").casefold()
    called = (name or "").casefold()
    return account in _BOT_LOGINS or account.endswith("[bot]") or called.endswith("[bot]")


def _told(commit: Commit) -> list[tuple[str, str, str]]:
    first = (commit.author or "", commit.email or "", commit.login or "")
    return [first, *((*parted(other), "") for other in commit.co_authors)]


def _known(
    policy: Policy, host: str, name: str | None, email: str | None, login: str | None
) -> str | None:
    """A login decides, then an address, then a name: the first that names one person alone.

    What calls itself a program is a person all the same if login or address say so.
    """
    logins = {it.casefold() for it in (login, _login_in(email or "", host)) if it}
    address, called = (email or "").casefold(), (name or "").strip().casefold()
    people = policy.people.values()
    at_host = [(it.key, it.gitlab if host == GITLAB else it.github) for it in people]
    candidates = (
        [key for key, own in at_host if own and own.casefold() in logins],
        [it.key for it in people if it.email and it.email.casefold() == address],
        [key for key, own in at_host if own and own.casefold() == called],
        [it.key for it in people if called and it.name.casefold() == called],
    )
    for found in candidates[:2] if is_bot(name, email, login) else candidates:
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _login_in(email: str, host: str) -> str | None:
    pattern = _NOREPLY_OF_GITLAB if host == GITLAB else _NOREPLY
    match = pattern.fullmatch(email)
    return match[1] if match else None


def people_of(commits: Iterable[Commit], policy: Policy, host: str = GITHUB) -> frozenset[str]:
    """Keys of the people who wrote any of them, co-authors included; unknown ones are left out."""
    return frozenset(it.person for it in developers(commits, policy, host) if it.person)


def unknown_authors(
    commits: Iterable[Commit], policy: Policy, host: str = GITHUB
) -> tuple[str, ...]:
    """Names of authors that are nobody's of the configuration, in order, each once."""
    return tuple(it.name for it in developers(commits, policy, host) if it.person is None)
