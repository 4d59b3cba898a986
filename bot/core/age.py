"""How long ago something was, in words: what is weighed says it too, not only `wording`."""

from datetime import timedelta


def age(span: timedelta) -> str:
    """A span as people say it: `40 s`, `7 min`, `3 h`, `3 d`. Never negative."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 2 * 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} d"
