"""Sign-in: a one-time link, then a cookie that ends.

A link is signed, works once and for ten minutes. Opening it shows a button and changes nothing:
Slack, phones and mail scanners open links to preview them, and would use it up.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from itsdangerous import BadData, Signer, URLSafeSerializer

from bot.ports import Clock, Store

LINK_LASTS = timedelta(minutes=10)
SESSION_LASTS = timedelta(hours=12)
COOKIE = "midwatch_session"


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in. `csrf` must come back with every form; `nonce` is this sign-in's own."""

    person: str
    until: datetime
    csrf: str
    nonce: str


class Sessions:
    """Makes and reads links and cookies; all of them are signed with SECRET_KEY.

    Without one, a key of this process is made up: what it signed is worth nothing after a restart,
    and nothing is ever signed with a key that others could know.
    """

    def __init__(self, secret_key: str, public_url: str, clock: Clock, store: Store) -> None:
        self.public_url, self.clock, self.store = public_url.rstrip("/"), clock, store
        key, how = secret_key or secrets.token_hex(32), {"digest_method": hashlib.sha256}
        self._links = URLSafeSerializer(key, salt="midwatch.sign-in", signer_kwargs=how)
        self._cookies = URLSafeSerializer(key, salt="midwatch.session", signer_kwargs=how)
        self._calendars = Signer(key, salt="midwatch.calendar", digest_method=hashlib.sha256)

    @property
    def secure(self) -> bool:
        """Whether cookies may only travel by https."""
        return self.public_url.startswith("https://")

    def link(self, person: str) -> str:
        """A one-time sign-in link for this person."""
        until = int((self.clock.now() + LINK_LASTS).timestamp())
        token = self._links.dumps([person, until, secrets.token_urlsafe(12)])
        return f"{self.public_url}/login/{token}"

    def read_link(self, token: str) -> str | None:
        """Whose link it is, without using it up. None: forged, or too old."""
        found = self._link(token)
        return found[0] if found else None

    async def use_link(self, token: str) -> str | None:
        """Use it up. None: forged, too old, or used before. Raises StoreUnavailable."""
        found = self._link(token)
        if found is None:
            return None
        person, until, nonce = found
        return person if await self.store.use_once(nonce, until, self.clock.now()) else None

    def calendar_link(self, person: str) -> str:
        """The address of a person's calendar. It works until SECRET_KEY is another one."""
        key = self._calendars.get_signature(person).decode()
        return f"{self.public_url}/calendar/{quote(person)}.ics?key={key}"

    def opens_calendar(self, person: str, key: str) -> bool:
        """Whether that is the key of this person's calendar."""
        return hmac.compare_digest(self._calendars.get_signature(person), key.encode())

    def cookie(self, person: str) -> str:
        """The value of a fresh session's cookie."""
        until = int((self.clock.now() + SESSION_LASTS).timestamp())
        return str(self._cookies.dumps([person, until, secrets.token_urlsafe(12)]))

    def read_cookie(self, value: str | None) -> Session | None:
        """The session, or None: none, forged, or ended."""
        parts = self._load(self._cookies, value or "")
        if parts is None:
            return None
        person, until, nonce = parts
        csrf = hashlib.sha256(f"csrf:{value}:{nonce}".encode()).hexdigest()
        return Session(person, until, csrf, nonce)

    async def lasts(self, session: Session) -> bool:
        """Whether it was not signed out meanwhile, here or elsewhere. Raises StoreUnavailable."""
        return not await self.store.used(f"session:{session.nonce}")

    async def end(self, session: Session) -> None:
        """Signed out: whoever has a copy of the cookie is out, too. Raises StoreUnavailable."""
        await self.store.use_once(f"session:{session.nonce}", session.until, self.clock.now())

    def _link(self, token: str) -> tuple[str, datetime, str] | None:
        return self._load(self._links, token)

    def _load(self, serializer: URLSafeSerializer, value: str) -> tuple[str, datetime, str] | None:
        try:
            person, until, nonce = serializer.loads(value)
            ends = datetime.fromtimestamp(int(until), tz=self.clock.now().tzinfo)
        except (BadData, ValueError, TypeError, OverflowError, OSError):
            return None
        if ends <= self.clock.now():
            return None
        return str(person), ends, str(nonce)
