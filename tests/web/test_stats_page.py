"""`/stats`: a lead's five questions, with what they are counted from, on one page."""

import re
from datetime import date, timedelta

import httpx
import pytest

from bot.core.signal import Level
from bot.core.stats.period import Period, of_days
from bot.web.stats_page import preceding
from tests.stories.world import World
from tests.web.reading import press, words

DAY_SECONDS = timedelta(days=1).total_seconds()


def answered(page: httpx.Response, key: str) -> str:
    """What stands in large below that question."""
    found = re.search(rf'<section id="{key}".*?<p class="value">(.*?)</p>', page.text, re.DOTALL)
    assert found, key
    return found[1]


def all_answers(page: httpx.Response) -> list[str]:
    keys = ("deployments", "failures", "recovery", "streak", "nights")
    return [answered(page, key) for key in keys]


async def test_before_anything_happened_nothing_is_known_and_nothing_is_nought(
    story: World,
) -> None:
    async with story.signed_in("ana") as ana:
        page = await ana.get("/stats?from=2025-01-01&to=2025-02-01")
    assert page.status_code == 200
    assert set(all_answers(page)) == {"Not known yet"}
    assert "Nothing is known of this period." in words(page)


async def test_whose_midnight_a_day_begins_at_is_said_to_those_who_live_elsewhere(
    story: World,
) -> None:
    await story.reloads("ana: {name: Ana,", "ana: {name: Ana, timezone: Pacific/Auckland,")
    async with story.signed_in("ana") as ana, story.signed_in("bo") as bo:
        there = words(await ana.get("/stats?from=2026-11-24&to=2026-11-25"))
        here = words(await bo.get("/stats?from=2026-11-24&to=2026-11-25"))
    assert re.search(r"24 Nov 2026 \(UTC\)", there)
    assert "(UTC)" not in here


async def test_five_answers_after_a_deployment_took_us_down(story: World) -> None:
    await story.deploys("d0", version="v1.41", ago=3000)
    await story.deploys("d1", version="v1.42", ago=6)
    await story.reports(Level.DOWN)
    async with story.signed_in("ana") as ana:
        suspected = await ana.get("/stats")
        assert answered(suspected, "failures") == "0 % to 50 %"
        assert "Small sample" in words(suspected)
        assert "/incidents?cause=undecided&amp;" in suspected.text
        await press(ana, "cause", deployment="deployment:d1")
        assert answered(await ana.get("/stats"), "streak") == "Down now"
        story.clock.forward(600)
        await story.reports(Level.UP)
        await press(ana, "follow-up", team="it", text="A test of vouchers")
    story.clock.forward(3 * DAY_SECONDS)
    async with story.signed_in("ana") as ana:
        page = await ana.get("/stats")
        said = words(page)
        both = "Ana and Bo: 1 night each"
        assert all_answers(page) == ["2.2 a month", "50 %", "16 min", "3 days", both]
        assert "1 of 2 deployments caused downtime, as people decided." in said
        assert "IT, Ana: A test of vouchers Development: no answer yet." in said
        assert "Every team that was asked came in 0 % of 1 incident that asked several." in said
        for other in ("service=payments", "team=payments_team"):
            assert answered(await ana.get(f"/stats?{other}"), "failures") != "50 %"
        one_day = await ana.get("/stats?from=2026-11-24&to=2026-11-25&service=checkout")
        assert "24 Nov 2026, checkout" in words(one_day)
        assert answered(one_day, "failures") == "100 %"


async def test_a_view_that_cannot_be_read_says_so_and_shows_the_usual_one(story: World) -> None:
    async with story.signed_in("ana") as ana:
        for query, wrong in (
            ("period=3", "period: “3” is none of 7, 28, 90, 365"),
            (
                "service=nothing",
                "service: there is no service 'nothing'. Known: checkout, payments",
            ),
            ("team=x", "team: there is no team 'x'. Known: it, development, payments_team"),
            ("from=2026-13-01", "from: '2026-13-01' is not a date"),
            ("from=2027-01-01", "to: it is not after `from`"),
            ("from=0001-01-01", "from: it lies between 1970-01-02 and 2200-01-01"),
            ("from=2026-11-20&to=2026-11-01", "to: has to be later than from"),
        ):
            page = await ana.get(f"/stats?{query}")
            assert page.status_code == 200, query
            assert wrong in words(page)
            assert "28 Oct to 24 Nov 2026" in words(page) or "20 Nov to 24 Nov" in words(page)


async def test_every_chart_is_a_picture_of_ours_with_its_answer_in_words(story: World) -> None:
    async with story.signed_in("ana") as ana:
        page = await ana.get("/stats?period=7")
    pictures = re.findall(r'<img src="(/stats/charts/[^"]+)"[^>]* alt="([^"]+)"', page.text)
    assert len(pictures) == 6
    assert all(alt.endswith("The numbers are in the table below.") for _, alt in pictures)
    async with httpx.AsyncClient(base_url=story.url) as stranger:
        assert (await stranger.get(pictures[0][0])).status_code == 401


@pytest.mark.parametrize(
    ("before", "first", "after"),
    [
        (date(2026, 10, 3), date(2026, 10, 31), date(2026, 11, 28)),  # clocks changed before it
        (date(2026, 8, 31), date(2026, 10, 1), date(2026, 11, 1)),  # and in it
        (date(2026, 2, 23), date(2026, 3, 23), date(2026, 4, 20)),
        (date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26)),  # of 25 hours
    ],
)
def test_the_days_before_begin_at_midnight_whatever_clocks_do(
    before: date, first: date, after: date
) -> None:
    zone = "Europe/London"
    assert preceding(of_days(first, after, zone)) == of_days(before, first, zone)


def test_what_is_not_of_whole_days_is_preceded_by_as_many_seconds() -> None:
    night = of_days(date(2026, 10, 25), date(2026, 10, 26), "Europe/London")
    part = Period(night.start, night.start + timedelta(hours=3), night.zone)
    assert preceding(part) == Period(part.start - timedelta(hours=3), part.start, part.zone)
