"""Options of an http check: what is read, and what is refused with the way to write it."""

import json
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from pydantic import ValidationError

from checks.http import HttpOptions
from tests.contracts.checks.certificates import issue

URL = "https://shop.example.com/health"


def read(**values: Any) -> HttpOptions:
    """As the configuration reads them."""
    return HttpOptions.model_validate_json(json.dumps({"http": URL, **values}))


def test_nothing_but_an_address_is_needed() -> None:
    made = read()
    assert (made.method, made.follow, made.max_body, made.verify) == ("GET", 5, 1024 * 1024, True)
    assert made.expect.status == ((200, 299),)
    assert (made.http2, made.ip, made.proxy, made.headers) == (False, None, None, {})


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1",
        "https://shop.example.com:8443/health?deep=1",
        "http://[::1]:8000/",
        "HTTPS://SHOP.example.com/",
        "https://bücher.example/",
    ],
)
def test_addresses_that_can_be_asked(url: str) -> None:
    assert read(http=url).target == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example.com",
        "//shop.example.com/",
        "ftp://shop.example.com/",
        "file:///etc/passwd",
        "http://",
        "http:///health",
        "https://:443/",
        "http://shop.example.com:99999/",
        "http://shop.example.com:0/",
        "http://shop.example.com:http/",
        "http://[::1/",
        "http://sh op.example.com/",
        "http://shop.example.com/\r\nX: y",
        "http://shop.example.com/\x00",
        "http://user:hush@shop.example.com/",
        "http://user@shop.example.com/",
        "http://shop.example.com/" + "a" * 3000,
    ],
)
def test_addresses_that_cannot_be_asked(url: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read(http=url)
    assert [error["loc"] for error in refused.value.errors()] == [("http",)]
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "ranges"),
    [
        (200, ((200, 200),)),
        ("204", ((204, 204),)),
        ("200-299", ((200, 299),)),
        ("2xx", ((200, 299),)),
        (["200-299", 401, "5XX"], ((200, 299), (401, 401), (500, 599))),
        ([" 200 - 204 "], ((200, 204),)),
    ],
)
def test_statuses(written: object, ranges: object) -> None:
    assert read(expect={"status": written}).expect.status == ranges


@pytest.mark.parametrize(
    "written", [[], "", "ok", 20, 99, 1000, "299-200", "2xx-3xx", "0xx", True, None, 200.5, {}]
)
def test_what_is_no_status(written: object) -> None:
    with pytest.raises(ValidationError, match=r"write (it|them) like|from 100 to 999"):
        read(expect={"status": written})


@pytest.mark.parametrize(
    ("written", "size"), [(1, 1), (65536, 65536), ("512KiB", 524288), ("1 MiB", 1048576)]
)
def test_sizes(written: object, size: int) -> None:
    assert read(max_body=written).max_body == size


@pytest.mark.parametrize("written", [0, -1, "0", "1 GiB", "big", True, 1.5, "65MiB", 10**12, None])
def test_what_is_no_size(written: object) -> None:
    with pytest.raises(ValidationError, match=r"write it like 1048576|between 1 byte and 64 MiB"):
        read(max_body=written)


@pytest.mark.parametrize("pattern", ["ok", "(?i)up", r"v\d+\.\d+", "^[a-z]{1,20}$", "é+"])
def test_patterns(pattern: str) -> None:
    assert read(expect={"pattern": pattern}).expect.pattern == pattern


@pytest.mark.parametrize(
    "pattern", ["", "(", "[a", "a{5000}", "(?=x)", r"(a)\1", "*", "(?P<n", r"\pL{1000}", "x" * 2000]
)
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        read(expect={"pattern": pattern})


@pytest.mark.parametrize(
    "more",
    [
        {"method": "CONNECT"},
        {"method": "GE T"},
        {"method": ""},
        {"headers": {"a b": "c"}},
        {"headers": {"": "c"}},
        {"headers": {"X": "a\r\nY: b"}},
        {"headers": {"X": "a\x00"}},
        {"headers": {"X": "é"}},
        {"headers": {"X": ["a"]}},
        {"headers": {"X": None}},
        {"headers": {"Content-Length": "5"}},
        {"headers": {"transfer-encoding": "chunked"}},
        {"headers": "X: y"},
        {"body": 5},
        {"body": "x" * 2_000_000},
        {"follow": -1},
        {"follow": 21},
        {"follow": "many"},
        {"http2": "perhaps"},
        {"ip": 5},
        {"ip": "four"},
        {"ca": "/nowhere/ca.pem"},
        {"ca": "/etc/hostname"},
        {"ca": "/"},
        {"cert": "/nowhere/client.pem"},
        {"verify": "sometimes"},
        {"proxy": "socks5://proxy:1080"},
        {"proxy": "proxy:3128"},
        {"expect": {"within": "0s"}},
        {"expect": {"within": 2}},
        {"expect": {"certificate": "-1d"}},
        {"expect": {"certificate": 14}},
        {"expect": {"json": ["status"]}},
        {"expect": {"body": ""}},
        {"expect": {"bodi": "ok"}},
        {"expect": "ok"},
    ],
    ids=str,
)
def test_values_that_cannot_be_are_refused_by_name(more: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as refused:
        read(**more)
    where = refused.value.errors()[0]["loc"]
    name = next(iter(more))
    assert where[0] == name
    if isinstance(more[name], dict) and name == "expect":
        assert where[1] == next(iter(more[name]))


def test_the_files_of_a_private_ca_are_read_when_the_configuration_is(tmp_path: Path) -> None:
    authority = trustme.CA()
    ca, cert, broken = (tmp_path / name for name in ("ca.pem", "cert.pem", "broken.pem"))
    authority.cert_pem.write_to_path(str(ca))
    authority.issue_cert("midwatch").private_key_and_cert_chain_pem.write_to_path(str(cert))
    broken.write_bytes(cert.read_bytes()[:600])
    made = read(ca=str(ca), cert=str(cert))
    assert (made.ca, made.cert) == (ca, cert)
    for wrong in ({"ca": str(broken)}, {"cert": str(broken)}):
        with pytest.raises(ValidationError, match="not a readable PEM file"):
            read(**wrong)


def test_a_client_certificate_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    ours = issue("midwatch")
    secret = ours.key.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"geheim")
    ).decode()
    key = ours.files().decode().partition("-----BEGIN CERTIFICATE")[0]
    path = tmp_path / "client.pem"
    for text, why in (
        (ours.pem + secret, "the key has a password, which Midwatch could not enter"),
        (ours.pem, "no key in the file"),
        (key, "no certificate in the file"),
        (issue("other").pem + key, "the key in the file is not that of the first certificate"),
    ):
        path.write_text(text)
        with pytest.raises(ValidationError, match=why):
            read(cert=str(path))
    with pytest.raises(ValidationError, match="there is no such file"):
        read(cert="/nowhere/client.pem")
