"""Ask a URL. `{http: "https://shop.example.com/health", expect: {status: [200-299]}}`."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field
from pyreqwest.exceptions import PyreqwestError

from checks import Context, Kind, Outcome, Result, Seconds
from checks.chain import Chains, Endpoint, Progress, trusted
from checks.failures import Failed, Failure
from checks.http_client import Way, client_for
from checks.http_expect import Expect, Finding, ends_soon, judge_answer, slow
from checks.http_fetch import Answer, Request, fetch
from checks.http_fetch import Progress as Fetching
from checks.http_reasons import UNTRUSTED, WRONG_NAME, failure_of, of_proxy
from checks.http_values import CaFile, CertFile, Headers, Method, Proxy, Size, Url
from checks.options import CheckOptions
from checks.phases import FAMILIES, Measuring, Where
from checks.trust import OF_TRUST
from checks.tunnel import proxy_name


class HttpOptions(CheckOptions):
    """`follow` counts redirects (0: none), `max_body` decoded bytes; `proxy` is the only proxy."""

    http: Url
    method: Method = "GET"
    headers: Headers = Field(default_factory=dict)
    body: Annotated[str, Field(max_length=1024 * 1024)] | None = None
    follow: Annotated[int, Field(ge=0, le=20)] = 5
    http2: bool = False
    ip: Literal[4, 6] | None = None
    ca: CaFile | None = None
    cert: CertFile | None = None
    verify: bool = True
    proxy: Proxy | None = None
    max_body: Size = 1024 * 1024
    expect: Expect = Field(default_factory=Expect)

    @property
    def asks_version(self) -> bool:
        """Whether `$version` stands in what is expected."""
        return self.expect.asks_version


async def probe(options: HttpOptions, context: Context) -> Result:
    """One request, redirects included, judged by `expect`; all of it within `timeout`."""
    run = _Run(options, context)
    async with Measuring(_where(options), run.limit) as phases:
        try:
            async with asyncio.timeout(run.limit):
                answer = await fetch(client_for(_way(options)), _request(options), run.progress)
            run.total = run.progress.elapsed()
        except (TimeoutError, PyreqwestError, Failed) as error:
            return await run.failed(error, phases)
        finding = await run.judged(answer)
        seconds = run.seconds()
        if finding.outcome is Outcome.DOWN:
            seconds = _joined(seconds, await phases.seconds(run.left()))
    return Result(finding.outcome, finding.reason, finding.detail, run.at, seconds)


class _Run:
    """One probe under way: its clock, and what each end of it means."""

    def __init__(self, options: HttpOptions, context: Context) -> None:
        self.options, self.context = options, context
        self.at = context.now()
        self.limit = options.timeout.total_seconds()
        self.proxy = proxy_name(options.proxy) if options.proxy else None
        self.progress = Fetching()
        self.total: float | None = None

    def left(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self.limit - self.progress.elapsed())

    def seconds(self) -> Seconds:
        """What was measured on the way."""
        return Seconds(first_byte=self.progress.first_byte, total=self.total)

    async def failed(self, error: Exception, phases: Measuring) -> Result:
        """Without a whole answer: why, and how far a connection gets now."""
        self.total = self.progress.elapsed()
        failure = self._why(error)
        if failure.ours:
            return failure.result(self.at, self.seconds())
        if failure in (UNTRUSTED, WRONG_NAME) and self.progress.first_byte is None:
            failure = await self._in_full(failure)
        found = await phases.seconds(self.left())
        if failure.reason == "timeout" and found.connect is not None and not failure.answered:
            words = f"connected in {found.connect * 1000:.0f} ms, then {failure.words}"
            failure = replace(failure, words=words)
        elif failure.reason == "timeout" and found.dns is not None and found.connect is None:
            failure = replace(failure, words=f"no connection within {self.limit:g} s")
        return failure.result(self.at, _joined(self.seconds(), found))

    async def _in_full(self, failure: Failure) -> Failure:
        """The same with what the certificates tell: the issuer that is missing, the names.

        Not after a redirect, where it may be another server's.
        """
        try:
            async with asyncio.timeout(self.left()):
                await trusted(self._endpoint(), self.options.ca, Progress(), self.at)
        except Failed as refused:
            if refused.failure.reason in OF_TRUST:
                return replace(failure, words=refused.failure.words)
        except (OSError, ValueError):
            return failure
        return failure

    def _endpoint(self) -> Endpoint:
        where = _other_end(self.options)
        return Endpoint(where, where.host, cert=self.options.cert, proxy=self.options.proxy)

    def _why(self, error: Exception) -> Failure:
        if isinstance(error, Failed):
            return error.failure
        if isinstance(error, PyreqwestError) and not isinstance(error, TimeoutError):
            return failure_of(error, self.proxy)
        if self.progress.first_byte is None:
            through = f" through the proxy {self.proxy}" if self.proxy else ""
            words = f"no answer{through} within {self.limit:g} s"
            return Failure("timeout", words, answered=False)
        words = f"the answer had not ended within {self.limit:g} s"
        return Failure("timeout", f"{words} ({self.progress.received} bytes so far)")

    async def judged(self, answer: Answer) -> Finding:
        """What the answer means; the warnings come last, and only for a good one."""
        expect = self.options.expect
        if answer.status == PROXY_WANTS_PASSWORD and self.proxy:
            failure = of_proxy(self.proxy)
            return Finding(Outcome.DOWN, failure.reason, failure.words)
        finding = await self._judged(answer)
        if finding.outcome is not Outcome.UP:
            return finding
        late = slow(expect, self.total or 0.0)
        return late or await self._ends_soon() or finding

    async def _judged(self, answer: Answer) -> Finding:
        """Large answers are judged in a thread, where the worst pattern holds up nobody else."""
        ask = partial(judge_answer, self.options.expect, answer, self.context.versions)
        if len(answer.body) <= JUDGED_AT_ONCE:
            return ask()
        try:
            async with asyncio.timeout(max(self.left(), JUDGING_SECONDS)):
                return await asyncio.get_running_loop().run_in_executor(_judges(), ask)
        except TimeoutError:
            words = "the answer could not be judged in time: the pattern is too large for it"
            return Finding(Outcome.UNKNOWN, "own_limits", words)

    async def _ends_soon(self) -> Finding | None:
        endpoint, limit = self._endpoint(), self.options.expect.certificate
        if not endpoint.where.tls or limit is None:
            return None
        chain = await _chains().of(endpoint, self.at, self.left())
        return ends_soon(limit, chain, endpoint.name, self.at)


@cache
def _chains() -> Chains:
    return Chains()


@cache
def _judges() -> ThreadPoolExecutor:
    """Threads of their own: the resolver needs the others."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="judge")


def _where(options: HttpOptions) -> Where | None:
    """The other end, for a connection of our own; None behind a proxy."""
    return None if options.proxy else _other_end(options)


def _other_end(options: HttpOptions) -> Where:
    parts = urlsplit(options.http)
    tls = parts.scheme.lower() == "https"
    port = parts.port or (443 if tls else 80)
    return Where(parts.hostname or "", port, tls, FAMILIES[options.ip])


def _way(options: HttpOptions) -> Way:
    return Way(
        http2=options.http2,
        ip=options.ip,
        ca=options.ca,
        cert=options.cert,
        verify=options.verify,
        proxy=options.proxy,
    )


def _request(options: HttpOptions) -> Request:
    return Request(
        method=options.method,
        url=options.http,
        headers=options.headers,
        body=options.body,
        follow=options.follow,
        max_body=options.max_body,
        abandon_after=options.timeout + BEYOND,
    )


def _joined(seconds: Seconds, phases: Seconds) -> Seconds:
    return replace(seconds, dns=phases.dns, connect=phases.connect, tls=phases.tls)


PROXY_WANTS_PASSWORD = 407
JUDGED_AT_ONCE = 16 * 1024
"""Bytes: with the largest pattern (`PATTERN_STEPS`) these take some hundredths of a second."""
JUDGING_SECONDS = 0.1
"""Judging may take this long even when the answer came at the last moment."""
BEYOND = timedelta(milliseconds=50)
"""The library gives up this much after the deadline, so that the deadline's own words are said."""

KIND = Kind("http", HttpOptions, probe)
