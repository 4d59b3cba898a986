"""The plain words before TLS: STARTTLS of SMTP and IMAP, PostgreSQL's SSLRequest.

Nothing the server says before TLS is believed: it is bounded, and what it sends ahead of the
handshake is an error, because somebody in between could have put it there (CVE-2011-0411,
CVE-2021-23222).
"""

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from checks.failures import CLOSED, Failed, Failure
from checks.json_path import shown

Protocol = Literal["smtp", "imap", "postgres"]
LINE_AT_MOST = 4096
"""Bytes. RFC 5321 (4.5.3.1.5) asks for 512, IMAP's capabilities may be longer."""
HEARD_AT_MOST = 64 * 1024
_SSL_REQUEST = struct.pack("!ii", 8, 80877103)
_SMTP_LINE = re.compile(r"(\d{3})(?:([ -])(.*))?", re.DOTALL)
_IMAP_STATUS = re.compile(
    r"(?:\*|m[12]) (OK|NO|BAD|BYE|PREAUTH)\b ?(.*)", re.DOTALL | re.IGNORECASE
)


@dataclass(slots=True)
class Talk:
    """A conversation in the clear. `awaiting` says what a time-out was waiting for."""

    connection: socket.socket
    awaiting: str = "greeting"
    heard: bytearray = field(default_factory=bytearray)
    total: int = 0

    async def say(self, words: bytes, awaiting: str) -> None:
        """Send it; what is awaited is named for people."""
        self.awaiting = awaiting
        await asyncio.get_running_loop().sock_sendall(self.connection, words)

    async def hear(self) -> None:
        """Some more bytes. Raises Failed at the end, and when the server never stops."""
        chunk = await asyncio.get_running_loop().sock_recv(self.connection, 4096)
        if not chunk:
            raise Failed(CLOSED)
        self.heard += chunk
        self.total += len(chunk)
        if self.total > HEARD_AT_MOST:
            raise Failed(Failure("bad_answer", f"no end of its {self.awaiting}"))

    async def line(self) -> str:
        """The next line without its end; what is not ASCII is replaced."""
        while b"\n" not in self.heard:
            if len(self.heard) > LINE_AT_MOST:
                raise Failed(Failure("bad_answer", f"a line without end as its {self.awaiting}"))
            await self.hear()
        line, _, self.heard = self.heard.partition(b"\n")
        return line.rstrip(b"\r").decode("ascii", errors="replace")


async def ask_for_tls(protocol: Protocol, talk: Talk) -> None:
    """Until the server waits for the handshake. Raises Failed and OSError."""
    await _SPEAKERS[protocol](talk)
    if talk.heard:
        words = "the server sent plain text ahead of the TLS handshake"
        raise Failed(Failure("bad_answer", words))


async def _smtp(talk: Talk) -> None:
    """RFC 3207: greeting, EHLO, STARTTLS."""
    await _smtp_expects(talk, "220", "greets with")
    await talk.say(f"EHLO {_literal(talk.connection)}\r\n".encode(), "answer to EHLO")
    offered = await _smtp_expects(talk, "250", "answers EHLO with")
    if not any(words.upper().split()[:1] == ["STARTTLS"] for words in offered[1:]):
        raise Failed(NOT_OFFERED)
    await talk.say(b"STARTTLS\r\n", "answer to STARTTLS")
    await _smtp_expects(talk, "220", "answers STARTTLS with", reason="no_starttls")


async def _smtp_expects(
    talk: Talk, wanted: str, verb: str, *, reason: str = "bad_answer"
) -> list[str]:
    """The words of a reply, one for each line. Raises Failed unless its code is the wanted one."""
    words: list[str] = []
    while True:
        line = await talk.line()
        match = _SMTP_LINE.fullmatch(line)
        if match is None:
            raise Failed(Failure("bad_answer", f"it said {shown(line)}, which is not SMTP"))
        if match[1] != wanted:
            raise Failed(Failure(reason, f"the server {verb} {shown(line, 80)}"))
        words.append(match[3] or "")
        if match[2] != "-":
            return words


def _literal(connection: socket.socket) -> str:
    """Our own address, for a client without a name (RFC 5321, 4.1.3)."""
    address = str(connection.getsockname()[0]).partition("%")[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


async def _imap(talk: Talk) -> None:
    """RFC 9051, 6.2.1: greeting, what it can do, STARTTLS."""
    greeting = await talk.line()
    match = _IMAP_STATUS.fullmatch(greeting)
    if match is None or not greeting.startswith("*"):
        raise Failed(Failure("bad_answer", f"it said {shown(greeting)}, which is not IMAP"))
    if match[1].upper() != "OK":
        raise Failed(Failure("bad_answer", f"the server greets with {shown(greeting[2:], 80)}"))
    await talk.say(b"m1 CAPABILITY\r\n", "answer to CAPABILITY")
    said = await _imap_expects(talk, "m1")
    able = (line.upper().split() for line in said)
    if not any(words[:2] == ["*", "CAPABILITY"] and "STARTTLS" in words for words in able):
        raise Failed(NOT_OFFERED)
    await talk.say(b"m2 STARTTLS\r\n", "answer to STARTTLS")
    await _imap_expects(talk, "m2")


async def _imap_expects(talk: Talk, tag: str) -> list[str]:
    """The lines before the tagged one. Raises Failed unless that says OK."""
    said: list[str] = []
    while not (line := await talk.line()).startswith(f"{tag} "):
        said.append(line)
    match = _IMAP_STATUS.fullmatch(line)
    if match is None or match[1].upper() != "OK":
        refusal = f"the server gives as its {talk.awaiting} {shown(line[3:], 80)}"
        raise Failed(Failure("no_starttls", refusal))
    return said


async def _postgres(talk: Talk) -> None:
    """SSLRequest (PostgreSQL's documentation, "Message Flow", SSL Session Encryption)."""
    await talk.say(_SSL_REQUEST, "answer to SSLRequest")
    while not talk.heard:
        await talk.hear()
    answer, talk.heard = bytes(talk.heard[:1]), talk.heard[1:]
    if answer == b"N":
        raise Failed(Failure("no_starttls", "the server does not offer TLS (ssl = off)"))
    if answer != b"S":
        said = shown((answer + talk.heard[:100]).decode("ascii", errors="replace"))
        raise Failed(Failure("bad_answer", f"it said {said}, which is not PostgreSQL"))


NOT_OFFERED = Failure("no_starttls", "the server does not offer STARTTLS")
_SPEAKERS: dict[str, Callable[[Talk], Awaitable[None]]] = {
    "smtp": _smtp,
    "imap": _imap,
    "postgres": _postgres,
}
