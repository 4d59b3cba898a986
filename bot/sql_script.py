"""What of a migration's text a database runs when it goes forward. Every line keeps its number."""

import re

_SECTION = re.compile(
    r"[ \t]*--[ \t]*(?:\+goose|\+migrate|migrate:|@)[ \t]*(up|down|do|undo)\b", re.I
)
"""What follows goes forward, or takes it back: in files of goose, sql-migrate and dbmate."""
_GO = re.compile(r"^[ \t]*GO(?:[ \t]+\d+)?[ \t\r]*$", re.I | re.M)
"""The end of a batch of SQL Server. Source: Microsoft Learn, "SQL Server utilities statements"."""
_CONDITION = re.compile(r"/\*M?!\d{0,6}")
"""How a comment begins that MySQL or MariaDB runs. Source: MySQL's handbook, "Comments"."""


def what_runs(text: str) -> str:
    """Without the sections that take it back, with what conditional comments hold; GO is an end.

    Linear in the text's length.
    """
    return _GO.sub(";", _with_conditional_comments(_forward(text)))


def _forward(text: str) -> str:
    """Without the sections that take it back."""
    kept, back = [], False
    for line in text.split("\n"):
        if mark := _SECTION.match(line):
            back = mark[1].lower() in ("down", "undo")
        kept.append("" if back else line)
    return "\n".join(kept)


def _with_conditional_comments(text: str) -> str:
    """With what MySQL runs of its comments as statements."""
    parts, at = [], 0
    while (mark := _CONDITION.search(text, at)) and (end := text.find("*/", mark.end())) >= 0:
        parts += [text[at : mark.start()], " ", text[mark.end() : end], " "]
        at = end + 2
    return "".join((*parts, text[at:]))
