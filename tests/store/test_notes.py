"""Notes and what they are made of come back as they were kept, on both databases."""

from dataclasses import replace

from bot.core.database_changes import Breaking, DatabaseChange, Seen
from bot.core.deployment import Commit, RangeKnown
from bot.core.effects import PostNotes
from bot.core.notes_record import NotesRecord
from bot.core.scene import Decision, Need
from bot.store import SqlStore
from tests.store.world import NOW, deployment, save

RECORD = NotesRecord(
    "d1", "checkout", "text\x00", "C1", ("1.0", "2.0"), NOW, "mine", "ana", NOW, NOW
)


async def test_what_notes_are_made_of_is_kept(store: SqlStore) -> None:
    commit = Commit(
        "a",
        "feat: x",
        "Bo",
        committer="GitHub",
        email="bo@example.com",
        login="bo-dev",
        co_authors=("Eve <e@x.y>",),
        pull_request="#12",
        parents=("f0", "f1"),
    )
    breaking = (Breaking(7, "drops table a"),)
    one = deployment(
        commits=(commit,),
        range_known=RangeKnown.FILES_CUT,
        by_hand_parts=("rotate the key",),
        database=(DatabaseChange("db/7.sql", "SQL", Seen.INSPECTED, breaking),),
    )
    await save(store, Decision(deployments=(one,)))
    assert await store.deployment("d1") == one


async def test_notes_come_with_the_deployments_that_an_event_is_about(store: SqlStore) -> None:
    await save(store, Decision(deployments=(deployment(), deployment("d2")), notes=(RECORD,)))
    assert await store.notes(["d1", "d2", "d3"]) == {"d1": replace(RECORD, text="text\ufffd")}
    async with store.transaction() as tx:
        about = await tx.scene(Need(linked=("checkout",), deployments=("d2",)), NOW)
        other = await tx.scene(Need(linked=("checkout",)), NOW)
    assert [record.deployment for record in about.notes] == ["d1"]
    assert other.notes == ()


async def test_notes_that_change_are_sent_again_in_their_own_row(store: SqlStore) -> None:
    await save(store, Decision(effects=(PostNotes("d1"),)))
    async with store.transaction() as tx:
        (first,) = await tx.due_deliveries(NOW, 5)
    await save(store, Decision(effects=(PostNotes("d1"), PostNotes("d1", 2))))
    async with store.transaction() as tx:
        due = await tx.due_deliveries(NOW, 5)
    assert sorted(row.key for row in due) == [first.key, "notes:d1:2"]
