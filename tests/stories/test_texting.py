"""Texting Midwatch: what can be said besides a number, and who gets no answer."""

import httpx
import pytest

from tests.stories.world import World


async def test_web_brings_a_link_that_works_once(story: World) -> None:
    told = await story.texts("ana", "web")
    assert told[0].startswith("Sign in with this link, once, within 10 min: ")
    link = told[0].split()[-1]
    async with httpx.AsyncClient(trust_env=False) as browser:
        assert (await browser.get(link)).status_code == 200, "a preview does not use it up"
        signed = await browser.post(link)
        assert (signed.status_code, signed.headers["location"]) == (303, "/")
        assert (await browser.get(story.url)).status_code == 200
    async with httpx.AsyncClient(trust_env=False) as other:
        assert (await other.post(link)).status_code == 403
        assert (await other.get(f"{story.url}/")).status_code == 303


async def test_a_link_ends_after_ten_minutes(story: World) -> None:
    link = (await story.texts("ana", "web"))[0].split()[-1]
    story.clock.forward(601)
    async with httpx.AsyncClient(trust_env=False) as browser:
        assert (await browser.post(link)).status_code == 403


async def test_a_link_is_nowhere_in_the_database(story: World) -> None:
    link = (await story.texts("ana", "web"))[0].split()[-1]
    token = link.rsplit("/", 1)[1]
    assert token.encode() not in story.installed.database.read_bytes()
    wal = story.installed.database.with_name("midwatch.db-wal")
    assert token.encode() not in wal.read_bytes()


async def test_a_question_mark_lists_what_is_open_and_what_can_be_said(story: World) -> None:
    assert (await story.texts("ana", "?"))[0].startswith("Nothing is down. Say: ")
    await story.goes_down()
    await story.texts("ana", "1")
    told = (await story.texts("bo", "?"))[0]
    assert told.startswith("#1 checkout ")
    assert "(IT: Ana, 03:12, Development: nobody yet)" in told
    assert "1 ok 30m (quiet)" in told


async def test_what_is_not_surely_a_command_changes_nothing(story: World) -> None:
    await story.goes_down()
    told = await story.texts("ana", "1 not me")
    assert told[0].startswith("Not understood, nothing changed.")
    assert await story.tracks() == {"it": "paging", "development": "paging"}


async def test_an_unknown_number_gets_no_answer_and_changes_nothing(story: World) -> None:
    await story.goes_down()
    before = len(story.sandbox.twilio.messages)
    texted = await story.sandbox.twilio.text("+15005559999", "1")
    await story.settle()
    assert (texted.ok, texted.replies) == (True, [])
    assert len(story.sandbox.twilio.messages) == before + 1, "only theirs"
    assert await story.tracks() == {"it": "paging", "development": "paging"}


@pytest.mark.parametrize("word", ["HELP", "info", "Yes"])
async def test_twilios_own_words_are_left_to_twilio(story: World, word: str) -> None:
    await story.goes_down()
    told = await story.texts("ana", word)
    assert not [text for text in told if "Midwatch" in text or "understood" in text]
    assert await story.tracks() == {"it": "paging", "development": "paging"}


async def test_a_text_without_twilios_signature_is_refused(story: World) -> None:
    await story.goes_down()
    form = {"From": "+15005550101", "Body": "1", "MessageSid": f"SM{'1' * 32}"}
    async with httpx.AsyncClient(base_url=story.url, trust_env=False) as client:
        answer = await client.post("/twilio/sms", data=form)
        assert answer.status_code == 401
        assert answer.text == ""
    await story.settle()
    assert await story.tracks() == {"it": "paging", "development": "paging"}


async def test_two_machines_that_text_each_other_come_to_an_end(story: World) -> None:
    """A phone that answers every text with `I am driving` is answered five times an hour."""
    told = [await story.texts("ana", "I am driving") for _ in range(8)]
    assert [len(answers) for answers in told] == [1, 1, 1, 1, 1, 0, 0, 0]
    assert told[3][0].startswith("Not understood")
    assert told[4][0].startswith("Last answer until 04:12 to texts that are not understood. Not")
    assert len(await story.texts("bo", "hello")) == 1  # another number
    await story.passes(minutes=61, step=600)
    assert len(await story.texts("ana", "?")) == 1


async def test_what_changes_something_is_answered_however_often_it_was_texted_before(
    story: World,
) -> None:
    await story.goes_down()
    for _ in range(7):
        await story.texts("ana", "what?")
    assert "is yours for IT" in (await story.texts("ana", "1"))[0]
    assert (await story.texts("ana", "1"))[0].startswith("You have #1")  # and it changes nothing
    assert "Sign in" in (await story.texts("ana", "web"))[0]
    assert await story.tracks() == {"it": "acknowledged by ana", "development": "paging"}


async def test_a_text_that_is_delivered_again_and_again_counts_once(story: World) -> None:
    sid = f"SM{'7' * 32}"
    first = await story.texts("ana", "hello", sid=sid)
    again = [await story.texts("ana", "hello", sid=sid) for _ in range(6)]
    assert (len(first), again) == (1, [[]] * 6)
    assert (await story.texts("ana", "hello"))[0].startswith("Not understood")  # only the second
