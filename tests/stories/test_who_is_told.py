"""Who is told: every team of the service, each by itself, until somebody of it comes."""

from pathlib import Path

import pytest

from tests.stories.setting import CONFIG
from tests.stories.world import World, world


async def test_both_teams_are_texted_and_one_thread_opens_that_names_the_deployment(
    story: World,
) -> None:
    await story.deploys(ago=7)
    await story.goes_down()
    assert [len(story.phone(who)) for who in ("ana", "bo", "eve")] == [1, 1, 0]
    assert story.phone("ana") == story.phone("bo")
    text = story.phone("ana")[0]
    assert text.startswith("#1 DOWN checkout 03:12: HTTP 503")
    assert "v1.42 a1b2c3d by Bo, 7 min before" in text
    assert text.endswith("Reply 1 to ack")
    assert len(text) <= 160, "one segment"
    assert len(story.channel()) == 1
    first = story.channel()[0].splitlines()[0]
    assert "#1 checkout is down" in first
    assert "v1.42 a1b2c3d by Bo, 7 min before, suspected" in first


async def test_the_header_shows_a_light_per_team_and_is_edited_in_place(story: World) -> None:
    await story.goes_down()
    assert "🟠 IT: paging Ana (text delivered" in await story.header()
    assert "🟠 Development: paging Bo (text delivered" in await story.header()
    await story.texts("ana", "1")
    assert "🟢 IT: Ana has it" in await story.header()
    assert "🟠 Development: paging Bo" in await story.header()
    await story.texts("bo", "1")
    assert "🟢 Development: Bo has it" in await story.header()
    await story.comes_up()
    assert "checkout is up again" in await story.header()
    assert len(story.channel()) == 1, "everything else is a reply"


async def test_each_team_runs_through_the_escalation_by_itself(story: World) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.passes(minutes=3, step=10)
    assert len(story.phone("ana")) == 2, "her first text and the answer to hers"
    assert story.phone("bo")[-1].startswith(
        "#1 STILL DOWN checkout, 3 min. IT: Ana has it. Development: nobody yet."
    )


async def test_a_later_step_reaches_people_by_slack_too(story: World) -> None:
    await story.goes_down()
    assert story.direct("bo") == []
    await story.passes(minutes=9, step=20)
    assert "STILL DOWN checkout" in story.direct("bo")[0]
    assert len(story.phone("bo")) == 3


async def test_the_last_step_repeats_then_everyone_is_paged_and_the_thread_says_nobody_came(
    story: World,
) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.passes(minutes=19, step=60)  # 3 min, 5 min, twice again after 5 min
    assert not [text for text in await story.replies() if "Nobody" in text]
    assert len(story.direct("bo")) == 3, "once, and repeated twice"
    await story.passes(minutes=6, step=60)
    assert "*Nobody from Development came.*" in (await story.replies())[-1]
    assert await story.tracks() == {"it": "acknowledged by ana", "development": "exhausted"}
    assert "🔴 Development: *nobody came*" in await story.header()
    assert len(story.direct("bo")) == 4
    before = len(story.phone("bo"))
    await story.passes(minutes=20, step=120)
    assert len(story.phone("bo")) == before, "that was the end"


async def test_those_who_have_come_get_one_notice_when_another_team_does_not(
    story: World,
) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.passes(minutes=27, step=60)
    notices = [text for text in story.phone("ana") if "nobody from Development came" in text]
    assert len(notices) == 1


async def test_a_team_that_was_given_up_can_still_come(story: World) -> None:
    await story.goes_down()
    await story.texts("ana", "1")
    await story.passes(minutes=27, step=60)
    await story.texts("bo", "1")
    assert (await story.tracks())["development"] == "acknowledged by bo"
    assert (await story.incident()).state.value == "acknowledged"


async def test_the_teams_of_a_suspected_dependencys_deployment_get_a_track_too(
    story: World,
) -> None:
    await story.deploys("old", ago=60 * 24 * 6)
    await story.deploys("p1", service="payments", version="v7", ago=3, by="Eve")
    await story.goes_down()
    assert (await story.incident()).link.label.value == "suspected"
    assert list(await story.tracks()) == ["it", "development", "payments_team"]
    assert "payments v7" in story.phone("eve")[0]
    assert "Payments: paging Eve" in await story.header()


async def test_nobody_on_duty_means_the_whole_team(tmp_path: Path) -> None:
    config = CONFIG.replace(
        "development: {name: Development, members: [bo]}",
        "development: {name: Development, members: [bo, eve], on_call: {rota: [bo], "
        'every: 1 week, starts: "2026-11-30 09:00"}}',
    )
    async with world(tmp_path, config) as story:
        await story.goes_down()  # the rota begins next week
        assert [len(story.phone(who)) for who in ("bo", "eve")] == [1, 1]


@pytest.mark.parametrize("kim", ["{name: Kim}", "{name: Kim, slack: U0KIM}"])
async def test_a_person_on_call_without_a_phone_means_the_whole_team(
    tmp_path: Path, kim: str
) -> None:
    config = CONFIG.replace(
        "development: {name: Development, members: [bo]}",
        "development: {name: Development, members: [bo, kim], on_call: {rota: [kim], "
        'every: 1 week, starts: "2026-11-23 00:00"}}',
    ).replace("teams:\n  it:", f"  kim: {kim}\nteams:\n  it:")
    async with world(tmp_path, config) as story:
        await story.goes_down()
        assert len(story.phone("bo")) == 1
        assert "Development: paging Bo" in await story.header()


async def test_a_step_may_name_the_next_in_the_rota_or_a_person(tmp_path: Path) -> None:
    config = CONFIG.replace(
        "development: {name: Development, members: [bo]}",
        "development: {name: Development, members: [bo, eve], on_call: {rota: [bo, eve], "
        'every: 1 week, starts: "2026-11-23 00:00"}}',
    ).replace(
        "  - {after: 3m, page: on_call, by: [sms]}\n",
        "  - {after: 3m, page: next, by: [sms]}\n  - {after: 1m, page: ana, by: [slack]}\n",
    )
    async with world(tmp_path, config) as story:
        await story.goes_down()
        assert [len(story.phone(who)) for who in ("bo", "eve")] == [1, 0]
        await story.passes(minutes=3, step=30)
        assert [len(story.phone(who)) for who in ("bo", "eve")] == [1, 1]
        assert story.direct("ana") == []
        await story.passes(minutes=1, step=30)
        assert "STILL DOWN checkout" in story.direct("ana")[0]


async def test_more_first_pages_within_twenty_seconds_go_together_at_their_end(
    tmp_path: Path,
) -> None:
    config = CONFIG.replace("teams: [payments_team]", "teams: [it]").replace(
        "    depends_on: [payments]\n", ""
    )
    async with world(tmp_path, config) as story:
        for service in ("checkout", "payments"):
            story.services[service].break_down()
        await story.passes(seconds=16)
        assert len(story.phone("ana")) == 1, "the first at once"
        await story.passes(seconds=20)
        assert len(story.phone("ana")) == 2
        assert len(story.channel()) == 2
        second = story.phone("ana")[1]
        assert "DOWN payments" in second or "DOWN checkout" in second


async def test_several_first_pages_are_one_text_that_names_them_all(tmp_path: Path) -> None:
    more = "".join(
        f'  s{n}: {{teams: [it], checks: [{{http: "SERVICES/services/payments/health", '
        "name: health, every: 10s}]}\n"
        for n in range(3)
    )
    async with world(tmp_path, CONFIG + more) as story:
        story.services["payments"].break_down()
        await story.passes(seconds=45, step=3)
        assert len(story.phone("ana")) == 2
        second = story.phone("ana")[1]
        assert second.startswith("2 DOWN: #")
        assert second.endswith("Reply a number, or all")
        told = await story.texts("ana", "all")
        assert "yours" in told[0]
        tracks = [await story.tracks(number) for number in await story.open_incidents()]
        of_it = [states["it"] for states in tracks if "it" in states]
        assert of_it == ["acknowledged by ana"] * 3
