"""One notification channel a file: how a page reaches a person.

A channel is a module with `NAME` and a class that implements `bot.ports.Channel`. Only
`bot.wiring` builds them; modules without a `NAME` (a vocabulary, say) are not channels.
"""

import importlib
import pkgutil
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
