"""One deployment or alert source a file.

A source is a module with a `HOOK` (see `bot.hook`); it may also have a class that implements
`bot.ports.Source`, to ask for what was missed. Modules without a `HOOK` only help.
"""

import importlib
import pkgutil

from bot.hook import Hook


def hooks() -> dict[str, Hook]:
    """Every source's hook by its name. Imports them: call it while starting."""
    found: dict[str, Hook] = {}
    for info in pkgutil.iter_modules(__path__):
        hook = getattr(importlib.import_module(f"{__name__}.{info.name}"), "HOOK", None)
        if isinstance(hook, Hook):
            found[hook.name] = hook
    return found
