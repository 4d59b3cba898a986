"""What leads hear: numbers when they ask, their week on Monday, a record, and the streak's end."""

from bot.running import jobs
from bot.sandbox.slack.records import SlackMessage, User
from tests.stories.world import World


def told(story: World, channel: str = "#incidents") -> list[SlackMessage]:
    """What stands there, without the threads of incidents."""
    found = story.sandbox.slack.messages(channel)
    return [message for message in found if not message.text.startswith("#")]


def pictures(story: World, channel: str) -> list[str]:
    """What the pictures there say to those who do not see them."""
    found = story.sandbox.slack.messages(channel)
    return [file["alt_txt"] for message in found for file in message.files]


async def later(story: World, hours: float) -> None:
    """A long time passes in one step: no probe in between, and leads are told what is due."""
    story.clock.forward(hours * 3600)
    (telling,) = (job for job in jobs(story.midwatch) if job.name == "telling leads")
    await telling.run()
    await story.settle()


async def an_outage(story: World, deployment: str) -> None:
    """A deployment, an outage, its end."""
    await story.deploys(deployment)
    await story.goes_down()
    await story.comes_up()


async def test_whoever_asks_gets_the_numbers_at_once_and_then_the_picture(story: World) -> None:
    await an_outage(story, "d1")
    await story.clicks("bo", "This deployment")
    (text,) = await story.types("ana", "stats week")
    assert "*1 of 1 deployment caused downtime*" in text
    assert "Small sample, 1 deployment" in text
    assert "Ana 1 night" in text
    (message,) = [it for it in story.sandbox.slack.direct("U0ANA") if it.files]
    assert message.files[0]["title"] == "1 of 1 deployment caused downtime"
    kept = await story.rows("select kind, state from outbox where kind = 'picture'")
    assert kept == [("picture", "sent")]
    story.sandbox.slack.workspace.users["U0NEW"] = User("U0NEW", "New")
    (for_others,) = await story.types("U0NEW", "stats week")
    assert "*1 of 1 deployment caused downtime*" in for_others
    assert "Ana" not in for_others


async def test_a_home_shows_the_streak_and_my_settings(story: World) -> None:
    await story.sandbox.slack.open_home("U0ANA")
    await story.settle()
    slack = story.sandbox.slack
    await story.sandbox.journal.until(lambda: slack.home("U0ANA") is not None)
    home = slack.home("U0ANA")
    assert home is not None
    for words in (
        "is not known yet",
        "My phone ends in …01",
        "I am paged by text, then Slack message",
        "My clock: UTC",
        "No quiet hours",
        "IT: everyone is on call, always",
        "`people.ana`",
    ):
        assert words in home.words, words
    assert len(home.spec["blocks"]) <= 100
    assert "+1500" not in home.words


async def test_on_monday_the_week_is_told_once_with_its_picture(story: World) -> None:
    await story.reloads('releases: "#releases"}', 'releases: "#releases", digest: "#support"}')
    await an_outage(story, "d1")
    await story.clicks("bo", "Not a deployment")
    # Tuesday 03:13 -> Monday 08:59
    hours_to_monday = 5 * 24 + 20 + 46 / 60
    await later(story, hours_to_monday + 8 + 50 / 60)
    before = len(told(story, "#support"))
    await later(story, 15 / 60)
    new = told(story, "#support")[before:]
    assert len(new) == 2, "the text, and its picture"
    words = "\n".join(it.words for it in new)
    assert "*The week of 23 Nov to 29 Nov 2026*" in words
    assert "The one deployment caused no downtime" in words
    assert "1 incident, 21 s of downtime" in words
    (alt,) = pictures(story, "#support")
    assert alt.startswith("Chart. The one deployment caused no downtime")
    await story.restarts()
    await later(story, 3)
    assert len(told(story, "#support")) == before + 2, "whoever asks again, it is said once"
    assert (await story.audited()).count("week_told") == 1


async def test_without_a_channel_for_it_no_week_is_told(story: World) -> None:
    for _hour in range(8):
        await later(story, 24)
    assert told(story) == []


async def test_the_streak_ends_once_people_say_so_and_goes_on_when_they_change_their_minds(
    story: World,
) -> None:
    await later(story, 50)
    await an_outage(story, "d1")
    assert told(story) == [], "nobody has said what it was"
    await story.clicks("bo", "This deployment")
    (ended,) = told(story)
    assert ended.text.startswith("The streak of 2 days without downtime caused by a deployment")
    assert "#1" in ended.text
    await story.clicks("bo", "Not a deployment")
    assert told(story)[-1].text.startswith("Taken back: ")
    assert told(story)[-1].text.endswith("so the streak goes on, 2 days by now.")
    await story.clicks("bo", "Not a deployment")
    assert len(told(story)) == 2, "nothing has changed"


async def test_a_record_is_told_on_its_day_and_not_again(story: World) -> None:
    await later(story, 10 * 24)
    await an_outage(story, "d1")
    await story.clicks("bo", "This deployment")
    before = len(told(story))
    await later(story, 10 * 24 + 23)
    assert len(told(story)) == before
    await later(story, 2)
    assert told(story)[-1].text == (
        "*11 days without downtime caused by a deployment:* the longest streak so far. The record "
        "was 10 days."
    )
    await story.restarts()
    for _day in range(3):
        await later(story, 24)
    assert len(told(story)) == before + 1
