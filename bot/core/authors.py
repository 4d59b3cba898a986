"""Who wrote a commit or asked for a release: the configured person, or an unknown who is named.

Four eyes rest on this, so nobody is guessed: a name counts only if one person alone has it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.commit import Commit, parted
from bot.core.policy import GITHUB, GITLAB, Person, Policy

_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com", re.IGNORECASE)
"""GitHub's private address of a user. Source: docs.github.com, "Email addresses reference"."""
_NOREPLY_OF_GITLAB = re.compile(r"\d+-([^@]+)@users\.noreply\.gitlab\.[\w.-]+", re.IGNORECASE)
_MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^<>]*)?>", re.IGNORECASE)
"""A person of Slack in a message. Source: docs.slack.dev, "Formatting message text"."""
_IN_BRACKETS = re.compile(r"(.*?)\s*[<(]\s*(?:mailto:)?([^<>()]*?)\s*[>)]\s*")
_PROFILE = re.compile(r"https?://[^/]+/([^/?#]+)/?", re.IGNORECASE)
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


def asked_by(said: str | None, policy: Policy) -> str | None:
    """The key of the person whom a pipeline names as the one who asked; None: nobody known.

    Pipelines write a key, a name, an address, a login at either host (also `@login` or the page of
    the profile), a name with one of these in brackets, or a mention of Slack.
    """
    text = (said or "").strip()
    if mention := _MENTION.fullmatch(text):
        return _only(it.key for it in policy.people.values() if _is_called(it, mention[1]))
    bracketed = _IN_BRACKETS.fullmatch(text)
    for word in (bracketed[2], bracketed[1]) if bracketed else (text,):
        profile = _PROFILE.fullmatch(word)
        own = profile[1] if profile else word.strip().removeprefix("@")
        if not own:
            continue
        keyed = _only(it.key for it in policy.people.values() if _is_called(it, own))
        found = keyed or _known(policy, GITHUB, own, own, own)
        if found := found or _known(policy, GITLAB, own, own, own):
            return found
    return None


def _is_called(person: Person, own: str) -> bool:
    return own.casefold() in (person.key.casefold(), (person.slack or "").casefold())


def _only(found: Iterable[str]) -> str | None:
    keys = list(found)
    return keys[0] if len(keys) == 1 else None


def _folded(name: str | None) -> str:
    """A name as it compares: systems write the same letters and blanks in several ways.

    Source: Unicode Standard Annex 15 (a Mac's file names and prompts hand out decomposed letters).
    """
    return " ".join(unicodedata.normalize("NFKC", name or "").casefold().split())


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
    address, called = (email or "").strip().casefold(), _folded(name)
    people = policy.people.values()
    at_host = [(it.key, it.gitlab if host == GITLAB else it.github) for it in people]
    candidates = (
        [key for key, own in at_host if own and own.casefold() in logins],
        [it.key for it in people if it.email and it.email.casefold() == address],
        [key for key, own in at_host if own and own.casefold() == called],
        [it.key for it in people if called and _folded(it.name) == called],
    )
    for found in candidates[:2] if is_bot(name, email, login) else candidates:
        if found:
            return _only(found)
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
