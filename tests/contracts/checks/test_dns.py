"""DNS, asked of a real server and of ones that lie, stutter or say nothing."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import pytest
from pydantic import ValidationError

import checks
from checks import Context, Outcome, Result, dns_ask, lookup
from checks.dns import KIND, DnsOptions
from tests.contracts.checks.clock import now
from tests.contracts.checks.dns_servers import LAME, answering, dnsmasq, said
from tests.contracts.checks.servers import closed_port, serving

DOWN, UP = Outcome.DOWN, Outcome.UP


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with dnsmasq() as port:
        yield port


async def asked(port: int, name: str, type_: str = "A", **options: object) -> Result:
    values = {"dns": name, "type": type_, "server": f"127.0.0.1:{port}", "timeout": "2s"}
    made = DnsOptions.model_validate({**values, **options})
    return await checks.run(KIND, made, Context(now=now))


@pytest.mark.parametrize(
    ("name", "type_", "expect", "outcome", "detail"),
    [
        ("shop.test", "A", {}, UP, 'answers "192.0.2.1"'),
        ("SHOP.test.", "a", {"answers": ["192.0.2.1"]}, UP, 'answers "192.0.2.1"'),
        ("shop.test", "AAAA", {"answers": ["2001:DB8:0::1"]}, UP, 'answers "2001:db8::1"'),
        ("www.shop.test", "A", {"answers": ["192.0.2.1"]}, UP, 'answers "192.0.2.1"'),
        ("www.shop.test", "CNAME", {"answers": ["Shop.test."]}, UP, 'answers "shop.test"'),
        ("shop.test", "MX", {"contains": ["mail.shop.test"]}, UP, "answers"),
        ("shop.test", "MX", {"answers": ["20 spare.shop.test", "mail.shop.test"]}, UP, "answers"),
        ("shop.test", "TXT", {"contains": ["v=spf1 -all"]}, UP, "answers"),
        ("long.test", "TXT", {"contains": ["x" * 2000]}, UP, "answers"),
        ("many.test", "A", {"answers": ["192.0.2.2", "192.0.2.1"]}, UP, "answers"),
        ("many.test", "A", {"among": ["192.0.2.1", "192.0.2.2", "192.0.2.3"]}, UP, "answers"),
        (
            "shop.test",
            "A",
            {"answers": ["192.0.2.9"]},
            DOWN,
            'answers "192.0.2.1", not "192.0.2.9"',
        ),
        ("many.test", "A", {"answers": ["192.0.2.1"]}, DOWN, "answers"),
        (
            "many.test",
            "A",
            {"among": ["192.0.2.1"]},
            DOWN,
            'answers "192.0.2.2", which was not expected',
        ),
        ("shop.test", "TXT", {"contains": ["v=spf1 +all"]}, DOWN, "is missing from"),
        ("shop.test", "MX", {"contains": ["30 mail.shop.test"]}, DOWN, "is missing from"),
        ("gone.test", "A", {}, DOWN, "the name does not exist (NXDOMAIN)"),
        ("mail.shop.test", "A", {}, DOWN, "the name does not exist (NXDOMAIN)"),
        ("many.test", "AAAA", {}, DOWN, "there is no AAAA record"),
        ("outside.example", "A", {}, DOWN, "the DNS server refuses to answer (REFUSED)"),
    ],
)
async def test_a_real_server_is_asked(
    server: int, name: str, type_: str, expect: dict[str, object], outcome: Outcome, detail: str
) -> None:
    result = await asked(server, name, type_, expect=expect)
    assert result.outcome is outcome, result
    assert detail in result.detail
    assert result.answered
    assert result.seconds.dns == result.seconds.total is not None


async def test_nobody_listening_is_no_answer() -> None:
    result = await asked(closed_port(), "shop.test")
    assert (result.outcome, result.reason, result.answered) == (DOWN, "refused", False)


def garbage(query: bytes) -> list[bytes]:
    return [b"", b"\0" * 11, query[:12], query[:-1], bytes(reversed(query)), b"\xff" * 600]


def another_id(query: bytes) -> list[bytes]:
    return [answer(query, flip_id=True)]


def answer(query: bytes, *, flip_id: bool = False, code: int = 0) -> bytes:
    made = dns.message.make_response(dns.message.from_wire(query))
    made.set_rcode(dns.rcode.Rcode(code))
    wire = made.to_wire()
    return bytes([wire[0] ^ 1]) + wire[1:] if flip_id else wire


@pytest.mark.parametrize("says", [garbage, another_id, lambda _query: []])
async def test_what_is_no_answer_to_the_question_is_not_believed(says: object) -> None:
    async with answering(says) as port:  # type: ignore[arg-type]
        result = await asked(port, "shop.test", timeout="200ms")
    assert (result.outcome, result.reason, result.answered) == (DOWN, "timeout", False)


async def test_the_answer_that_follows_a_forged_one_counts() -> None:
    async with answering(lambda query: [*garbage(query), answer(query, code=3)]) as port:
        result = await asked(port, "shop.test")
    assert result.reason == "nxdomain"


async def test_a_resolver_that_fails_asks_for_the_canaries() -> None:
    async with answering(lambda query: [answer(query, code=2)]) as port:
        result = await asked(port, "shop.test")
    assert (result.outcome, result.reason, result.answered) == (DOWN, "servfail", False)


async def test_a_lost_packet_is_sent_again() -> None:
    questions: list[bytes] = []

    def forgetful(query: bytes) -> list[bytes]:
        questions.append(query)
        return [answer(query, code=3)] if len(questions) == 3 else []

    async with answering(forgetful) as port:
        result = await asked(port, "shop.test", timeout="180ms")
    assert result.reason == "nxdomain"
    assert len(set(questions)) == 1


def cut(query: bytes) -> list[bytes]:
    made = dns.message.make_response(dns.message.from_wire(query))
    made.flags |= dns.flags.TC
    return [made.to_wire()]


async def test_an_answer_cut_short_is_asked_for_by_tcp_and_nobody_takes_it() -> None:
    async with answering(cut) as port:
        result = await asked(port, "shop.test")
    assert (result.outcome, result.reason, result.answered) == (DOWN, "refused", True)
    assert result.detail == "the answer can be had over TCP only: connection refused"


@pytest.mark.parametrize(
    "said", [b"", b"\0", b"\0\x0cgarbage here", b"HTTP/1.1 400 Bad Request\r\n"]
)
async def test_nonsense_over_tcp_is_a_bad_answer(said: bytes) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(512)
        writer.write(said)
        writer.close()

    async with serving(nonsense) as port, answering(cut, port):
        result = await asked(port, "shop.test")
    assert (result.outcome, result.reason, result.answered) == (DOWN, "bad_answer", True)


async def test_a_server_may_be_named_by_its_name(server: int) -> None:
    result = await asked(server, "shop.test", server=f"localhost:{server}")
    assert result.outcome is UP, result


async def test_a_server_that_has_no_address_is_not_mistaken_for_the_name_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nobody(*_: object, **__: object) -> list[tuple[Any, Any, Any, Any, Any]]:
        raise socket.gaierror(socket.EAI_NONAME, "")

    lookups = lookup.Lookups(nobody)
    monkeypatch.setattr(lookup, "_lookups", lambda: lookups)
    result = await asked(53, "shop.test", server="ns.example.com")
    assert (result.outcome, result.reason, result.answered) == (DOWN, "dns_failure", False)
    assert result.detail == "the DNS server's own name: the name does not exist"


async def test_the_next_name_server_of_the_machine_is_asked_when_one_fails(
    server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = DnsOptions.model_validate({"dns": "shop.test", "timeout": "2s"})
    async with (
        answering(lambda query: [answer(query, code=2)]) as failing,
        answering(lambda query: [said(LAME, query)]) as lame,
    ):
        servers = tuple(("127.0.0.1", port) for port in (closed_port(), failing, lame, server))
        monkeypatch.setattr(dns_ask, "_servers", lambda _version: servers)
        result = await checks.run(KIND, made, Context(now=now))
    assert (result.outcome, result.detail) == (UP, 'answers "192.0.2.1"')


async def test_a_machine_without_a_name_server_is_our_own_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(dns_ask, "RESOLV_CONF", tmp_path / "resolv.conf")
    made = DnsOptions.model_validate({"dns": "shop.test"})
    result = await checks.run(KIND, made, Context(now=now))
    assert (result.outcome, result.reason) == (Outcome.UNKNOWN, "own_resolver")
    assert KIND.examine is not None
    found = KIND.examine(made)
    assert found is not None
    assert "server" in found.mend


async def test_the_name_servers_are_read_anew_when_they_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "resolv.conf"
    monkeypatch.setattr(dns_ask, "RESOLV_CONF", path)
    path.write_text("nameserver 192.0.2.53\nsearch example.com\n")
    assert dns_ask.system_servers() == (("192.0.2.53", 53),)
    path.write_text("nameserver 2001:db8::53\nnameserver 192.0.2.54\n")
    assert dns_ask.system_servers() == (("2001:db8::53", 53), ("192.0.2.54", 53))


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"dns": "shop example"}, "dns"),
        ({"dns": "x" * 64 + ".test"}, "dns"),
        ({"dns": "https://shop.test"}, "dns"),
        ({"dns": "shop.test", "type": "ANY"}, "type"),
        ({"dns": "shop.test", "server": "dns server"}, "server"),
        ({"dns": "shop.test", "server": "192.0.2.1:99999"}, "server"),
        ({"dns": "shop.test", "expect": {"answers": []}}, "answers"),
        ({"dns": "shop.test", "expect": {"answers": ["2001:db8::1"]}}, "expect.answers"),
        ({"dns": "shop.test", "type": "MX", "expect": {"among": ["a b c"]}}, "expect.among"),
        ({"dns": "shop.test", "type": "CNAME", "expect": {"answers": ["a..b"]}}, "expect.answers"),
    ],
)
def test_what_cannot_be_asked_is_refused(options: dict[str, object], where: str) -> None:
    with pytest.raises(ValidationError) as refused:
        DnsOptions.model_validate(options)
    assert where in str(refused.value)


@pytest.mark.parametrize(
    "name", ["_dmarc.example.com", "münchen.example", "例え.テスト", "example.com.", "localhost"]
)
def test_names_are_taken_as_people_write_them(name: str) -> None:
    assert DnsOptions.model_validate({"dns": name}).label == name


@pytest.mark.parametrize(
    "server", ["192.0.2.53", "192.0.2.53:5353", "[2001:db8::1]:53", "2001:db8::1", "ns.example.com"]
)
def test_servers_are_taken_as_people_write_them(server: str) -> None:
    assert DnsOptions.model_validate({"dns": "a.test", "server": server}).server == server


async def test_hundreds_of_questions_at_once_get_their_own_answers(server: int) -> None:
    names = [("shop.test", UP), ("gone.test", DOWN)] * 50
    results = await asyncio.gather(*(asked(server, name) for name, _ in names))
    assert [result.outcome for result in results] == [expected for _, expected in names]
