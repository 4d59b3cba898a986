"""One notification channel a file: how a page reaches a person.

A channel is a module with `NAME`, the `VARIABLES` of the environment that it needs, and a class
that implements `bot.ports.Channel`. Only `bot.wiring` builds them; modules without a `NAME` (a
vocabulary, say) are not channels.
"""

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType


def channels() -> dict[str, ModuleType]:
    """Every channel's module by its `NAME`. Imports them: call it while starting."""
    found: dict[str, ModuleType] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        name = getattr(module, "NAME", None)
        if isinstance(name, str):
            found[name] = module
    return found


def switched_on(is_set: Callable[[str], bool]) -> tuple[str, ...]:
    """Names of the channels whose variables are all set."""
    found = channels()
    return tuple(name for name in sorted(found) if all(map(is_set, found[name].VARIABLES)))
