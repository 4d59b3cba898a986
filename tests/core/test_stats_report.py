"""What somebody asks to be counted, and how the numbers read."""

from datetime import UTC, datetime

import pytest

from bot.core.policy import Policy, Service, Team
from bot.core.stats.asking import NotAsked, period_of, scope_of
from bot.core.stats.period import Scope
from bot.core.wording.stats_report import number, rate, rates, sections, span, title
from tests.core.stats_world import count, deployed, incident, page, track

BERLIN = "Europe/Berlin"
POLICY = Policy(
    "UTC",
    {},
    {"it": Team("it", "IT", ())},
    {f"s{n}": Service(f"s{n}", (), ()) for n in range(22)},
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_unsaid_it_is_the_last_28_days_with_today_by_the_local_clock() -> None:
    """On 26 October 2026 Berlin's clocks went back the day before."""
    period = period_of(None, None, BERLIN, utc("2026-10-25 23:30"))
    assert (period.start, period.end) == (utc("2026-09-28 22:00"), utc("2026-10-26 23:00"))
    until = period_of(None, utc("2026-10-26 23:00"), BERLIN, utc("2027-01-01"))
    assert until == period


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        ("2026-10-02", "2026-10-01", "to"),
        ("2026-10-01", "2026-10-01", "to"),
        ("1066-10-14", None, "from"),
        (None, "9999-12-31", "to"),
    ],
)
def test_a_period_that_cannot_be_is_refused(
    since: str | None, until: str | None, field: str
) -> None:
    asked = (utc(since) if since else None, utc(until) if until else None)
    with pytest.raises(NotAsked) as refused:
        period_of(*asked, BERLIN, utc("2026-11-01"))
    assert refused.value.field == field


def test_a_scope_is_of_what_is_configured_whatever_its_case() -> None:
    assert scope_of(POLICY, "S7", "IT", " Staging ") == Scope("s7", "it", "Staging")
    assert scope_of(POLICY, "", None, " ") == Scope()
    with pytest.raises(NotAsked, match=r"there is no service 'x'. Known: s0, .* and 2 more"):
        scope_of(POLICY, "x")


READS = [
    (rate(None), "not known yet"),
    (rate(0.0), "0 %"),
    (rate(0.004), "0.4 %"),
    (rate(0.126), "13 %"),
    (rate(1.0), "100 %"),
    (rates(0.05, 0.25), "5.0 % to 25 %"),
    (rates(0.25, 0.25), "25 %"),
    (rates(None, None), "not known yet"),
    (span(None), "not known yet"),
    (span(840.0), "14 min"),
    (number(0.125, 2), "0.12"),
    (number(None), "not known yet"),
]


@pytest.mark.parametrize(("said", "expected"), READS)
def test_numbers_read_as_people_say_them(said: str, expected: str) -> None:
    assert said == expected


def test_the_report_answers_in_the_order_in_which_a_lead_asks() -> None:
    found = count(
        deployed("d0", 1),
        deployed("d1", 20),
        incident(1, 21, 22, by="d1", tracks=(track("it", 21, 21.5), track("development", 21))),
        page("ana", 22.5, 1),
        service="checkout",
    )
    assert title(found) == "checkout, 2026-03-02 to 2026-03-29 (UTC)"
    told = [
        (heading, *(" | ".join(it) for it in lines)) for heading, lines in sections(found, POLICY)
    ]
    text = "\n".join("\n".join(part) for part in told)
    for line in (
        "deployments | 2 | 0.07 a day",
        "deployments that failed | 50 % | 1 confirmed, 0 more suspected",
        "from the deployment | 2 h | median of 1 failed deployment",
        "days since deploy-caused downtime | 27 | ",
        "longest | 27 | 2026-03-02 to 2026-03-30",
        "every team came | 0 % | of 1 incident that paged several",
        "IT | 30 min | median of 1 of 1 incident",
        "ana (IT) | 1 page | 1 at night, 1 night disturbed",
    ):
        assert line in text
    assert told[0][0] == "How often do we deploy?"


def test_what_is_not_known_reads_so() -> None:
    empty = count(deployed("d", 900), hours=(-800, -700))
    lines = [it for _, lines in sections(empty, POLICY) for it in lines]
    assert {much for what, much, _ in lines if what != "of them"} == {"not known yet"}
