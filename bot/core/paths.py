"""Which service of a repository of several: `paths: [checkout/**]` against what commits touched."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from bot.core.deployment import Commit

LISTED_AT_MOST = 300
"""Files that sources name of one commit; so many may be all, or only the first of them."""


def touches(paths: Iterable[str], commits: Sequence[Commit]) -> bool | None:
    """Whether one of the files is in one of the paths. None: not all of the files are known."""
    files = {name for commit in commits for name in commit.files}
    patterns = [pattern for path in paths for pattern in _patterns(path)]
    if any(fnmatchcase(name, pattern) for name in files for pattern in patterns):
        return True
    cut = any(len(commit.files) >= LISTED_AT_MOST for commit in commits)
    return None if cut or not files else False


def _patterns(path: str) -> Iterable[str]:
    """`*` reaches into folders here, so `checkout/**`, `checkout/` and `checkout` are one."""
    whole = path.strip().removeprefix("./").removeprefix("/").replace("**", "*")
    yield whole
    yield whole.removeprefix("*/")
    yield f"{whole.rstrip('/')}/*"
