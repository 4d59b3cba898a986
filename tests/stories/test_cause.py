"""People decide about the cause; it can be changed, and every answer is kept."""

from tests.stories.world import World


async def test_nothing_says_cause_before_people_said_so(story: World) -> None:
    await story.deploys()
    await story.goes_down()
    await story.comes_up()
    told = [*story.phone("ana"), *story.channel(), *await story.replies()]
    assert not [text for text in told if "cause" in text.lower()]
    assert (await story.api())["cause"] is None
    assert "Was it the deployment?" in (await story.replies())[-1]


async def test_this_deployment_by_button(story: World) -> None:
    await story.deploys()
    await story.goes_down()
    told = await story.clicks("bo", "This deployment")
    assert told == ["#1: noted. It can be changed at any time."]
    assert "Bo says the cause was deployment *v1.42* by Bo." in await story.replies()
    cause = (await story.api())["cause"]
    assert (cause["kind"], cause["deployment"]["id"]) == ("deployment", "d1")
    assert "*Cause:* Bo says the cause was deployment *v1.42*" in await story.header()


async def test_a_cause_in_another_service_names_it(story: World) -> None:
    await story.deploys("p1", "payments", version="v7")
    await story.goes_down()
    await story.clicks("bo", "This deployment")
    assert "Bo says the cause was deployment payments *v7* by Bo." in await story.replies()


async def test_not_a_deployment_by_button(story: World) -> None:
    await story.deploys()
    await story.goes_down()
    await story.clicks("ana", "Not a deployment")
    assert (await story.api())["cause"]["kind"] == "other"
    assert (await story.replies())[-1] == "Ana says it was *not a deployment*."


async def test_another_one_by_form(story: World) -> None:
    await story.deploys("d0", ago=60 * 30, version="v1.41")
    await story.deploys("d1", ago=5)
    await story.goes_down()
    await story.clicks("ana", "Another one")
    slack = story.sandbox.slack
    await story.sandbox.journal.until(lambda: slack.modal("U0ANA") is not None)
    form = slack.modal("U0ANA")
    assert form is not None
    assert "v1.41" in form.words
    element = next(
        block["element"]
        for block in form.spec["blocks"]
        if block["type"] == "input" and "select" in block["element"]["type"]
    )
    option = next(one for one in element["options"] if "v1.41" in one["text"]["text"])
    done = await slack.submit("U0ANA", form, {element["action_id"]: option["value"]})
    assert done.ok
    await story.settle()
    cause = (await story.api())["cause"]
    assert (cause["kind"], cause["deployment"]["id"]) == ("deployment", "d0")


async def test_an_answer_can_be_changed_and_both_are_audited(story: World) -> None:
    await story.deploys()
    await story.goes_down()
    await story.clicks("bo", "Not a deployment")
    await story.comes_up()
    await story.clicks("ana", "This deployment")
    assert (await story.replies())[-2].endswith("deployment *v1.42* by Bo (changed).")
    assert (await story.audited()).count("cause_decided") == 2
    decided = [e for e in (await story.api())["timeline"] if e["kind"] == "cause_decided"]
    assert [entry["by"] for entry in decided] == ["Bo", "Ana"]


async def test_the_same_answer_twice_is_one(story: World) -> None:
    await story.deploys()
    await story.goes_down()
    await story.clicks("bo", "This deployment")
    told = await story.clicks("ana", "This deployment")
    assert told == ["#1: that is what is noted already."]
    assert (await story.audited()).count("cause_decided") == 1


async def test_the_cause_on_the_web_page(story: World) -> None:
    await story.deploys()
    await story.goes_down()
    async with story.signed_in("ana") as browser:
        page = (await browser.get("/incidents/1")).text
        token = page.split('name="csrf" value="')[1].split('"')[0]
        form = {"csrf": token, "deployment": "other", "note": "a <b>digger</b>"}
        await browser.post("/incidents/1/cause", data=form)
        after = (await browser.get("/incidents/1")).text
    await story.settle()
    assert (await story.api())["cause"] == {"kind": "other", "note": "a <b>digger</b>"}
    assert "&lt;b&gt;digger" in (await story.replies())[-1], "escaped for Slack"
    assert "<b>digger" not in after, "and for the page"


async def test_what_was_decided_is_not_weighed_again(story: World) -> None:
    await story.goes_down()
    await story.clicks("ana", "Not a deployment")
    texts = len(story.phone("ana"))
    await story.deploys("late", ago=4)
    assert len(story.phone("ana")) == texts
    assert not [text for text in await story.replies() if "is now" in text]
