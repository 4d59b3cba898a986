"""Text from outside, made fit for any database: an insert never fails on what it says.

PostgreSQL refuses NUL, UTF-8 refuses lone surrogates, and a B-tree entry has a size limit.
"""

import hashlib
import re

WORDS_AT_MOST = 20_000
"""Characters of any one text that is kept."""
NAME_AT_MOST = 200
"""Characters of a key, an id or a service's name: PostgreSQL indexes 2704 bytes at most."""
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


def words(text: str, at_most: int = WORDS_AT_MOST) -> str:
    """The text without NUL and lone surrogates, cut at `at_most` characters."""
    fit = _UNFIT.sub(_REPLACEMENT, text)
    return fit if len(fit) <= at_most else fit[: at_most - 1] + "…"


def name(text: str) -> str:
    """The same for a key: what is too long ends in a digest, so that two never become one."""
    fit = _UNFIT.sub(_REPLACEMENT, text)
    if len(fit) <= NAME_AT_MOST:
        return fit
    digest = hashlib.sha256(fit.encode()).hexdigest()[:32]
    return f"{fit[: NAME_AT_MOST - 33]}~{digest}"
