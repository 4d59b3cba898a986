"""After a deploy-caused incident both teams say what will keep it from happening again."""

from typing import Any

from bot.core.signal import Level
from tests.stories.setting import SLACK
from tests.stories.world import World
from tests.web.reading import press, told, words

QUESTION = "What will keep it from happening again?"


async def caused(story: World) -> None:
    """A deployment, an outage, its end, and Bo says that it was the deployment."""
    await story.deploys()
    await story.reports(Level.DOWN)
    await story.reports(Level.UP)
    await story.clicks("bo", "This deployment")


async def form_of(story: World, who: str) -> Any:
    """Press the button; the form that opens."""
    slack, user = story.sandbox.slack, SLACK[who]
    await story.clicks(who, QUESTION)
    await story.sandbox.journal.until(lambda: slack.modal(user) is not None)
    return slack.modal(user)


async def fills_in(story: World, who: str, **fields: str) -> Any:
    done = await story.sandbox.slack.submit(SLACK[who], await form_of(story, who), fields)
    await story.settle()
    return done


async def test_both_teams_are_asked_and_answer_in_slack(story: World) -> None:
    await caused(story)
    assert "*IT and Development: what will keep it" in (await story.replies())[-1]
    assert "*Follow-up:* waiting for IT's and Development's answers" in await story.header()
    done = await fills_in(story, "bo", text="A canary\n<!channel>", customers="No payments")
    assert done.ok
    assert (await story.replies())[-1].splitlines()[1:] == [
        "> A canary",
        "> &lt;!channel&gt;",
        "*What customers noticed:*",
        "> No payments",
        "Still waiting for IT's answer.",
    ]
    header = await story.header()
    assert "*Follow-up:* Development: Bo, " in header
    assert "waiting for IT's answer" in header
    it, development = (await story.api())["follow_up"]
    assert (it["team"], it["by"], it["at"], it["text"]) == ("it", None, None, None)
    assert (development["by"], development["customers"]) == ("bo", "No payments")
    assert development["text"] == "A canary\n<!channel>"
    kinds = [entry["kind"] for entry in (await story.api())["timeline"]]
    assert kinds[-3:] == ["cause_decided", "follow_up_asked", "follow_up_answered"]


async def test_the_form_comes_with_what_was_said_before_and_changes_it(story: World) -> None:
    await caused(story)
    await fills_in(story, "bo", text="A canary")
    form = await form_of(story, "bo")
    assert "A canary" in str(form.spec)
    await fills_in(story, "bo", text="A canary and a flag")
    assert (await story.api())["follow_up"][1]["text"] == "A canary and a flag"
    assert (await story.audited()).count("follow_up_answered") == 2


async def test_who_is_not_asked_is_told_so_and_gets_no_form(story: World) -> None:
    await caused(story)
    form = await form_of(story, "eve")
    assert "IT and Development are asked, and you are in none." in form.words
    assert "submit" not in form.spec or form.spec["submit"] is None


async def test_nothing_but_spaces_is_refused_in_the_form(story: World) -> None:
    await caused(story)
    done = await fills_in(story, "bo", text=" \n ")
    assert not done.ok
    assert (await story.api())["follow_up"][1]["text"] is None


async def test_on_the_web_page_when_slack_is_down(story: World) -> None:
    await caused(story)
    async with story.signed_in("ana") as ana:
        assert "#1 checkout waits for IT, Development" in words(await ana.get("/"))
        page = await press(ana, "follow-up", team="it", text="Alerts <b>first</b>")
        assert told(page).startswith("Noted.")
        assert "Alerts &lt;b&gt;first&lt;/b&gt;</blockquote>" in page.text
        page = await press(ana, "follow-up", team="development", text="not mine")
        assert told(page).startswith("Nothing was changed")
        assert "#1 checkout waits for Development" in words(await ana.get("/"))
        markdown = (await ana.get("/incidents/1/timeline.md")).text
    await story.settle()
    assert (await story.replies())[-1].endswith("Still waiting for Development's answer.")
    assert "## What will keep it from happening again?" in markdown
    assert "Development: not answered yet" in markdown
    assert r"> Alerts \<b\>first\</b\>" in markdown


async def test_it_outlives_a_restart_and_is_reminded_of_by_slack_alone(story: World) -> None:
    await caused(story)
    await fills_in(story, "ana", text="Alerts")
    texts = len(story.phone("bo"))
    await story.restarts()
    await story.passes(minutes=24 * 60 + 1, step=14400)
    (reminder,) = [text for text in await story.replies() if "has not said" in text]
    assert reminder.startswith("<@U0BO>: #1 checkout was caused by a deployment, and Development")
    assert len(story.phone("bo")) == texts
    await story.clicks("bo", "Not a deployment")
    assert "nobody is asked for a follow-up any more" in (await story.replies())[-1]
    assert "Follow-up" not in await story.header()
    follow_up = (await story.api())["follow_up"]
    assert [part["withdrawn_at"] is not None for part in follow_up] == [True, True]
    assert follow_up[0]["text"] == "Alerts"
