"""Whether a host answers pings: `{ping: db.example.com, expect: {within: 200ms}}`."""

import asyncio
import ipaddress
import re
import socket
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from checks import Context, Kind, Obstacle, Outcome, Result, Seconds, lookup
from checks.failures import Failed, Failure, of_os_error
from checks.icmp import TRIES, echo, open_socket
from checks.options import CheckOptions, Positive
from checks.phases import FAMILIES

_HOST = re.compile(r"[^\s/:@\[\]]{1,253}")


def _host(text: str) -> str:
    with suppress(ValueError):
        ipaddress.ip_address(text)
        return text
    if not _HOST.fullmatch(text) or not text.isprintable():
        raise ValueError("not a host: write it like db.example.com, 192.0.2.1 or 2001:db8::1")
    return text


class PingExpect(BaseModel):
    """`within`: a slower reply is degraded."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    within: Positive | None = None


class PingOptions(CheckOptions):
    """`ip`: 4 or 6; None: whichever the name has first."""

    ping: Annotated[str, AfterValidator(_host)]
    ip: Literal[4, 6] | None = None
    expect: PingExpect = Field(default_factory=PingExpect)


@dataclass(slots=True)
class _Run:
    started: float = field(default_factory=time.monotonic)
    dns: float | None = None
    reply: float | None = None

    def elapsed(self) -> float:
        return time.monotonic() - self.started

    def seconds(self) -> Seconds:
        return Seconds(first_byte=self.reply, total=self.elapsed(), dns=self.dns)


async def probe(options: PingOptions, context: Context) -> Result:
    """Up to three requests within `timeout`; the first reply counts."""
    at, run = context.now(), _Run()
    limit = options.timeout.total_seconds()
    try:
        async with asyncio.timeout(limit):
            family, address = await _address(options, run)
            run.reply = await echo(family, address, limit - run.elapsed())
    except TimeoutError:
        words = f"none of {TRIES} pings was answered within {limit:g} s"
        return Failure("timeout", words, answered=False).result(at, run.seconds())
    except Failed as ended:
        return ended.failure.result(at, run.seconds())
    except OSError as error:
        return of_os_error(error).result(at, run.seconds())
    except UnicodeError:
        failure = Failure("dns_failure", "the name cannot be one of a host", answered=False)
        return failure.result(at, run.seconds())
    return Result(*judge(run.reply, options.expect.within), at, run.seconds())


async def _address(options: PingOptions, run: _Run) -> lookup.Address:
    with suppress(ValueError):
        literal = ipaddress.ip_address(options.ping)
        return (socket.AF_INET if literal.version == 4 else socket.AF_INET6), (options.ping, 0)
    found = await lookup.addresses(options.ping, 0, FAMILIES[options.ip])
    run.dns = run.elapsed()
    return found[0]


def judge(took: float, within: timedelta | None) -> tuple[Outcome, str, str]:
    """Outcome, reason and detail of a reply that took so many seconds. Pure."""
    words = f"answered after {took * 1000:.3g} ms"
    if within is not None and took > within.total_seconds():
        return Outcome.DEGRADED, "slow", f"{words}, slower than {within.total_seconds():g} s"
    return Outcome.UP, "ok", words


def examine(_options: PingOptions) -> Obstacle | None:
    """Whether this system allows it at all."""
    try:
        open_socket(socket.AF_INET).close()
    except Failed:
        return Obstacle(
            "this system lets Midwatch send no pings",
            'run: sysctl -w net.ipv4.ping_group_range="0 2147483647", or give it CAP_NET_RAW',
        )
    except OSError:
        return None
    return None


KIND = Kind("ping", PingOptions, probe, examine)
