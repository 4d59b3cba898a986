"""Forms that people send: read with a limit, and only from a page of ours."""

import secrets
from urllib.parse import parse_qsl

from fastapi import HTTPException
from starlette.requests import Request

from bot.web.limits import FORM_BYTES, ClientDisconnect, TooLarge, read_body
from bot.web.sessions import Session

MOST_FIELDS = 50


async def read_form(request: Request) -> dict[str, str]:
    """The fields (the last of a repeated one), without NUL. Raises HTTPException: 400 or 413."""
    try:
        body = await read_body(request, FORM_BYTES)
        text = body.decode("utf-8")
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="replace"
        )
    except TooLarge:
        raise HTTPException(413, "That is too long.") from None
    except (ClientDisconnect, ValueError):
        raise HTTPException(400, "That was no form.") from None
    return {name: value.replace("\x00", "") for name, value in pairs}


def from_our_page(request: Request) -> None:
    """Refuse what another site made the browser send. Raises HTTPException 403.

    Source: W3C Fetch Metadata. Old browsers do not say; for them the token alone must do.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "This form came from another site.")


def check_token(request: Request, form: dict[str, str], session: Session) -> None:
    """The form must carry the token of this session. Raises HTTPException 403."""
    from_our_page(request)
    given = form.get("csrf", "").encode("utf-8", "replace")
    if not secrets.compare_digest(given, session.csrf.encode()):
        raise HTTPException(403, "This form is out of date. Go back, reload and try again.")
