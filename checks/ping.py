"""Whether a host answers pings: `{ping: db.example.com, expect: {within: 200ms}}`."""

import asyncio
import ipaddress
import re
import socket
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from checks import Context, Kind, Obstacle, Outcome, Result, Seconds, lookup
from checks.datagrams import TRIES
from checks.failures import Failed, Failure, of_os_error
from checks.icmp import echo, open_socket
from checks.options import CheckOptions, Positive
from checks.phases import FAMILIES

_HOST = re.compile(r"[^\s/:@\[\]]{1,253}")


def _version(host: str) -> int | None:
    """Of the address that `host` is; None for a name."""
    try:
        return ipaddress.ip_address(host).version
    except ValueError:
        return None


def _host(text: str) -> str:
    if _version(text) is None and not (_HOST.fullmatch(text) and text.isprintable()):
        raise ValueError("not a host: write it like db.example.com, 192.0.2.1 or 2001:db8::1")
    return text


class PingExpect(BaseModel):
    """`within`: a slower reply is degraded."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    within: Positive | None = None


class PingOptions(CheckOptions):
    """`ip`: 4 or 6; None: the first address of the name that can be reached."""

    ping: Annotated[str, AfterValidator(_host)]
    ip: Literal[4, 6] | None = None
    expect: PingExpect = Field(default_factory=PingExpect)

    @model_validator(mode="after")
    def _of_one_family(self) -> Self:
        version = _version(self.ping)
        if None not in (self.ip, version) and self.ip != version:
            raise ValueError(f"ip is {self.ip}, but ping is an address of IPv{version}: drop ip")
        return self


@dataclass(slots=True)
class _Run:
    started: float = field(default_factory=time.monotonic)
    dns: float | None = None
    found: bool = False
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
            reply = await _reply(options, run, limit)
    except TimeoutError:
        return _late(run, limit).result(at, run.seconds())
    except Failed as ended:
        return ended.failure.result(at, run.seconds())
    except OSError as error:
        return of_os_error(error).result(at, run.seconds())
    except UnicodeError:
        failure = Failure("dns_failure", "the name cannot be one of a host", answered=False)
        return failure.result(at, run.seconds())
    return Result(*judge(reply, options.expect.within), at, run.seconds())


async def _reply(options: PingOptions, run: _Run, limit: float) -> float:
    """Seconds that the first address took which can be reached."""
    refusal = OSError("the name has no address")
    for family, address in await _addresses(options, run):
        try:
            run.reply = await echo(family, address, limit - run.elapsed())
        except TimeoutError:
            raise
        except OSError as error:
            refusal = error
        else:
            return run.reply
    raise refusal


async def _addresses(options: PingOptions, run: _Run) -> list[lookup.Address]:
    try:
        found = [lookup.literal(options.ping, 0)]
    except ValueError:
        found = await lookup.addresses(options.ping, 0, FAMILIES[options.ip])
        run.dns = run.elapsed()
    run.found = True
    return found


def _late(run: _Run, limit: float) -> Failure:
    if not run.found:
        return Failure("timeout", f"the name was not found within {limit:g} s", answered=False)
    words = f"none of {TRIES} pings was answered within {limit:g} s"
    return Failure("timeout", words, answered=False)


def judge(took: float, within: timedelta | None) -> tuple[Outcome, str, str]:
    """Outcome, reason and detail of a reply that took so many seconds. Pure."""
    words = "answered after " + (f"{took * 1000:.3g} ms" if took < 0.9995 else f"{took:.1f} s")
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
