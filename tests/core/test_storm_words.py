"""What the thread, texts and calls say of an incident of many services."""

from bot.core.effects import Reply
from bot.core.page import Urgency
from bot.core.wording import voice
from bot.core.wording.thread import Header, header
from tests.core.stormy import SEVEN, many, number, stormy
from tests.core.world import World


def header_of(world: World, n: int) -> Header:
    pages = [page for page in world.pages() if page.incident == n]
    return header(
        number(world, n), pages=pages, silences=(), policy=world.policy, now=world.now, timeline=()
    )


def test_the_first_message_tells_what_is_down_and_how_many_are_back() -> None:
    world = stormy()
    for name in SEVEN[:4]:
        world.comes_up(name)
    shown = header_of(world, 1)
    assert shown.lines[0].startswith("*#1 s5 and s6 are down* since")
    assert shown.lines[0].endswith("4 of 6 are back")
    assert [line[:7] for line in shown.lines[1:4]] == ["• *s5* ", "• *s6* ", "• *s1* "]
    assert "is up since" in shown.lines[3]


def test_the_first_message_of_a_merged_one_only_points_to_the_one_that_remains() -> None:
    shown = header_of(stormy(), 3)
    assert shown.text.startswith("#3 s3 is part of #1 now")
    assert shown.lines[0] == "*#3 s3* is part of *#1* now"
    assert (shown.buttons, shown.cause_buttons) == ((), ())


def test_whoever_is_still_paged_is_told_of_what_is_still_down() -> None:
    world = stormy()
    for name in SEVEN[:5]:
        world.comes_up(name)
    world.passes(minutes=9)
    assert world.pages("ida")[-1].text.startswith("#1 STILL DOWN s6, ")
    assert voice.services(number(world, 1)) == "S six is"


def test_of_hundreds_the_thread_is_told_at_each_doubling() -> None:
    names = tuple(f"service-{n:03}" for n in range(100))
    world = World(many(*names))
    for name in names:
        world.goes_down(name)
    here = [it.text for it in world.effects if isinstance(it, Reply) and it.number == 1]
    assert [text for text in here if "64 services by now" in text]
    assert len(here) < 15
    before = len(world.effects)
    for name in names[:-1]:
        world.comes_up(name)
    back = [it.text for it in world.effects[before:] if isinstance(it, Reply)]
    assert len(back) < 15
    assert all(len(text) < 200 for text in back)
    world.comes_up(names[-1])
    assert "service-000, service-001 and 98 more are up again" in world.replies()[-1]


def test_who_has_it_before_the_text_of_all_went_out_reads_in_the_answer_what_there_is() -> None:
    world = stormy(7)
    (told,) = world.texts("ana", "1")
    assert told.startswith("#1 is yours for IT (03:12): 7 down, s1, s2, s3 (+4).")
    waiting = {page.person: page for page in world.pages(reason="storm") if page.waiting}
    assert waiting["ida"].urgency is Urgency.INFO, "she was paged for s1, and Ana has it"
    assert waiting["ida"].text.startswith("#1 7 DOWN since")
    assert "IT: Ana has it." in waiting["ida"].text
    assert "ana" not in waiting
    assert waiting["bo"].urgency is Urgency.FIRST
