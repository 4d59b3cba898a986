"""How many files and connections this process may have open."""

import sys
from contextlib import suppress

WITHOUT_A_LIMIT = 8192
"""Where the system does not say."""

if sys.platform == "win32":

    def files_allowed(wanted: int) -> int:
        """`wanted`, as far as the system allows."""
        return min(wanted, WITHOUT_A_LIMIT)

else:
    import resource

    def files_allowed(wanted: int) -> int:
        """`wanted`, as far as the system allows; its soft limit, often 1024, is raised for it."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft == resource.RLIM_INFINITY or soft >= wanted:
            return wanted
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
