"""The end of a certificate, read from its bytes: whatever the bytes are."""

from datetime import UTC, datetime, timedelta

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from checks.certificate import not_after


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
    assert not_after(pem.public_bytes(Encoding.DER)) == end


@given(st.binary(max_size=200))
def test_what_is_no_certificate_is_one_kind_of_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        not_after(data)


@given(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255))
def test_a_broken_certificate_has_an_end_or_is_an_error(at: int, byte: int) -> None:
    try:
        end = not_after(SAMPLE[:at] + bytes([byte]) + SAMPLE[at + 1 :])
    except ValueError:
        return
    assert end - datetime(1950, 1, 1, tzinfo=UTC) >= timedelta()


@given(st.integers(0, len(SAMPLE) - 1))
def test_a_certificate_cut_short_is_an_error(size: int) -> None:
    with pytest.raises(ValueError):
        not_after(SAMPLE[:size])
