"""Bytes of a file as text that a document can be read from."""

import re

from config.document import Flaw, Unreadable

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def decoded(content: bytes | str) -> str:
    """Decoded, without a byte order mark. Raises Unreadable with the first bad place."""
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        text.encode()
    except UnicodeError as error:
        good = content[: error.start] if isinstance(error, UnicodeDecodeError) else b""
        line = good.count(b"\n") + 1 if isinstance(good, bytes) else 1
        raise Unreadable(Flaw(line, 1, "not UTF-8 text", "save the file as UTF-8")) from None
    bad = _NOT_TEXT.search(text)
    if bad:
        before = text[: bad.start()]
        column = len(before) - before.rfind("\n")
        what = f"a character that no text holds (U+{ord(bad[0]):04X})"
        raise Unreadable(Flaw(before.count("\n") + 1, column, what, "remove it"))
    return text
