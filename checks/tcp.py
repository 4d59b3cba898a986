"""Connect to a port, say something or nothing, expect a word: `{tcp: "db.example.com:5432"}`."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from checks import Context, Kind, Outcome, Result, Seconds
from checks.failures import Failure, of_os_error
from checks.host_port import HostPort, split
from checks.json_path import shown
from checks.options import CheckOptions
from checks.phases import Taken, Where, connect

HEARD_AT_MOST = 64 * 1024
Text = Annotated[str, Field(min_length=1, max_length=10_000)]


class TcpExpect(BaseModel):
    """What the server says. `body`: this text, within its first 64 KiB."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    body: Text | None = None


class TcpOptions(CheckOptions):
    """`send` is said after connecting; without `expect` a connection is enough."""

    tcp: HostPort
    send: Text | None = None
    expect: TcpExpect = Field(default_factory=TcpExpect)


@dataclass(slots=True)
class _Talk:
    """How far a probe got."""

    started: float = field(default_factory=time.monotonic)
    taken: Taken = field(default_factory=Taken)
    heard: bytearray = field(default_factory=bytearray)
    first_byte: float | None = None

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def seconds(self) -> Seconds:
        taken = self.taken
        return Seconds(self.first_byte, self.elapsed(), taken.dns, taken.connect, taken.tls)


async def probe(options: TcpOptions, context: Context) -> Result:
    """Connect, send, listen; all of it within `timeout`."""
    at = context.now()
    limit = options.timeout.total_seconds()
    talk = _Talk()
    try:
        async with asyncio.timeout(limit):
            good = await _talk(options, talk)
    except TimeoutError:
        return _late(options, talk, limit).result(at, talk.seconds())
    except OSError as error:
        return of_os_error(error).result(at, talk.seconds())
    except UnicodeError:
        failure = Failure("dns_failure", "the name cannot be one of a host", answered=False)
        return failure.result(at, talk.seconds())
    if not good:
        return _unheard(options, talk).result(at, talk.seconds())
    _, port = split(options.tcp)
    return Result(Outcome.UP, "ok", f"port {port} answers", at, talk.seconds())


async def _talk(options: TcpOptions, talk: _Talk) -> bool:
    """Whether what was expected was said."""
    loop = asyncio.get_running_loop()
    with await connect(Where(*split(options.tcp)), talk.taken) as connection:
        if options.send is not None:
            await loop.sock_sendall(connection, options.send.encode())
        if options.expect.body is None:
            return True
        wanted = options.expect.body.encode()
        while wanted not in talk.heard:
            chunk = await loop.sock_recv(connection, 4096)
            if talk.first_byte is None and chunk:
                talk.first_byte = talk.elapsed()
            talk.heard += chunk
            if not chunk or len(talk.heard) > HEARD_AT_MOST:
                return False
    return True


def _late(options: TcpOptions, talk: _Talk, limit: float) -> Failure:
    if talk.taken.connect is None:
        return Failure("timeout", f"no connection within {limit:g} s", answered=False)
    said = shown(options.expect.body) if options.expect.body else "what was sent"
    missed = f"{said} did not come" if options.expect.body else f"{said} was not taken"
    return Failure("timeout", f"connected, but {missed} within {limit:g} s")


def _unheard(options: TcpOptions, talk: _Talk) -> Failure:
    wanted = shown(options.expect.body or "")
    if not talk.heard:
        return Failure("closed", f"the connection was closed before {wanted} came")
    said = shown(talk.heard[:200].decode(errors="replace"))
    return Failure("body_mismatch", f"it said {said}, not {wanted}")


KIND = Kind("tcp", TcpOptions, probe)
