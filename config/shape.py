"""What the schema allows at a place: walks type annotations beside the document's tree."""

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from config.check import Check, kind_in, options_of

Hints = tuple[Any, ...]
"""The annotations that a value may have; none: the schema does not say."""


def parts(hints: Hints) -> Iterator[Any]:
    """The alternatives, without `Annotated`, `Union` and `None` around them."""
    for hint in hints:
        origin: Any = get_origin(hint)
        if origin is Annotated:
            yield from parts(get_args(hint)[:1])
        elif origin in (Union, types.UnionType):
            yield from parts(get_args(hint))
        elif hint is not type(None):
            yield hint


def fields(model: type[BaseModel]) -> dict[str, Any]:
    """A model's keys as the file writes them, and their annotations."""
    return {
        info.validation_alias if isinstance(info.validation_alias, str) else name: info.annotation
        for name, info in model.model_fields.items()
    }


def models(hints: Hints, value: object) -> Iterator[type[BaseModel]]:
    """The models that a mapping at this place may be; a check's depends on its keys."""
    for part in parts(hints):
        if part is Check:
            kind = kind_in(value) if isinstance(value, Mapping) else None
            if kind is not None:
                yield options_of(kind)
        elif isinstance(part, type) and issubclass(part, BaseModel):
            yield part


def known_keys(hints: Hints, value: object) -> frozenset[str]:
    """Every key that a mapping at this place may have; none when any key is allowed."""
    return frozenset(name for model in models(hints, value) for name in fields(model))


def child(hints: Hints, value: object, step: str | int) -> Hints:
    """The annotations of one value inside of a value."""
    found = [
        hint
        for model in models(hints, value)
        for name, hint in fields(model).items()
        if name == step
    ]
    for part in parts(hints):
        arguments = get_args(part)
        if get_origin(part) in (dict, Mapping) and len(arguments) == 2:
            found.append(arguments[1])
        elif isinstance(step, int):
            found += [one for one in arguments if one is not Ellipsis]
    return tuple(hint for hint in found if hint is not Any)
