"""`$version` in an expectation: the version that was deployed last. Pure.

A leading "v" before a digit makes no difference, nor whether a commit is written short or in full.
"""

import re

import re2  # type: ignore[import-untyped]

from checks import Outcome, Versions
from checks.http_values import compiled

VERSION = "$version"
_SHORT_SHA = 7
_ANY = r"[0-9A-Za-z][0-9A-Za-z._+~-]*"
# 1.4 is not found in 1.42, in 1.4.1 or in 1.4-rc1; "1.4." may end a sentence.
_START = r"(?:\A|[^0-9A-Za-z._+~-]|(?:\A|[^0-9A-Za-z])[._+~-])"
_END = r"(?:\z|[^0-9A-Za-z._+~-]|[._+~-](?:\z|[^0-9A-Za-z]))"
_HEX = re.compile(r"[0-9a-f]{7,64}")


def judged(template: str, text: str, versions: Versions, *, whole: bool) -> Outcome:
    """Up for a right version where `template` has `$version`, down for a former one or for none.

    Degraded: another one. `whole`: the text is nothing but the template, else contains it.
    """
    if any(_found(template, _exactly(it), text, whole) for it in versions.right):
        return Outcome.UP
    if versions.former is None or not _found(template, _ANY, text, whole):
        return Outcome.DOWN
    former = any(_found(template, _exactly(it), text, whole) for it in versions.former)
    return Outcome.DOWN if former else Outcome.DEGRADED


def _found(template: str, version: str, text: str, whole: bool) -> bool:
    """Whether the template stands in the text with such a version (a regular expression of RE2,
    whose time grows with the text only, whatever the text is)."""
    before, *after = (re2.escape(part) for part in template.split(VERSION))
    wanted = before + "".join(f"(?:{version}){part}" for part in after)
    start, end = ("", "") if whole else ("" if before else _START, "" if after[-1] else _END)
    pattern = compiled(f"{start}{wanted}{end}")
    text = text.encode("utf-8", errors="replace").decode("utf-8")
    return bool(pattern.fullmatch(text) if whole else pattern.search(text))


def _exactly(version: str) -> str:
    """A regular expression for this version and the other ways to write it."""
    if not _HEX.fullmatch(version):
        return f"[vV]?{re2.escape(re.sub(r'^[vV](?=[0-9])', '', version))}"
    if len(version) in (40, 64):
        return "|".join(version[:size] for size in range(len(version), _SHORT_SHA - 1, -1))
    return rf"{version}(?:[0-9a-f]{{{40 - len(version)}}})?" if len(version) < 40 else version
