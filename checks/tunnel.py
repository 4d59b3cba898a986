"""The way through an HTTP proxy, for connections of our own: CONNECT (RFC 9110, 9.3.6)."""

import base64
from urllib.parse import unquote, urlsplit

from checks.failures import Failed, Failure
from checks.phases import Where
from checks.starttls import Talk


def proxy_name(proxy: str) -> str:
    """Host and port of a proxy's address: what may be shown of it."""
    parts = urlsplit(proxy)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{_port(proxy)}"


def proxy_where(proxy: str) -> Where:
    """The proxy, as something to connect to."""
    parts = urlsplit(proxy)
    return Where(parts.hostname or "", _port(proxy), tls=parts.scheme.lower() == "https")


def _port(proxy: str) -> int:
    parts = urlsplit(proxy)
    return parts.port or (443 if parts.scheme.lower() == "https" else 80)


async def ask_for_tunnel(talk: Talk, proxy: str, to: Where) -> None:
    """Until the proxy has connected to the other end. Raises Failed and OSError."""
    host = f"[{to.host}]" if ":" in to.host else to.host
    target = f"{host}:{to.port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}", *_authorization(proxy), "", ""]
    await talk.say("\r\n".join(lines).encode(), "answer of the proxy")
    status = (await talk.line()).split()
    while await talk.line():
        pass
    if len(status) < 2 or status[1] != "200":
        said = " ".join(status)[:80]
        raise Failed(Failure("proxy", f"the proxy {proxy_name(proxy)} says {said}", answered=False))


def _authorization(proxy: str) -> list[str]:
    parts = urlsplit(proxy)
    if parts.username is None:
        return []
    secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return [f"Proxy-Authorization: Basic {base64.b64encode(secret.encode()).decode()}"]
