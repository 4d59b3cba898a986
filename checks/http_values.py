"""Values of an http check's options: read strictly, refused with the way to write them."""

import re
import ssl
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import re2  # type: ignore[import-untyped]
from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema
from pyreqwest.http import Url as ParsedUrl

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
"""A header's name or a method (RFC 9110, 5.6.2)."""
_ODD = re.compile(r"[\x00-\x20\x7f]")
_NOT_IN_HEADERS = re.compile(r"[^\t\x20-\x7e]")
_SIZE = re.compile(r"\s*(\d{1,12})\s*(b|kb|kib|mb|mib)?\s*", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "kb": 1000, "kib": 1024, "mb": 1_000_000, "mib": 1024 * 1024}
_STATUS = re.compile(r"\s*(?:(\d{3})\s*(?:-\s*(\d{3})\s*)?|([1-9])xx\s*)", re.IGNORECASE)
_FRAMING = {"content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"}
LARGEST_BODY = 64 * 1024 * 1024
LARGEST_PEM = 4 * 1024 * 1024
NOT_THERE = (
    "there is no such file: it is looked for on Midwatch's machine, from the folder it runs in"
)
LONGEST_URL = 2048
LONGEST_PATTERN = 1000
PATTERN_STEPS = 1000
"""RE2's worst case is text times steps: this many take about 3 s for a MiB, in a thread."""

StatusRange = tuple[int, int]


def url(text: str, schemes: tuple[str, ...] = ("http", "https")) -> str:
    """An absolute address, whole and without blanks. Raises ValueError that says how to write it.

    The error never shows the address: it may hold a password.
    """
    wanted = " or ".join(f"{scheme}://" for scheme in schemes)
    if len(text) > LONGEST_URL:
        raise ValueError(f"longer than {LONGEST_URL} characters")
    if _ODD.search(text):
        raise ValueError("a blank or a control character in the address")
    if "://" not in text or urlsplit(text).scheme.lower() not in schemes:
        raise ValueError(f"not a whole address: write it with {wanted} in front")
    if not urlsplit(text).hostname:
        raise ValueError("an address without a host")
    parsed = ParsedUrl(text)  # ValueError: what is asked later must not fail then
    if parsed.port == 0:
        raise ValueError("port 0 cannot be asked")
    return text


def target_url(text: str) -> str:
    """The address that is asked: as `url`, and without a password, because it is shown."""
    if "@" in urlsplit(url(text)).netloc:
        raise ValueError("no user or password in the address: use headers: {Authorization: …}")
    return text


def proxy_url(text: str) -> str:
    """The address of a proxy; its user and password may stand in it."""
    return url(text)


def method(text: str) -> str:
    """GET, HEAD, POST, … in capitals. CONNECT is for proxies and never gets an answer."""
    if not _TOKEN.fullmatch(text) or text.upper() == "CONNECT":
        raise ValueError("not a method: write it like GET, HEAD or POST")
    return text.upper()


def headers(value: Any) -> Any:
    """Names and values that may be sent; numbers count as text."""
    if not isinstance(value, Mapping):
        raise ValueError("headers are written like {Accept: application/json}")  # noqa: TRY004
    return {str(name): _header(str(name), text) for name, text in value.items()}


def _header(name: str, value: Any) -> str:
    if not _TOKEN.fullmatch(name):
        raise ValueError("not the name of a header: letters, digits and dashes")
    if name.lower() in _FRAMING:
        raise ValueError(f"{name} is set by Midwatch itself")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"the value of {name} is not text: put it in quotes")  # noqa: TRY004
    if _NOT_IN_HEADERS.search(str(value)):
        raise ValueError(f"{name} must be plain ASCII on one line")
    return str(value)


def size(value: Any) -> int:
    """A number of bytes: `1048576`, `512KiB`, `1MiB`, `2MB`. At most 64 MiB."""
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    elif match:
        number = int(match[1]) * _UNITS[(match[2] or "").lower()]
    else:
        raise ValueError("not a size: write it like 1048576, 512KiB or 1MiB")
    if not 1 <= number <= LARGEST_BODY:
        raise ValueError("must be between 1 byte and 64 MiB")
    return number


def size_words(number: int) -> str:
    """A number of bytes for people: `64 KiB`, `1 MiB`, `1000 bytes`."""
    for unit, name in ((1024 * 1024, "MiB"), (1024, "KiB")):
        if number >= unit and number % unit == 0:
            return f"{number // unit} {name}"
    return f"{number} bytes"


def statuses(value: Any) -> tuple[StatusRange, ...]:
    """`[200-299, 301]`, `[200]` or one of them alone, as ranges that include both ends."""
    items = value if isinstance(value, list | tuple) else [value]
    if not items:
        raise ValueError("no status is expected: write them like [200-299, 401]")
    return tuple(_status(item) for item in items)


def _status(value: Any) -> StatusRange:
    if isinstance(value, tuple) and len(value) == 2:
        value = f"{value[0]}-{value[1]}"
    match = _STATUS.fullmatch(str(value)) if isinstance(value, int | str) else None
    if match is None:
        raise ValueError("not a status: write it like 200, 200-299 or 2xx")
    if match[3]:
        return int(match[3]) * 100, int(match[3]) * 100 + 99
    low, high = int(match[1]), int(match[2] or match[1])
    if not 100 <= low <= high <= 999:
        raise ValueError("not a range of statuses: from 100 to 999, the smaller first")
    return low, high


def _written(ranges: tuple[StatusRange, ...]) -> list[str]:
    return [str(low) if low == high else f"{low}-{high}" for low, high in ranges]


def pattern(text: str) -> str:
    """A regular expression that RE2 takes. Raises ValueError with RE2's own words."""
    if not 1 <= len(text) <= LONGEST_PATTERN:
        raise ValueError(f"a pattern has 1 to {LONGEST_PATTERN} characters")
    try:
        compiled(text)
    except re2.error as error:
        why = error.args[0] if error.args else ""
        words = why.decode(errors="replace") if isinstance(why, bytes) else str(why)
        raise ValueError(
            f"not a pattern: {words} (look-around and back-references are not available)"
        ) from None
    if compiled(text).programsize > PATTERN_STEPS:
        raise ValueError("the pattern is too large: fewer or smaller repetitions")
    return text


@lru_cache(maxsize=10_000)
def compiled(text: str) -> Any:
    """The pattern as RE2 has it: its time grows with the text only, never beyond all bounds."""
    options = re2.Options()
    options.log_errors = False
    return re2.compile(text, options)


def ca_file(path: Path) -> Path:
    """A PEM file with CA certificates; read now, so that a wrong one is found before it matters."""
    try:
        text = _regular(path).read_text()
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except FileNotFoundError:
        raise ValueError(NOT_THERE) from None
    except (OSError, ValueError):
        raise ValueError("not a readable PEM file with certificates") from None
    return path


def _regular(path: Path) -> Path:
    """Raises OSError for what reading would never end of: a pipe, a device, a huge file."""
    if path.exists() and (not path.is_file() or path.stat().st_size > LARGEST_PEM):
        raise OSError
    return path


def cert_file(path: Path) -> Path:
    """A PEM file with our certificate and its key; read now, as `ca_file`."""
    try:
        text = _regular(path).read_bytes()
        # The empty password keeps OpenSSL from asking for one at the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(path, password="")
    except FileNotFoundError:
        raise ValueError(NOT_THERE) from None
    except ssl.SSLError as error:
        raise ValueError(_why_not_ours(text, error.reason or "")) from None
    except (OSError, ValueError):
        raise ValueError("not a readable file") from None
    return path


_NOT_ITS_KEY = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")


def _why_not_ours(text: bytes, reason: str) -> str:
    """Why OpenSSL does not take a file as certificate and key."""
    if b"ENCRYPTED" in text:
        return (
            "the key has a password, which Midwatch could not enter: write it without one"
            " (openssl pkey -in KEY -out KEY), readable only to Midwatch"
        )
    for marker, what in ((b"BEGIN CERTIFICATE", "certificate"), (b"PRIVATE KEY-----", "key")):
        if marker not in text:
            return f"no {what} in the file: a PEM file with the certificate and its key"
    if reason in _NOT_ITS_KEY:
        return "the key in the file is not that of the first certificate in it"
    why = f" ({reason.replace('_', ' ').lower()})" if reason else ""
    return f"not a readable PEM file with a certificate and its key{why}"


Url = Annotated[str, AfterValidator(target_url)]
Proxy = Annotated[str, AfterValidator(proxy_url)]
CaFile = Annotated[Path, AfterValidator(ca_file)]
CertFile = Annotated[Path, AfterValidator(cert_file)]
Method = Annotated[str, AfterValidator(method)]
Headers = Annotated[dict[str, str], BeforeValidator(headers)]
Size = Annotated[
    int, BeforeValidator(size), WithJsonSchema({"type": ["integer", "string"], "minimum": 1})
]
Pattern = Annotated[str, AfterValidator(pattern)]
Statuses = Annotated[
    tuple[StatusRange, ...],
    BeforeValidator(statuses),
    PlainSerializer(_written, return_type=list[str]),
    WithJsonSchema(
        {
            "type": ["integer", "string", "array"],
            "items": {"type": ["integer", "string"]},
            "minItems": 1,
        }
    ),
]
