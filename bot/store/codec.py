"""Events, effects and links as JSON documents, and back.

What a newer version added is ignored, what an older one did not write takes its default, so that
replicas of two versions can share a database. Text is cleaned here as in every column.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from functools import cache, lru_cache
from typing import Annotated, Any, TypeVar, cast

from pydantic import Field, TypeAdapter, ValidationError

from bot.core.database_changes import DatabaseChange
from bot.core.deployment import Attempt, Commit, Deployment
from bot.core.effects import Effect
from bot.core.events import Event
from bot.core.link import Candidate, Link
from bot.store import text

T = TypeVar("T")


class Unreadable(Exception):
    """A document that this version cannot read: a newer one wrote a kind unknown here."""


@lru_cache(maxsize=64)
def adapter(kind: Any) -> TypeAdapter[Any]:
    """The reader and writer of one type, made when it is first needed."""
    return TypeAdapter(kind)


@lru_cache(maxsize=1)
def _event_type() -> Any:
    return Annotated[Event, Field(discriminator="kind")]


@lru_cache(maxsize=1)
def _effect_type() -> Any:
    return Annotated[Effect, Field(discriminator="kind")]


def event_to_json(event: Event) -> str:
    """An event for the inbox."""
    return _dump(_event_type(), event)


def event_from_json(document: str) -> Event:
    """Raises Unreadable."""
    return cast(Event, _load(_event_type(), document))


def effect_to_json(effect: Effect) -> str:
    """An effect for the outbox (pages are kept in columns instead)."""
    return _dump(_effect_type(), effect)


def effect_from_json(document: str) -> Effect:
    """Raises Unreadable."""
    return cast(Effect, _load(_effect_type(), document))


def link_to_json(link: Link) -> str:
    """A link without its deployments' commits: they have their own table, and may be many."""
    return _dump(Link, _each_deployment(link, lambda it: replace(it, commits=())))


def link_from_json(document: str) -> Link:
    """A link whose deployments have no commits yet. Raises Unreadable."""
    return cast(Link, _load(Link, document))


def with_commits(link: Link, commits: Mapping[str, tuple[Commit, ...]]) -> Link:
    """The link, its deployments filled with their commits by deployment id."""
    if not commits:
        return link
    return _each_deployment(link, lambda it: replace(it, commits=commits.get(it.id, ())))


def deployments_in(link: Link) -> set[str]:
    """Ids of every deployment that a link names."""
    named = (link.named, link.second, link.most_recent, *link.candidates)
    return {candidate.deployment.id for candidate in named if candidate is not None}


def commits_to_json(commits: tuple[Commit, ...]) -> str:
    """The commits of a push."""
    return _dump(tuple[Commit, ...], commits)


def commits_from_json(document: str) -> tuple[Commit, ...]:
    """Raises Unreadable."""
    return cast(tuple[Commit, ...], _load(tuple[Commit, ...], document))


def attempts_to_json(attempts: tuple[Attempt, ...]) -> str:
    """A deployment's earlier attempts."""
    return _dump(tuple[Attempt, ...], attempts)


def attempts_from_json(document: str) -> tuple[Attempt, ...]:
    """Raises Unreadable."""
    return cast(tuple[Attempt, ...], _load(tuple[Attempt, ...], document))


def database_to_json(changes: tuple[DatabaseChange, ...]) -> str:
    """The migrations of a deployment."""
    return _dump(tuple[DatabaseChange, ...], changes)


def database_from_json(document: str | None) -> tuple[DatabaseChange, ...]:
    """Empty where nothing was kept. Raises Unreadable."""
    found = _load(tuple[DatabaseChange, ...], document) if document else ()
    return cast(tuple[DatabaseChange, ...], found)


def dump(kind: Any, value: Any) -> str:
    """A value of this type as a document, cleaned as every column is."""
    return _dump(kind, value)


def load(kind: Any, document: str) -> Any:
    """Raises Unreadable."""
    return _load(kind, document)


def strings_to_json(strings: Iterable[Any]) -> str:
    """A list of strings, or of pairs of them."""
    return json.dumps(_clean(list(strings)), ensure_ascii=False, separators=(",", ":"))


def strings_from_json(document: str | None) -> tuple[Any, ...]:
    """What `strings_to_json` wrote: strings, or pairs of them as tuples. None: nothing."""
    found = json.loads(document or "[]")
    return tuple(tuple(item) if isinstance(item, list) else item for item in found)


def from_row(kind: type[T], row: Mapping[str, Any], **given: Any) -> T:
    """A dataclass from a row's columns of the same names; `given` takes precedence."""
    values = {
        name: row[name] for name in _names(cast(Any, kind)) if name in row and name not in given
    }
    return cast(T, adapter(cast(Any, kind)).validate_python({**values, **given}))


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _each_deployment(link: Link, change: Any) -> Link:
    def changed(candidate: Candidate | None) -> Candidate | None:
        if candidate is None:
            return None
        deployment: Deployment = change(candidate.deployment)
        return replace(candidate, deployment=deployment)

    return replace(
        link,
        named=changed(link.named),
        second=changed(link.second),
        most_recent=changed(link.most_recent),
        candidates=tuple(filter(None, map(changed, link.candidates))),
    )


def _dump(kind: Any, value: Any) -> str:
    try:
        document: str = adapter(kind).dump_json(value).decode()
    except ValueError:  # a lone surrogate
        document = ""
    if document and "\\u0000" not in document and len(document) <= text.WORDS_AT_MOST:
        return document
    tree = _clean(adapter(kind).dump_python(value, mode="json"))
    return json.dumps(tree, ensure_ascii=False, separators=(",", ":"))


def _load(kind: Any, document: str) -> Any:
    try:
        return adapter(kind).validate_json(document)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, each["loc"])) for each in error.errors()[:3])
        raise Unreadable(f"{error.error_count()} errors in the document ({places})") from None


def _clean(tree: Any) -> Any:
    match tree:
        case str():
            return text.words(tree)
        case list() | tuple():
            return [_clean(item) for item in tree]
        case dict():
            return {text.words(str(key)): _clean(item) for key, item in tree.items()}
        case _:
            return tree
