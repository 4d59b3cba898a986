"""`db.example.com:5432` and `[::1]:5432`, read strictly."""

import re
from typing import Annotated

from pydantic import AfterValidator

_HOST_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.%]{2,60})\]|([^\s:/@\[\]]{1,253})):(\d{1,5})")


def split(text: str) -> tuple[str, int]:
    """Host and port. Raises ValueError that says how to write them."""
    match = _HOST_PORT.fullmatch(text)
    if match is None or not text.isprintable():
        raise ValueError("not a host and a port: write it like db.example.com:5432 or [::1]:5432")
    port = int(match[3])
    if not 1 <= port <= 65535:
        raise ValueError("a port is a number from 1 to 65535")
    return match[1] or match[2], port


def _checked(text: str) -> str:
    split(text)
    return text


HostPort = Annotated[str, AfterValidator(_checked)]
