"""How much of a request is read before it is refused."""

from starlette.requests import ClientDisconnect, Request

HOOK_BYTES = 1024 * 1024
"""The largest body of a deployment or alert hook: 1 MiB."""
FORM_BYTES = 64 * 1024
"""The largest form that Twilio sends has a few kilobytes."""


class TooLarge(Exception):
    """The body has more bytes than allowed."""


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body, counted while it streams in, so that no length need be believed.

    Raises TooLarge as soon as the limit is passed (or announced), starlette's ClientDisconnect
    when the sender went away.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 12 or int(announced) > limit_bytes):
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit_bytes:
            raise TooLarge
    return bytes(body)


__all__ = ["FORM_BYTES", "HOOK_BYTES", "ClientDisconnect", "TooLarge", "read_body"]
