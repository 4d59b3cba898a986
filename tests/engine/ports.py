"""What stands outside: a clock that tests own, and a channel and a chat that record.

A script says what comes of each call: an error is raised, anything else is what the other side
answers. A call is recorded before its script speaks, as a provider may act and then fail.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.core.release import Release
from bot.ports import IncidentView, MessageGone, Picture, Posted, Receipt, Sent

NOW = datetime(2026, 3, 1, 3, 12, tzinfo=UTC)


class FakeClock:
    """`bot.ports.Clock`. The two clocks may be moved apart, as an operator's hand does."""

    def __init__(self) -> None:
        self.at, self.since_start = NOW, 1000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.since_start

    async def sleep(self, seconds: float) -> None:
        self.forward(seconds)
        await asyncio.sleep(0)

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.since_start += seconds

    def set_wall_clock_back(self, seconds: float) -> None:
        self.at -= timedelta(seconds=seconds)


@dataclass(frozen=True)
class Call:
    """One text that was handed over."""

    key: str
    person: str
    text: str


@dataclass
class RecordingChannel:
    """`bot.ports.Channel`. `script` and `asking` are used up from the front, then all goes well."""

    name: str = "sms"
    gives_receipts: bool = True
    can_find: bool = True
    script: list[Exception | None] = field(default_factory=list)
    asking: list[Exception | None] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    there: list[Call] = field(default_factory=list)
    asked: int = 0
    meanwhile: Callable[[], Awaitable[None]] | None = None
    """Happens after the provider has it and before we hear so."""

    async def send(self, key: str, person: str, text: str) -> Sent:
        call = Call(key, person, text)
        self.calls.append(call)
        error = self.script.pop(0) if self.script else None
        if error is None or getattr(error, "may_have_happened", False):
            self.there.append(call)
        if self.meanwhile is not None:
            await self.meanwhile()
        if error is not None:
            raise error
        return Sent(f"SM{len(self.there)}")

    async def find(self, key: str, person: str, text: str, since: datetime) -> Sent | None:
        self.asked += 1
        if self.asking and (error := self.asking.pop(0)) is not None:
            raise error
        for number, call in enumerate(self.there, start=1):
            if (call.person, call.text) == (person, text):
                return Sent(f"SM{number}")
        return None

    async def ask(self, provider_id: str) -> Receipt | None:
        self.asked += 1
        if self.asking and (error := self.asking.pop(0)) is not None:
            raise error
        return self.receipts.get(provider_id)


@dataclass
class RecordingChat:
    """`bot.ports.Chat`: every message with its key, in the order of posting."""

    script: list[Exception | None] = field(default_factory=list)
    asking: list[Exception | None] = field(default_factory=list)
    gone: set[Posted] = field(default_factory=set)
    posted: list[tuple[str, str]] = field(default_factory=list)
    edits: list[Posted] = field(default_factory=list)
    support: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    async def open_thread(self, key: str, view: IncidentView, now: datetime) -> Posted:
        return self._post(key, f"thread of {view.incident.number}")

    async def edit_thread(self, where: Posted, view: IncidentView, now: datetime) -> None:
        self._speak()
        if where in self.gone:
            raise MessageGone
        self.edits.append(where)

    async def open_card(self, key: str, release: Release, now: datetime) -> Posted:
        return self._post(key, f"card of {release.id}")

    async def edit_card(self, where: Posted, release: Release, now: datetime) -> None:
        self._speak()
        if where in self.gone:
            raise MessageGone
        self.edits.append(where)

    async def reply(self, key: str, where: Posted, text: str) -> Posted:
        return self._post(key, text)

    async def post(self, key: str, name: str, text: str) -> Posted:
        if name == "support" and key.startswith(
            "post:"
        ):  # the rules' own posts: support hears of an outage
            self.support.append(text)
            return Posted("C2", f"{len(self.support)}.0")
        return self._post(key, text)

    async def publish(
        self, key: str, name: str, lines: Sequence[str], thread: Posted | None = None
    ) -> Posted:
        return self._post(key, "\n".join(lines))

    async def revise(self, key: str, where: Posted, lines: Sequence[str]) -> None:
        self._speak()
        if where in self.gone:
            raise MessageGone
        self.edits.append(where)

    async def answer(self, text: str, response_url: str | None, slack: str | None) -> None:
        self._speak()
        self.answers.append(text)

    async def share(self, picture: Picture, name: str, slack: str | None) -> str:
        self._speak()
        self.pictures.append(picture)
        return f"F{len(self.pictures)}"

    async def shared(
        self, file_name: str, name: str, slack: str | None, since: datetime
    ) -> str | None:
        names = [picture.name for picture in self.pictures]
        return f"F{names.index(file_name) + 1}" if file_name in names else None

    async def find(self, key: str, name: str, since: datetime, thread: str | None) -> Posted | None:
        if self.asking and (error := self.asking.pop(0)) is not None:
            raise error
        for number, (known, _text) in enumerate(self.posted, start=1):
            if known == key:
                return Posted("C1", f"{number}.0")
        return None

    def _post(self, key: str, text: str) -> Posted:
        error = self.script[0] if self.script else None
        if error is None or getattr(error, "may_have_happened", False):
            self.posted.append((key, text))
        self._speak()
        return Posted("C1", f"{len(self.posted)}.0")

    def _speak(self) -> None:
        if self.script and (error := self.script.pop(0)) is not None:
            raise error
