"""What a commit's message says, for people who do not read code. Pure text.

Read are Conventional Commits 1.0.0 (conventionalcommits.org), gitmoji (gitmoji.dev), issue keys in
front, and plain sentences by their first word.
"""

import re
from dataclasses import dataclass

from bot.core.commit_words import EMOJI, LOUD_EMOJI, TYPES, VERBS
from bot.core.commit_words import Kind as Kind

LONGEST_LINE = 200
"""Characters of one change in the notes."""
MOST_OF_TITLE = 500
NO_WORDS = "A change without a description"


@dataclass(frozen=True, slots=True)
class Said:
    """`text` is a plain sentence; `breaking` what breaks, in the author's words, else None."""

    kind: Kind
    text: str
    breaking: str | None = None


_CONVENTIONAL = re.compile(r"([A-Za-z][\w-]{0,30})(?:\(([^()\n]{0,80})\))?(!)?:[ \t]+(\S.*)")
_LEADING_EMOJI = re.compile(
    r"(?::([a-z0-9_+-]{2,40}):|([\u2190-\u2bff\u2600-\u27bf\U0001f000-\U0001faff]))\ufe0f?[ \t]*"
)
_UPKEEP = re.compile(
    r"(?:fixup!|squash!|amend!|wip\b|bump\b|release(?:[: ]*v?\d|:|$)|prepare (?:the )?release"
    r"|version \d|v?\d+\.\d+(?:\.\d+)?(?:[-+][\w.]+)?$"
    r"|update (?:dependency|dependencies|deps|changelog|readme|lock ?file|github action)"
    r"|(?:upgrade|update) \S+ (?:from \S+ )?to v?\d|pin dependencies|lock file maintenance"
    r"|fix(?:es|ed)? (?:a )?(?:typos?|lint\w*|tests?|ci|build|formatting)\b"
    r"|(?:typos?|lint(?:ing)?|formatting|whitespace|code style)\b|merge conflicts?)",
    re.IGNORECASE,
)
_MERGES = re.compile(
    r"Merge (?:branch|branches|remote-tracking branch|tag|commit|pull request|\S+ into)\b"
    r"|Merged in \S+|Merge \S+ into \S+"
)
_TITLED_MERGES = re.compile(r"Merge pull request #\d+|Merge branch '.*' into|Merged in ")
_SIGNATURE = re.compile(r"(?:Signed-off|Co-authored|Reviewed|Approved)-by:", re.IGNORECASE)
_KEY = re.compile(
    r"(?:\[[A-Z][A-Z0-9]{1,9}-\d{1,7}\]|[A-Z][A-Z0-9]{1,9}-\d{1,7})(?:[ \t]*[:|-])?[ \t]+"
)
_NUMBER = re.compile(r"(?:\[#\d{1,9}\]|#\d{1,9})(?:[ \t]*[:|-])?[ \t]+")
_REQUEST = re.compile(r"[ \t]*\((?:#|!|GH-)\d{1,9}\)$")
_CI = re.compile(r"[ \t]*\[(?:skip ci|ci skip|no ci|skip actions)\]", re.IGNORECASE)
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_SHA = re.compile(r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,40}\b")
_BREAKING = re.compile(
    r"^BREAKING[ -]CHANGE:[ \t]*(.+?)(?=\n[ \t]*\n|\n[A-Za-z-]+(?:: | #)|\Z)",
    re.MULTILINE | re.DOTALL,
)
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


def read(message: str) -> Said:
    """What kind of change it is, and what it says. Never raises."""
    subject = title(message)
    if not subject:
        return Said(Kind.MERGE if _MERGES.match(message.lstrip()) else Kind.OTHER, NO_WORDS)
    kind, words, loud = _sorted(subject)
    told = _told_to_break(message)
    breaking = told or (words if loud else None)
    return Said(kind, plain(words) or NO_WORDS, plain(breaking) if breaking else None)


def title(message: str) -> str:
    """The line that describes it: the subject, or, of a merge, the title of what was merged.

    Empty: there is none.
    """
    lines = [line.strip() for line in message.strip().splitlines()]
    subject = lines[0][:MOST_OF_TITLE] if lines else ""
    if not _MERGES.match(subject):
        return subject
    body = next((line for line in lines[1:] if line), "")[:MOST_OF_TITLE]
    titled = _TITLED_MERGES.match(subject) and not body.startswith(("# Conflicts", "See merge"))
    return body if titled and not _SIGNATURE.match(body) else ""


def plain(words: str) -> str:
    """Words without what only those who code read: markup, hashes, prefixes; one bounded line."""
    text = _LINK.sub(r"\1", _HIDDEN.sub(" ", words)).replace("`", "").replace("**", "")
    text = " ".join(_SHA.sub("", text).replace("()", "").split()).rstrip(" .:;,")
    if len(text) > LONGEST_LINE:
        text = f"{text[: LONGEST_LINE - 1].rstrip()}…"
    return _capital(text)


def without_marks(subject: str) -> str:
    """A subject without issue keys in front and numbers of pull requests behind."""
    text = _CI.sub("", subject.strip())
    while (shorter := _REQUEST.sub("", text)) != text:
        text = shorter
    for pattern in (_KEY, _NUMBER):
        text = pattern.sub("", text, count=1) if pattern.match(text) else text
    return text.strip()


def _sorted(subject: str) -> tuple[Kind, str, bool]:
    """Kind, the words that are left, and whether a mark calls it breaking."""
    text = without_marks(subject)
    mark = _LEADING_EMOJI.match(text)
    by_emoji = EMOJI.get(mark[1] or mark[2]) if mark else None
    loud = mark is not None and (mark[1] or mark[2]) in LOUD_EMOJI
    if mark:
        text = without_marks(text[mark.end() :])
    typed = _CONVENTIONAL.fullmatch(text)
    kind = TYPES.get(typed[1].lower()) if typed else None
    if typed and (kind is not None or typed[3]):
        words = without_marks(_LEADING_EMOJI.sub("", typed[4], count=1) or typed[4])
        loud = loud or bool(typed[3])
        if kind is Kind.UPKEEP or (typed[2] or "").startswith("deps"):
            return Kind.UPKEEP, words, loud
        return kind or Kind.OTHER, words, loud
    if _UPKEEP.match(text):
        return Kind.UPKEEP, text, loud
    return by_emoji or _by_verb(text), text, loud


def _by_verb(text: str) -> Kind:
    first = re.match(r"[A-Za-z]+", text.split(": ", 1)[-1])
    return VERBS.get(first[0].lower(), Kind.OTHER) if first else Kind.OTHER


def _told_to_break(message: str) -> str | None:
    """What the footer `BREAKING CHANGE: …` says."""
    found = _BREAKING.search(message)
    return " ".join(found[1].split()) if found else None


def _capital(text: str) -> str:
    """A first word in small letters gets a capital; `iOS`, `v2` and `api.py` stay as they are."""
    first = re.match(r"[^\s]+", text)
    is_word = first is not None and first[0].rstrip(",:;").isalpha() and first[0].islower()
    return text[0].upper() + text[1:] if is_word else text
