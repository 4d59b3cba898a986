"""Ask DNS: `{dns: shop.example.com, type: A, expect: {answers: [192.0.2.1]}}`."""

import asyncio
import re
import time
from typing import Annotated, Self

import dns.message
import dns.name
from pydantic import AfterValidator, Field, model_validator

from checks import Context, Kind, Obstacle, Result, Seconds
from checks.dns_answers import DnsExpect, Type, as_name, canonical, judge
from checks.dns_ask import Server, addresses_of, ask, system_servers
from checks.failures import Failed, Failure, of_os_error
from checks.host_port import split
from checks.options import CheckOptions

PORT = 53
_NAME = re.compile(r"[^\s/:@\\\"']{1,253}\.?")


def name_of(text: str) -> dns.name.Name:
    """The name that is asked for. Raises ValueError."""
    if not _NAME.fullmatch(text) or not text.isprintable():
        raise ValueError("not a name: write it like shop.example.com")
    return as_name(text)


def server_of(text: str) -> Server:
    """`192.0.2.53`, `192.0.2.53:5353`, `[2001:db8::1]:53`, `ns1.example.com`. Raises ValueError."""
    mend = "not a DNS server: write it like 192.0.2.53, 192.0.2.53:5353 or [2001:db8::1]:53"
    if not text.isprintable() or not 1 <= len(text) <= 260:
        raise ValueError(mend)
    bare = text.count(":") != 1 and not text.startswith("[")
    try:
        if not bare:
            return split(text)
        return split(f"[{text}]:{PORT}" if ":" in text else f"{text}:{PORT}")
    except ValueError:
        raise ValueError(mend) from None


def _checked_name(text: str) -> str:
    name_of(text)
    return text


def _checked_server(text: str) -> str:
    server_of(text)
    return text


class DnsOptions(CheckOptions):
    """`type` of record; `server` instead of this machine's own name servers."""

    dns: Annotated[str, AfterValidator(_checked_name)]
    type: Type = "A"
    server: Annotated[str, AfterValidator(_checked_server)] | None = None
    expect: DnsExpect = Field(default_factory=DnsExpect)

    @model_validator(mode="after")
    def _fitting(self) -> Self:
        if self.type == "TXT":
            return self
        for field in ("answers", "among", "contains"):
            for text in getattr(self.expect, field) or ():
                try:
                    canonical(self.type, text)
                except ValueError:
                    mend = "set type, or write what that type answers"
                    raise ValueError(f"expect.{field} is not of type {self.type}: {mend}") from None
        return self


async def probe(options: DnsOptions, context: Context) -> Result:
    """One question, all of it within `timeout`."""
    at, started = context.now(), time.monotonic()
    limit = options.timeout.total_seconds()
    try:
        async with asyncio.timeout(limit):
            found = judge(options.type, options.expect, await _answer(options, limit))
    except TimeoutError:
        failure = Failure("timeout", f"no answer within {limit:g} s", answered=False)
    except Failed as ended:
        failure = ended.failure
    except OSError as error:
        failure = of_os_error(error)
    else:
        took = time.monotonic() - started
        outcome, reason, words = found
        # A resolver that cannot reach the world says SERVFAIL: the canaries are asked then.
        return Result(
            outcome, reason, words, at, Seconds(total=took, dns=took), reason != "servfail"
        )
    return failure.result(at, Seconds(total=time.monotonic() - started))


async def _answer(options: DnsOptions, seconds: float) -> dns.message.Message:
    query = dns.message.make_query(name_of(options.dns), options.type, use_edns=0, payload=1232)
    if options.server is None:
        return await ask(query, system_servers(), seconds)
    return await ask(query, await addresses_of(*server_of(options.server)), seconds)


def examine(options: DnsOptions) -> Obstacle | None:
    """Without a server of its own it needs this machine's."""
    if options.server is None:
        try:
            system_servers()
        except Failed as none:
            return Obstacle(none.failure.words, "name one with `server`")
    return None


KIND = Kind("dns", DnsOptions, probe, examine)
