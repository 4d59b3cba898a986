"""A file's text out of what GitHub and GitLab answer for it: base64, with its size. Pure.

Source: docs.github.com, "Get repository content" (files above 1 MB come without content);
docs.gitlab.com, "Get file from repository".
"""

import base64
import binascii

from bot.ports import Permanent
from bot.sources.reading import dig

MOST_BYTES = 1024 * 1024


def text_of_file(answer: object) -> str:
    """Raises Permanent with code `too_large` or `not_text`, whose message is a sentence's rest."""
    size, content = dig(answer, "size"), dig(answer, "content")
    if isinstance(size, int) and size > MOST_BYTES:
        raise Permanent("it is larger than 1 MiB", code="too_large")
    if dig(answer, "encoding") != "base64" or not isinstance(content, str):
        raise Permanent("its host gives no text of it", code="not_text")
    try:
        return base64.b64decode("".join(content.split()), validate=True).decode("utf-8-sig")
    except (binascii.Error, ValueError):
        raise Permanent("it is no UTF-8 text", code="not_text") from None
