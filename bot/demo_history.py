"""A year of history for the demo: made up, the same for the same `now`, and worth reading. Pure.

It is told in lines of `midwatch import`. Releases at night take checkout down every other week, IT
comes alone, late and often. Then both teams own it: they ship by day, in smaller pieces, come
together, and a long quiet follows. Of the last weeks there is one small outage by a deployment, one
by something else, and one of which nobody has said what it was.
"""

import hashlib
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

Json = dict[str, object]
LONDON = ZoneInfo("Europe/London")
SEED = 4
DAYS = 364
LAST_BEFORE = timedelta(days=2, hours=3)
"""The last deployment of each service, so that a new one stands out."""
LAST_VERSION = {"checkout": 41, "payments": 20}
"""Of 1.x; what the demo ships next is the one after."""
CHANGES = (
    ("feat: new voucher page", "bo-dev", "shop/vouchers.py"),
    ("fix: round prices before tax", "kai-dev", "shop/prices.py"),
    ("feat!: one page for address and payment", "bo-dev", "shop/checkout.py"),
    ("chore: index for orders", "kai-dev", "migrations/0042_orders_index.py"),
    ("fix: do not lose the cart after signing in", "bo-dev", "shop/cart.py"),
)
TROUBLES = (
    "HTTP 503, 3 of 3 tries",
    "HTTP 500, 3 of 3 tries",
    "no answer within 1 s, 3 of 3 tries",
)
OTHERS = (
    "The card provider was down",
    "The certificate had expired",
    "A disk was full",
    "A network change in the data centre",
    "A customer's import took every connection",
)


@dataclass(frozen=True, slots=True)
class Era:
    """A stretch of the year, until so many days before now.

    `every_days`: between deployments of checkout; payments takes twice that. `hour`: when they
    ship. `guilty`: which share takes the service down; for `minutes`. `it` and `development`: after
    how many minutes they acknowledge (None: they were not paged). `others`: days between outages
    that come from something else. `lead_hours`: from commit to deployment.
    """

    until_days: int
    every_days: float
    hour: tuple[int, int]
    guilty: float
    minutes: tuple[int, int]
    it: tuple[int, int]
    development: tuple[int, int] | None
    others: float
    lead_hours: tuple[int, int]


ERAS = (
    Era(270, 4.5, (22, 24), 0.42, (55, 150), (9, 24), None, 30, (60, 200)),
    Era(205, 3.5, (18, 22), 0.24, (30, 80), (6, 15), (18, 40), 28, (30, 100)),
    Era(140, 2.0, (11, 16), 0.13, (12, 35), (3, 8), (4, 11), 26, (10, 40)),
    Era(0, 1.0, (10, 16), 0.03, (6, 16), (1, 4), (1, 5), 24, (2, 12)),
)
QUIET_FROM, QUIET_UNTIL = 118, 24
"""Days before now between which no deployment takes anything down: the long streak."""


@dataclass(slots=True)
class _Year:
    """What has been written so far."""

    now: datetime
    chance: random.Random
    lines: list[Json] = field(default_factory=list)
    incidents: int = 0
    owed: float = 0.5

    def between(self, span: tuple[int, int]) -> timedelta:
        return timedelta(seconds=self.chance.randint(span[0] * 60, span[1] * 60))


def lines(now: datetime) -> Iterator[str]:
    """The whole year up to two days before `now`, as lines of an import, oldest first."""
    year = _Year(now.astimezone(UTC).replace(second=0, microsecond=0), random.Random(SEED))  # noqa: S311 - no secret
    for service, pace in (("checkout", 1.0), ("payments", 2.0)):
        _deployments(year, service, pace)
    _others(year)
    _lately(year)
    for line in sorted(year.lines, key=_order):
        yield json.dumps(line)


def _order(line: Json) -> tuple[str, str]:
    return str(line.get("began_at") or line["started_at"]), str(line["id"])


def _deployments(year: _Year, service: str, pace: float) -> None:
    days = _days(year, pace)
    total = len(days)
    for place, ago in enumerate(days):
        era = _era(ago)
        started = _at(year, ago, era.hour)
        last = place == total - 1
        if last:
            started = year.now - LAST_BEFORE
        version = _version(service, total - 1 - place, total)
        guilty = not last and _is_guilty(year, era, ago)
        failed = not (guilty or last) and year.chance.random() < 0.03
        ended = started + timedelta(minutes=3, seconds=year.chance.randint(0, 90))
        year.lines.append(_deployment(year, service, version, started, ended, failed, era))
        if guilty:
            before = _version(service, total - place, total)
            _outage(year, service, era, ended, f"{service}-{version}", before)


def _days(year: _Year, pace: float) -> list[float]:
    """How many days before now each deployment is, the oldest first; weekends are free."""
    found, ago = [], float(DAYS)
    while ago > 3:
        day = (year.now - timedelta(days=ago)).astimezone(LONDON)
        if day.weekday() < 5:
            found.append(ago)
        # A day apart at least, so that the versions of a service follow each other.
        ago -= max(1.0, _era(ago).every_days * pace * year.chance.uniform(0.6, 1.4))
    return [*found, LAST_BEFORE / timedelta(days=1)]


def _era(ago: float) -> Era:
    return next(era for era in ERAS if ago >= era.until_days)


def _is_guilty(year: _Year, era: Era, ago: float) -> bool:
    """Its share of them, evenly: whatever the day, the story is the same."""
    quiet = QUIET_UNTIL <= ago <= QUIET_FROM or ago < 20
    year.owed += 0 if quiet else era.guilty * year.chance.uniform(0.7, 1.3)
    guilty = year.owed >= 1 and not quiet
    year.owed -= guilty
    return guilty


def _at(year: _Year, ago: float, hours: tuple[int, int]) -> datetime:
    """On that day, at such an hour of London's clock."""
    day = (year.now - timedelta(days=ago)).astimezone(LONDON)
    minute = year.chance.randrange(hours[0] * 60, hours[1] * 60)
    whole = day.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    return whole.astimezone(UTC)


def _version(service: str, to_come: int, total: int) -> str:
    """1.0 began a new count; what went before it is 0.x."""
    number = LAST_VERSION[service] - to_come
    return f"v1.{number}" if number >= 0 else f"v0.{total + number}"


def sha(service: str, version: str) -> str:
    """A made-up commit; the same each time."""
    return hashlib.sha256(f"{service} {version}".encode()).hexdigest()[:40]


def _deployment(
    year: _Year,
    service: str,
    version: str,
    started: datetime,
    ended: datetime,
    failed: bool,
    era: Era,
) -> Json:
    message, author, file = CHANGES[len(year.lines) % len(CHANGES)]
    commit = sha(service, version)
    lead = timedelta(hours=year.chance.randint(*era.lead_hours))
    return {
        "kind": "deployment",
        "id": f"{service}-{version}",
        "service": service,
        "environment": "production",
        "version": version,
        "sha": commit,
        "status": "failed" if failed else "succeeded",
        "started_at": started.isoformat(),
        "finished_at": ended.isoformat(),
        "by": "Bo" if author == "bo-dev" else "Kai",
        "commits": [
            {
                "sha": commit,
                "message": message,
                "author": author,
                "at": (started - lead).isoformat(),
                "files": [file],
            }
        ],
    }


def _outage(
    year: _Year, service: str, era: Era, shipped: datetime, deployment: str, before: str
) -> None:
    """The deployment took it down; the version before it brought it back."""
    began = shipped + timedelta(seconds=year.chance.randint(20, 240))
    resolved = began + year.between(era.minutes)
    back = resolved - timedelta(minutes=2)
    year.lines.append(
        {
            "kind": "deployment",
            "id": f"{deployment}-back",
            "service": service,
            "environment": "production",
            "version": before,
            "sha": sha(service, before),
            "status": "succeeded",
            "started_at": back.isoformat(),
            "finished_at": (back + timedelta(minutes=1)).isoformat(),
            "by": "Bo",
            "rollback": True,
        }
    )
    undecided = year.chance.random() < 0.14
    cause = None if undecided else deployment
    _incident(year, service, era, began, resolved, cause, f"rolled back to {before}")


def _others(year: _Year) -> None:
    """What no deployment had to do with."""
    ago = DAYS - 9.0
    while ago > 22:
        era = _era(ago)
        service = year.chance.choice(("checkout", "payments"))
        began = _at(year, ago, (0, 24))
        resolved = began + year.between((9, 70))
        note = OTHERS[year.incidents % len(OTHERS)]
        cause = None if year.chance.random() < 0.15 else "other"
        _incident(year, service, era, began, resolved, cause, note if cause else "")
        ago -= era.others * year.chance.uniform(0.6, 1.4)


def _lately(year: _Year) -> None:
    """The last three weeks are the same in every year: each kind of outage, one at night."""
    era = ERAS[-1]
    took = [line for line in year.lines if line.get("service") == "checkout" and "sha" in line]
    forward = [line for line in took if "rollback" not in line and _age_days(year, line) > 3]
    guilty = [line for line in forward if _age_days(year, line) > 11][-1]
    ended = datetime.fromisoformat(str(guilty["finished_at"]))
    began = ended + timedelta(minutes=2)
    resolved = began + timedelta(minutes=9)
    note = "the cart of guests was empty; rolled forward"
    _incident(year, "checkout", era, began, resolved, str(guilty["id"]), note)
    night = _at(year, 8.0, (3, 4))
    _incident(year, "payments", era, night, night + timedelta(minutes=16), "other", OTHERS[0])
    unsaid = [line for line in forward if _age_days(year, line) < 10] or forward
    after = datetime.fromisoformat(str(unsaid[-1]["finished_at"])) + timedelta(minutes=12)
    _incident(year, "checkout", era, after, after + timedelta(minutes=7), None, "")


def _age_days(year: _Year, line: Json) -> float:
    at = datetime.fromisoformat(str(line["started_at"]))
    return (year.now - at) / timedelta(days=1)


def _incident(
    year: _Year,
    service: str,
    era: Era,
    began: datetime,
    resolved: datetime,
    cause: str | None,
    note: str,
) -> None:
    year.incidents += 1
    triggered = began + timedelta(seconds=year.chance.randint(8, 45))
    came = {"it": (year.chance.choice(("ana", "mia")), _within(year, era.it, triggered, resolved))}
    on_call = ("bo", "kai")[triggered.toordinal() % 2]
    development = era.development
    if development is None and year.chance.random() < 0.4:
        development = (35, 60)  # IT calls them in, late
    if development is not None:
        came["development"] = (on_call, _within(year, development, triggered, resolved))
    said = {
        team: {"at": at.isoformat(), "by": person}
        for team, (person, at) in came.items()
        if at < resolved
    }
    line: Json = {
        "kind": "incident",
        "id": f"demo-{began:%Y%m%d-%H%M}-{service}",
        "service": service,
        "began_at": began.isoformat(),
        "triggered_at": triggered.isoformat(),
        "resolved_at": resolved.isoformat(),
        "title": TROUBLES[year.incidents % len(TROUBLES)],
        "acknowledged": said,
        "cause": cause,
        "pages": list(_pages(triggered, came, era)),
    }
    year.lines.append({**line, "note": note} if cause and note else line)


def _within(year: _Year, span: tuple[int, int], start: datetime, end: datetime) -> datetime:
    return min(start + year.between(span), end + timedelta(minutes=1))


def _pages(triggered: datetime, came: dict[str, tuple[str, datetime]], era: Era) -> Iterator[Json]:
    """A text each, a call after 3 minutes, both to all after 8, until somebody has it."""
    for team, (person, at) in came.items():
        called_in = team == "development" and era.development is None
        begin = triggered + timedelta(minutes=12) if called_in else triggered
        members = ("ana", "mia") if team == "it" else (person,)
        for minutes, channel in ((0, "sms"), (3, "call"), (8, "sms"), (8, "call"), (16, "call")):
            due = begin + timedelta(minutes=minutes)
            if due < at:
                for who in members:
                    sent = due.isoformat()
                    yield {"person": who, "team": team, "channel": channel, "at": sent}
