"""Release notes: asked for once, part after part, corrected once; history is no news."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.database_changes import Breaking, DatabaseChange, Seen
from bot.core.deployment import Commit, DeploymentState, Report
from bot.core.effects import PostNotes, ReadMigrations, ReplyToNotes
from bot.core.events import (
    CommitsFound,
    DeploymentReported,
    Event,
    MigrationsRead,
    NotesEdited,
    NotesPosted,
)
from tests.core.world import World, policy

SUCCEEDED, ROLLED_BACK = DeploymentState.SUCCEEDED, DeploymentState.ROLLED_BACK
MIGRATION = Commit("c1", "feat: x", files=("db/migrate/7.sql", "app/migrations/0001_x.py"))


def world() -> World:
    base = policy()
    shop = replace(base.services["checkout"], repository="acme/shop")
    return World(replace(base, services={**base.services, "checkout": shop}))


def report(story: World, status: DeploymentState = SUCCEEDED, **facts: object) -> Event:
    said = Report("d1", "checkout", "production", status, version="v2", sha="b" * 40)
    ended = {"ended_at": story.now} if status is not DeploymentState.STARTED else {}
    return DeploymentReported(replace(said, **(ended | facts)), story.now)  # type: ignore[arg-type]


def posted(story: World, part: int = 1, parts: int = 1, ts: str = "") -> Event:
    return NotesPosted("d1", "checkout", part, parts, "C1", ts or f"{part}.0", "text", story.now)


def asked(story: World, of: type[PostNotes | ReplyToNotes] = PostNotes) -> list[str]:
    """Keys of what was asked for, in its order."""
    return [effect.key for effect in story.effects if isinstance(effect, of)]


def test_a_success_asks_for_notes_and_repeating_it_asks_for_nothing() -> None:
    story = world()
    story.happens(report(story, DeploymentState.STARTED))
    assert asked(story) == []
    story.passes(minutes=1)
    done = report(story)
    story.happens(done)
    story.happens(done)
    assert asked(story) == ["notes:d1:1"]


def test_other_environments_and_history_are_no_news() -> None:
    story = world()
    story.happens(report(story, environment="staging"))
    story.happens(report(story, id="d2", ended_at=story.now - timedelta(hours=5)))
    story.happens(report(story, id="d3", source="hand"))
    assert asked(story) == []


def test_parts_follow_one_after_the_other() -> None:
    story = world()
    story.happens(report(story))
    for part in (1, 2, 3):
        story.happens(posted(story, part, parts=3))
    assert asked(story) == ["notes:d1:1", "notes:d1:2", "notes:d1:3"]
    (record,) = story.scene.notes
    assert record.places == ("1.0", "2.0", "3.0")
    story.happens(posted(story, 1, parts=1, ts="9.0"))
    (record,) = story.scene.notes
    assert record.places == ("9.0",), "a message posted anew begins a new thread"


def test_shorter_notes_reach_the_parts_that_stand_there_already() -> None:
    story = world()
    story.happens(report(story))
    story.happens(posted(story, 1, parts=2))
    story.happens(posted(story, 2, parts=2))
    story.happens(posted(story, 1, parts=1))
    assert asked(story)[-1] == "notes:d1:2"


def test_what_is_taken_back_is_corrected_once() -> None:
    story = world()
    story.happens(report(story))
    story.happens(posted(story))
    story.passes(minutes=5)
    story.happens(report(story, ROLLED_BACK))
    story.passes(minutes=5)
    story.happens(report(story, ROLLED_BACK, by="Bo"))
    assert asked(story, ReplyToNotes) == ["notes:d1:back"]


def test_what_was_never_posted_is_not_corrected() -> None:
    story = world()
    story.happens(report(story))
    story.happens(report(story, ROLLED_BACK))
    assert asked(story, ReplyToNotes) == []


def test_sql_migrations_are_asked_for_and_what_they_do_is_kept() -> None:
    story = world()
    story.happens(report(story, commits=(MIGRATION,)))
    (ask,) = [effect for effect in story.effects if isinstance(effect, ReadMigrations)]
    assert (ask.revision, ask.paths) == ("b" * 40, ("db/migrate/7.sql",))
    change = DatabaseChange("db/migrate/7.sql", "SQL", Seen.INSPECTED, (Breaking(1, "drops a"),))
    read = MigrationsRead("d1", "checkout", (change,), story.now)
    before = len(asked(story))
    story.happens(read)
    story.happens(read)
    assert story.scene.deployments[0].database == (change,)
    assert len(asked(story)) == before + 1, "the notes say it, once"


def test_own_words_are_kept_and_audited_and_empty_ones_bring_the_list_back() -> None:
    story = world()
    story.happens(report(story))
    story.happens(NotesEdited("d1", "checkout", " Vouchers ", "ana", story.now))
    assert (story.scene.notes[0].edited_text, story.scene.notes[0].edited_by) == ("Vouchers", "ana")
    decision = story.happens(NotesEdited("d1", "checkout", "", "bo", story.now))
    assert story.scene.notes[0].edited_text is None
    assert [entry.text for entry in decision.entries] == [
        "Bo brought back the list of changes in the release notes of checkout v2"
    ]


STEPS = ("started", "succeeded", "found", "posted", "back")


@given(st.lists(st.sampled_from(STEPS), max_size=14))
def test_whatever_the_order_support_is_told_and_corrected_at_most_once(steps: list[str]) -> None:
    story = world()
    for step in steps:
        story.passes(minutes=1)
        events = {
            "started": report(story, DeploymentState.STARTED),
            "succeeded": report(story),
            "back": report(story, ROLLED_BACK),
            "posted": posted(story),
            "found": CommitsFound("d1", "checkout", (MIGRATION,), True, story.now),
        }
        story.happens(events[step])
    assert set(asked(story)) <= {"notes:d1:1"}, "one row, and so one message"
    corrections = asked(story, ReplyToNotes)
    assert len(corrections) <= 1
    if "succeeded" not in steps:
        assert not set(asked(story)) or "posted" in steps
