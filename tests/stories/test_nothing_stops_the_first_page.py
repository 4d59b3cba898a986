"""Nothing stops the first page: the database is away, and people are paged from memory."""

import json
from pathlib import Path

import httpx

from tests.stories.setting import CONFIG
from tests.stories.world import World, world

WORDS = "Midwatch's database down: replies not recorded."


async def test_after_fifteen_seconds_the_on_call_of_every_team_is_paged_from_memory(
    story: World,
) -> None:
    await story.loses_its_database()
    await story.goes_down()
    assert story.phone("ana") == [], "the transaction gets its fifteen seconds"
    await story.passes(seconds=20)
    for who in ("ana", "bo"):
        assert len(story.phone(who)) == 1
        assert story.phone(who)[0].startswith("DOWN checkout 03:12: HTTP 503")
        assert WORDS in story.phone(who)[0]
    assert story.phone("eve") == []
    await story.passes(seconds=60, step=5)
    assert len(story.phone("ana")) == 1, "once for one outage"


async def test_the_transaction_gets_its_fifteen_seconds_and_not_one_more(story: World) -> None:
    await story.loses_its_database()
    story.services["checkout"].break_down(503)
    while not story.midwatch.engine.outages:
        await story.passes(seconds=1)
    await story.passes(seconds=14)
    assert story.phone("ana") == []
    await story.passes(seconds=1)
    assert len(story.phone("ana")) == 1


async def test_every_outage_is_paged_from_memory_not_only_the_first(story: World) -> None:
    await story.loses_its_database()
    await story.goes_down("checkout")
    await story.goes_down("payments")
    await story.passes(seconds=20)
    assert story.phone("ana")[0].startswith("DOWN checkout")
    assert story.phone("eve")[0].startswith("DOWN payments")


async def test_each_send_is_noted_in_a_local_journal(story: World) -> None:
    await story.loses_its_database()
    await story.goes_down()
    await story.passes(seconds=20)
    lines = story.midwatch.memory.journal.path.read_text().splitlines()
    noted = [json.loads(line) for line in lines if line]
    sent = [(line["service"], line["person"], line["channel"]) for line in noted]
    assert sorted(set(sent)) == [("checkout", "ana", "sms"), ("checkout", "bo", "sms")]
    assert sorted(line["outcome"] for line in noted) == ["sent", "sent", "trying", "trying"]
    assert "+1500" not in "".join(lines), "no phone numbers"


async def test_the_journal_is_settled_when_the_database_is_back(story: World) -> None:
    await story.loses_its_database()
    await story.goes_down()
    await story.passes(seconds=20)
    await story.gets_its_database_back()
    await story.passes(seconds=30, step=3)
    assert await story.open_incidents() == [1], "decided as always"
    assert story.phone("ana")[1].startswith("#1 DOWN checkout 03:12"), "two are better than none"
    said = [text for text in await story.replies() if "from memory" in text]
    assert said == [
        "While the database was down, people were paged for checkout from memory at 03:12: "
        "Ana and Bo by text; replies were not recorded."
    ]
    assert not story.midwatch.memory.journal.path.exists()
    assert "paged_from_memory" in await story.audited()


async def test_the_outage_began_when_it_began_although_it_was_recorded_later(
    story: World,
) -> None:
    await story.loses_its_database()
    down = story.clock.now()
    await story.goes_down()
    await story.passes(minutes=5, step=10)
    await story.gets_its_database_back()
    await story.passes(seconds=10)
    incident = await story.incident()
    assert (incident.began_at - down).total_seconds() <= 12
    assert (incident.triggered_at - down).total_seconds() > 300


async def test_a_database_that_is_back_in_time_pages_as_always(story: World) -> None:
    await story.loses_its_database()
    await story.goes_down()
    await story.gets_its_database_back()
    await story.passes(seconds=40, step=5)
    assert [text[:18] for text in story.phone("ana")] == ["#1 DOWN checkout 0"]
    assert not story.midwatch.memory.journal.path.exists()


async def test_the_journal_of_a_process_that_died_is_settled_by_the_next(story: World) -> None:
    await story.loses_its_database()
    await story.goes_down()
    await story.passes(seconds=20)
    await story.stops()
    await story.gets_its_database_back()
    await story.starts()
    await story.passes(seconds=30, step=3)
    assert await story.open_incidents() == [1]
    assert any("from memory at 03:12: Ana and Bo by text" in text for text in story.channel())


async def test_from_memory_whoever_cannot_be_texted_gets_another_channel(story: World) -> None:
    story.sandbox.twilio.set_phone("Bo", landline=True)
    await story.loses_its_database()
    await story.goes_down()
    await story.passes(seconds=20)
    assert WORDS in story.direct("bo")[0]


async def test_a_heartbeat_that_cannot_be_looked_up_does_not_stop_the_probing(
    tmp_path: Path,
) -> None:
    config = CONFIG + "  backup: {teams: [it], checks: [{heartbeat: nightly, period: 1 day}]}\n"
    async with world(tmp_path, config) as story:
        await story.loses_its_database()
        await story.goes_down()
        await story.passes(seconds=20)
        assert story.phone("ana")[0].startswith("DOWN checkout")
        assert len(story.phone("ana")) == 1, "its own state is unknown, not down"


async def test_without_a_database_a_webhook_is_answered_503_and_not_lost_silently(
    story: World,
) -> None:
    await story.loses_its_database()
    assert (await story.deploys()).status_code == 503
    texted = await story.sandbox.twilio.text("Ana", "1")
    assert texted.status == 503
    await story.gets_its_database_back()
    assert (await story.deploys()).status_code in (200, 201, 202)


async def test_without_a_database_a_click_is_answered_that_it_was_not_recorded(
    story: World,
) -> None:
    await story.goes_down()
    ts = await story.thread_ts()
    await story.loses_its_database()
    await story.sandbox.slack.click("U0ANA", ts, "I have it")
    journal = story.sandbox.journal
    await journal.until(lambda: bool(story.sandbox.slack.ephemerals("U0ANA", "#incidents")))
    told = story.sandbox.slack.ephemerals("U0ANA", "#incidents")[-1].text
    assert told.startswith("Nothing was recorded: Midwatch's database does not answer.")
    await story.gets_its_database_back()
    assert (await story.tracks())["it"] == "paging"


async def test_the_health_page_says_that_the_database_is_away(story: World) -> None:
    await story.loses_its_database()
    readiness = await story.midwatch.health.readiness()
    assert "database" in readiness.problems
    await story.gets_its_database_back()
    assert (await story.midwatch.health.readiness()).ready


async def test_an_acknowledgement_works_on_the_web_page_while_slack_and_twilio_are_away(
    story: World,
) -> None:
    await story.goes_down()
    story.sandbox.slack.faults.set("down")
    story.sandbox.twilio.faults.set("down")
    async with story.signed_in("ana") as browser:
        page = (await browser.get("/incidents/1")).text
        token = page.split('name="csrf" value="')[1].split('"')[0]
        await browser.post("/incidents/1/acknowledge", data={"csrf": token})
    assert (await story.tracks())["it"] == "acknowledged by ana"


async def test_who_could_not_be_reached_from_memory_is_named_when_it_is_settled(
    story: World,
) -> None:
    story.sandbox.twilio.set_phone("Bo", landline=True)
    story.sandbox.slack.faults.set("down")
    await story.loses_its_database()
    await story.goes_down()
    await story.passes(seconds=20)
    story.sandbox.slack.faults.clear()
    await story.gets_its_database_back()
    await story.passes(minutes=2, step=5)
    (said,) = [text for text in await story.replies() if "from memory" in text]
    assert said.startswith(
        "While the database was down, people were paged for checkout from memory"
    )
    assert "Ana by text" in said
    assert said.endswith("Not reached: Bo.")


async def test_while_slack_is_down_texts_carry_the_facts_and_web_brings_everything_else(
    story: World,
) -> None:
    await story.deploys(ago=7)
    story.sandbox.slack.faults.set("down")
    await story.goes_down()
    assert "v1.42 a1b2c3d by Bo, 7 min before" in story.phone("bo")[0]
    link = (await story.texts("bo", "web"))[-1].split()[-1]
    async with httpx.AsyncClient(trust_env=False) as browser:
        await browser.post(link)
        page = (await browser.get(f"{story.url}/incidents/1")).text
        form = {"csrf": page.split('name="csrf" value="')[1].split('"')[0]}
        await browser.post(f"{story.url}/incidents/1/acknowledge", data=form)
        cause = form | {"deployment": "other", "note": "the disk"}
        await browser.post(f"{story.url}/incidents/1/cause", data=cause)
        assert (await story.tracks())["development"] == "acknowledged by bo"
        refused = await browser.post(f"{story.url}/incidents/1/resolve", data=form)
        assert refused.status_code in (200, 303, 409)
        assert await story.open_incidents() == [1], "it is still down"
    assert (await story.api())["cause"] == {"kind": "other", "note": "the disk"}


async def test_a_restart_while_the_database_is_away_stops_no_first_page(story: World) -> None:
    await story.loses_its_database()
    await story.stops()
    await story.starts_without_a_database()
    await story.goes_down()
    await story.passes(seconds=30)
    assert WORDS in story.phone("ana")[0]
    await story.gets_its_database_back()
    await story.begins_late()
    await story.passes(seconds=20)
    assert await story.open_incidents() == [1]
    assert story.phone("ana")[1].startswith("#1 DOWN checkout")


async def test_what_was_open_before_such_a_restart_is_over_when_it_is_over(story: World) -> None:
    await story.goes_down()
    await story.loses_its_database()
    await story.stops()
    await story.starts_without_a_database()
    story.services["checkout"].mend()
    await story.passes(seconds=40)
    assert [text for text in story.phone("ana") if "Database down" in text] == []
    await story.gets_its_database_back()
    await story.begins_late()
    await story.passes(seconds=30)
    assert await story.open_incidents() == []
    assert story.phone("ana")[-1].startswith("#1 UP checkout")


async def test_a_configuration_that_changes_while_the_database_is_away_is_taken(
    story: World,
) -> None:
    await story.loses_its_database()
    await story.reloads("by: [sms, slack], repeat: 2", "by: [sms, slack], repeat: 1")
    await story.reloads("members: [ana]", "members: [eve]")
    await story.goes_down()
    await story.passes(seconds=20)
    assert WORDS in story.phone("eve")[0]
    await story.gets_its_database_back()
    await story.passes(minutes=61, step=600)
    assert story.midwatch.reloading.config.teams["it"].members == ("eve",)
    assert "eve" in story.midwatch.engine.policy.teams["it"].members
