"""What DNS answers mean, judged without a network."""

import dns.message
import dns.tsigkeyring
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import Outcome, dns_ask
from checks.dns_answers import DnsExpect, fits, judge, judge_answers
from tests.contracts.checks.dns_servers import LAME, said

DOWN, UP = Outcome.DOWN, Outcome.UP
QUERY = dns.message.make_query("shop.test", "A")
NOTHING = ";AUTHORITY\ntest. 60 IN SOA ns. root. 1 2 3 4 5"
AWAY = ";ANSWER\nshop.test. 60 IN CNAME gone.example."
LOOP = ";ANSWER\nshop.test. 60 IN CNAME a.test.\na.test. 60 IN CNAME shop.test."


@pytest.mark.parametrize(
    ("head", "sections", "reason", "words"),
    [
        ("QR", LAME, "lame", "it only names other servers"),
        ("QR", NOTHING, "no_record", "there is no A record"),
        (
            "QR AA",
            LAME,
            "no_record",
            "there is no A record",
        ),  # it is in charge, and says there is none
        ("QR", "", "no_record", "there is no A record"),
        ("QR", AWAY, "no_record", 'leads to "gone.example", which has no A record'),
        ("QR\nrcode NXDOMAIN", "", "nxdomain", "the name does not exist"),
        ("QR\nrcode NXDOMAIN", AWAY, "nxdomain", 'leads to "gone.example", which does not exist'),
        ("QR\nrcode NXDOMAIN", LOOP, "nxdomain", "the name does not exist"),
        ("QR", LOOP, "bad_answer", "makes no sense"),
        ("QR TC", AWAY, "bad_answer", "cut short"),
        ("QR\nrcode NOTIMP", "", "bad_answer", "NOTIMP"),
        ("QR\nrcode SERVFAIL", "", "servfail", "SERVFAIL"),
    ],
)
def test_each_way_to_say_nothing_is_named(
    head: str, sections: str, reason: str, words: str
) -> None:
    read = dns_ask.answer_to(QUERY, said(sections, QUERY.to_wire(), head))
    assert read is not None
    outcome, found, detail = judge("A", DnsExpect(), read)
    assert (outcome, found) == (DOWN, reason)
    assert words in detail


@pytest.mark.parametrize(
    ("type_", "expected", "found"),
    [
        ("CNAME", "münchen.example", "xn--mnchen-3ya.example"),
        ("CNAME", "Straße.example", "xn--strae-oqa.example"),
        ("CNAME", "_Acme.Shop.test.", "_acme.shop.test"),
        ("MX", "010  Mail.test.", "10 mail.test"),
        ("MX", "0 .", "0 ."),
        ("MX", "例え.テスト", "5 xn--r8jz45g.xn--zckzah"),
        ("AAAA", "2001:DB8:0:0::1", "2001:db8::1"),
    ],
)
def test_the_same_may_be_written_in_several_ways(type_: str, expected: str, found: str) -> None:
    assert fits(type_, expected, found)


@given(
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.lists(st.sampled_from("abcdef"), unique=True),
)
def test_exactly_these_is_a_comparison_of_sets(expected: list[str], found: list[str]) -> None:
    if expected and found:
        outcome, _, _ = judge_answers("CNAME", DnsExpect(answers=tuple(expected)), found)
        assert (outcome is UP) == (set(expected) == set(found))


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_text_record_is_compared_to_the_letter(expected: str, found: str) -> None:
    assert fits("TXT", expected, found) == (expected == found)


ANSWERS = [
    said(LAME, QUERY.to_wire()),
    said(AWAY + "\ngone.example. 60 IN A 192.0.2.1\n" + NOTHING, QUERY.to_wire()),
    said(LOOP + "\n;ADDITIONAL\na.test. 60 IN SVCB 1 . alpn=h2", QUERY.to_wire(), "QR\nedns 0"),
]
EDITS = st.lists(st.tuples(st.integers(2, 90), st.integers(0, 255)), max_size=6)


def test_a_signature_that_nobody_asked_for_is_no_answer() -> None:
    signed = dns.message.make_response(QUERY)
    signed.use_tsig(dns.tsigkeyring.from_text({"key.": "MTIzNDU2Nzg="}), "key.")
    assert dns_ask.answer_to(QUERY, signed.to_wire()) is None


@given(st.sampled_from(ANSWERS), EDITS, st.integers(0, 120), st.binary(max_size=40))
def test_no_bytes_make_reading_or_judging_fail(
    wire: bytes, edits: list[tuple[int, int]], kept: int, more: bytes
) -> None:
    broken = bytearray(wire)
    for place, byte in edits:
        broken[place % len(broken)] = byte
    head = QUERY.id.to_bytes(2, "big")
    for packet in (bytes(broken), bytes(broken[:kept]) + more, more, head + more):
        read = dns_ask.answer_to(QUERY, packet)
        if read is not None:
            outcome, reason, words = judge("A", DnsExpect(), read)
            assert outcome in (UP, DOWN)
            assert reason
            assert words
