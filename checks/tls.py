"""Look at a certificate, on any port: `{tls: "mail.example.com:993", expect: {certificate: 14d}}`.

`starttls` is for ports that begin in the clear: `{tls: "mx.example.com:25", starttls: smtp}`.
"""

import asyncio
import ipaddress
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from checks import Context, Kind, Outcome, Result, Seconds, chain
from checks.certificate import Certificate, ends_first
from checks.chain import Endpoint, Progress
from checks.failures import Failed, Failure, of_os_error
from checks.host_port import HostPort, split
from checks.http_values import CaFile, CertFile
from checks.options import CheckOptions, Positive
from checks.phases import FAMILIES, Where
from checks.starttls import Protocol
from checks.trust import ending, expired

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if len(text) <= 253 and _HOST_NAME.fullmatch(text):
            return text
    raise ValueError("not a host name: write it like mail.example.com (others as xn--…)")


class TlsExpect(BaseModel):
    """What only warns: fewer days left than `certificate`, an answer slower than `within`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    certificate: Positive = timedelta(days=14)
    within: Positive | None = None


class TlsOptions(CheckOptions):
    """`server_name`: the name in the certificate, where it is not the host that is connected to."""

    tls: HostPort
    starttls: Protocol | None = None
    server_name: Annotated[str, AfterValidator(_host)] | None = None
    ip: Literal[4, 6] | None = None
    ca: CaFile | None = None
    cert: CertFile | None = None
    verify: bool = True
    expect: TlsExpect = Field(default_factory=TlsExpect)


async def probe(options: TlsOptions, context: Context) -> Result:
    """Connect, shake hands, look at the certificates; all of it within `timeout`."""
    at, progress = context.now(), Progress()
    endpoint = _endpoint(options)
    try:
        found = await _chain(options, endpoint, progress, at)
    except Failed as error:
        return error.failure.result(at, _seconds(progress))
    return _judged(options, endpoint.name, found, at, _seconds(progress))


def _endpoint(options: TlsOptions) -> Endpoint:
    host, port = split(options.tls)
    where = Where(host, port, tls=True, family=FAMILIES[options.ip])
    name = options.server_name or host.partition("%")[0]
    return Endpoint(where, name, options.starttls, options.cert)


async def _chain(
    options: TlsOptions, endpoint: Endpoint, progress: Progress, now: datetime
) -> list[Certificate]:
    """What the server sends. Raises Failed, whatever goes wrong."""
    limit = options.timeout.total_seconds()
    try:
        async with asyncio.timeout(limit):
            if options.verify:
                return await chain.trusted(endpoint, options.ca, progress, now)
            return await chain.untrusted(endpoint, progress)
    except TimeoutError:
        raise Failed(progress.refusal or _late(progress, limit)) from None
    except OSError as error:
        raise Failed(of_os_error(error)) from None
    except ValueError:
        words = "the name cannot be one of a host"
        raise Failed(Failure("dns_failure", words, answered=False)) from None


def _seconds(progress: Progress) -> Seconds:
    taken = progress.taken
    return Seconds(None, progress.elapsed(), taken.dns, taken.connect, taken.tls)


def _late(progress: Progress, limit: float) -> Failure:
    if progress.taken.connect is None or progress.talk is None:
        return Failure("timeout", f"no connection within {limit:g} s", answered=False)
    talk = progress.talk
    words = f"connected, but no whole {talk.awaiting} within {limit:g} s"
    return Failure("timeout", words, answered=talk.total > 0)


def _judged(
    options: TlsOptions, name: str, found: Sequence[Certificate], at: datetime, seconds: Seconds
) -> Result:
    """What a chain and the time that it took mean."""
    own, first = found[0], ends_first(found, at)
    if own.ends_at <= at:
        return expired(own, name, at).result(at, seconds)
    detail = ending(first, name, at, own=first is own)
    expect, total = options.expect, seconds.total or 0.0
    if first.ends_at - at < expect.certificate:
        return Result(Outcome.DEGRADED, "certificate_expiring", f"the {detail}", at, seconds)
    if expect.within is not None and timedelta(seconds=total) > expect.within:
        slow = f"answered in {total:.3g} s, slower than {expect.within.total_seconds():g} s"
        return Result(Outcome.DEGRADED, "slow", slow, at, seconds)
    return Result(Outcome.UP, "ok", detail, at, seconds)


KIND = Kind("tls", TlsOptions, probe)
