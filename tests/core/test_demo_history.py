"""The demo's year: always the same for a time, importable, over, and with a story in it."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.demo_history import lines
from bot.importing.lines import read
from tests.importing.world import POLICY

MOMENTS = [
    datetime(2026, 11, 27, 20, 0, tzinfo=UTC),
    datetime(2027, 1, 1, 0, 0, 30, 500, tzinfo=UTC),
    datetime(2026, 3, 30, 1, 59, tzinfo=UTC),
    datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
]


def year(now: datetime, kind: str) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in lines(now)]
    return [row for row in rows if row["kind"] == kind]


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_every_line_can_be_imported_and_none_is_of_today(now: datetime) -> None:
    whole = list(lines(now))
    assert whole == list(lines(now))
    policy = POLICY.__class__(
        **{name: getattr(POLICY, name) for name in POLICY.__slots__}
        | {"people": dict.fromkeys(("ana", "mia", "bo", "kai"), POLICY.people["ana"])}
    )
    found = read(io.BytesIO("\n".join(whole).encode()), policy, now)
    assert found.problems == []
    assert len(found.deployments) + len(found.incidents) == len(whole)
    times = [row["resolved_at"] for row in year(now, "incident")]
    times += [page["at"] for row in year(now, "incident") for page in row["pages"]]
    assert max(datetime.fromisoformat(at) for at in times) < now - timedelta(days=1)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_it_tells_how_it_got_better(now: datetime) -> None:
    """Fewer failures, shorter ones, both teams; a long streak; something left to decide."""
    rows = year(now, "incident")
    guilty = [row for row in rows if row["cause"] not in (None, "other")]
    began = [datetime.fromisoformat(row["began_at"]) for row in guilty]
    ends = [*began[1:], now]
    first, last = began[0] + timedelta(days=160), now - timedelta(days=140)
    assert sum(at < first for at in began) > 2 * sum(at > last for at in began)
    assert max(end - at for at, end in zip(began, ends, strict=True)) > timedelta(days=60)
    assert all("development" in row["acknowledged"] for row in rows[-8:])
    assert any("development" not in row["acknowledged"] for row in rows[:8])
    causes = [row["cause"] for row in rows]
    assert causes.count(None) >= 2
    assert causes.count("other") >= 6
    recent = [row for row in rows if datetime.fromisoformat(row["began_at"]) > now - 4 * WEEK]
    assert {row["cause"] and row["cause"] != "other" for row in recent} == {None, True, False}


WEEK = timedelta(weeks=1)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_what_the_demo_ships_next_is_the_version_after(now: datetime) -> None:
    last = {row["service"]: row["version"] for row in year(now, "deployment")}
    assert last == {"checkout": "v1.41", "payments": "v1.20"}
    forward = [row for row in year(now, "deployment") if not row.get("rollback")]
    for service in last:
        versions = [row["version"] for row in forward if row["service"] == service]
        assert versions == sorted(versions, key=_number)


def _number(version: str) -> list[int]:
    return [int(part) for part in version.removeprefix("v").split(".")]
