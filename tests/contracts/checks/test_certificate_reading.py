"""Certificates are read from their bytes, whatever the bytes are; chains in any order."""

from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from checks.certificate import Certificate, ends_first, path, read
from tests.contracts.checks.certificates import Issued, issue
from tests.contracts.checks.clock import now


def certificate(end: datetime) -> bytes:
    issued = trustme.CA().issue_cert("127.0.0.1", not_after=end)
    return x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()).public_bytes(
        Encoding.DER
    )


SAMPLE = certificate(datetime(2027, 5, 6, 7, 8, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    "end",
    [
        datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),  # two digits of the year
        datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2050, 1, 1, tzinfo=UTC),  # four digits from here on
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),  # "no end" (RFC 5280, 4.1.2.5)
    ],
)
def test_the_end_is_read(end: datetime) -> None:
    early = datetime(1990, 1, 1, tzinfo=UTC)
    issued = trustme.CA().issue_cert("127.0.0.1", not_before=early, not_after=end)
    pem = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    assert read(pem.public_bytes(Encoding.DER)).ends_at == end


@given(st.binary(max_size=200))
def test_what_is_no_certificate_is_one_kind_of_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        read(data)


@pytest.mark.filterwarnings("ignore")
@given(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255))
def test_a_broken_certificate_has_an_end_or_is_an_error(at: int, byte: int) -> None:
    try:
        found = read(SAMPLE[:at] + bytes([byte]) + SAMPLE[at + 1 :])
    except ValueError:
        return
    assert found.ends_at - datetime(1950, 1, 1, tzinfo=UTC) >= timedelta()


@given(st.integers(0, len(SAMPLE) - 1))
def test_a_certificate_cut_short_is_an_error(size: int) -> None:
    with pytest.raises(ValueError):
        read(SAMPLE[:size])


def of(issued: Issued) -> Certificate:
    return read(issued.certificate.public_bytes(Encoding.DER))


def test_a_certificate_tells_whose_it_is_and_who_issued_it() -> None:
    root = issue("Example Root", host=None)
    leaf = of(issue("leaf", root, host="shop.example", issuer_url="http://ca.example/root.der"))
    assert (leaf.names, leaf.subject, leaf.issuer) == (("shop.example",), "leaf", "Example Root")
    assert leaf.tells_its_issuer
    assert not leaf.self_issued
    assert of(root).self_issued
    assert not of(root).tells_its_issuer


def test_a_path_is_found_in_any_order_and_without_what_is_not_of_it() -> None:
    root = issue("Example Root", host=None)
    middle = issue("Intermediate", root, host=None)
    leaf, other = of(issue("leaf", middle)), of(issue("leftover", host=None, days=1))
    assert path([leaf, of(root), other, of(middle)]) == [leaf, of(middle), of(root)]
    assert path([leaf, other]) == [leaf]
    assert ends_first([leaf, of(root), other, of(middle)], now()).ends_at == leaf.ends_at


def test_issuers_that_vouch_for_each_other_make_no_endless_path() -> None:
    one = issue("One", host=None)
    two = issue("Two", one, host=None)
    ring = of(issue("One", two, host=None))
    leaf = of(issue("leaf", two))
    assert path([leaf, of(two), ring, ring]) == [leaf, of(two), ring]
