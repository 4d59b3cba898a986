"""Notes on paper: what stands first; no commit can write markup or call a channel."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commit import Commit
from bot.core.database_changes import Breaking, DatabaseChange, Seen
from bot.core.deployment import Deployment, DeploymentState, RangeKnown
from bot.core.policy import Policy, Service
from bot.core.release import ByHand, Release
from bot.core.release_notes import (
    Situation,
    paper_of,
    situation,
    taken_back,
    told_of,
)
from bot.core.wording.database import database_lines
from bot.core.wording.notes import (
    MESSAGE_AT_MOST,
    MESSAGES_AT_MOST,
    Paper,
    Section,
    as_markdown,
    as_slack,
    as_text,
    listed,
)

NOW = datetime(2026, 11, 24, 3, 12, tzinfo=UTC)
SERVICE = Service("checkout", (), (), by_hand=("tell the bank",), name="The shop")
POLICY = Policy("UTC", {}, {}, {"checkout": SERVICE})


def deployed(name: str, ago: float = 0, **facts: object) -> Deployment:
    """One of the shop that ended so many minutes ago."""
    at = NOW - timedelta(minutes=ago)
    made = Deployment(
        id=name,
        service="checkout",
        environment="production",
        version=name,
        sha=None,
        previous_sha=None,
        state=DeploymentState.SUCCEEDED,
        started_at=at,
        ended_at=at,
        reported_at=at,
    )
    return replace(made, **facts)  # type: ignore[arg-type]


def commit(number: int, message: str, *files: str) -> Commit:
    return Commit(str(number), message, "Bo", files=files)


def words(deployment: Deployment, *others: Deployment, expected: bool = False) -> str:
    return as_text(paper_of(told_of(deployment, others, expected=expected), POLICY))


def test_what_breaks_and_what_is_done_by_hand_stand_first() -> None:
    found = words(
        deployed(
            "v2",
            commits=(
                commit(1, "feat: vouchers", "db/migrate/1.sql"),
                commit(2, "feat(api)!: a new address\n\nBREAKING CHANGE: v1 is gone"),
                commit(3, "chore: x"),
            ),
            by_hand_parts=("rotate the key", "tell the bank"),
        ),
        deployed("v1", 9),
    )
    assert found.split("\n\n") == [
        "The shop v2 is live",
        "Breaking: whoever uses it may have to act:\n- A new address: v1 is gone (Bo)",
        "Still to be done by hand:\n- tell the bank\n- rotate the key",
        "Database:\n- 1 change of the database\n- 1 of 1 could not be looked into",
        "New:\n- Vouchers (Bo)\n- A new address (Bo)",
        "And 1 maintenance change.\nBy Bo.",
    ]


def test_what_was_ticked_of_a_release_is_not_left_to_do() -> None:
    live = deployed("v2", by_hand_parts=("rotate the key",))
    parts = (ByHand("rotate the key", "bo", NOW), ByHand("new index"))
    signed = Release("r", "checkout", "v2", None, None, None, NOW, by_hand=parts)
    found = as_text(paper_of(told_of(live, (), expected=False, release=signed), POLICY))
    assert found.endswith("Still to be done by hand:\n- tell the bank\n- new index")


@pytest.mark.parametrize(
    ("deployment", "others", "expected", "what"),
    [
        (deployed("v2", commits=(commit(1, "x"),)), [], True, Situation.CHANGES),
        (deployed("v2", range_known=RangeKnown.COMPLETE), [], True, Situation.UNCHANGED),
        (deployed("v2", sha="a", previous_sha="a"), [], True, Situation.UNCHANGED),
        (deployed("v2"), [], False, Situation.FIRST),
        (deployed("v2"), [deployed("v1", 5)], False, Situation.UNKNOWN),
        (deployed("v2", previous_sha="a"), [], True, Situation.EXPECTED),
        (deployed("v2", range_known=RangeKnown.COMMITS_CUT), [deployed("v1", 5)], False,
         Situation.UNKNOWN),  # cut to nothing is not nothing
        (deployed("v1", rollback=True), [deployed("v2", 5)], False, Situation.BACK),
        (deployed("v2", untouched=True), [], True, Situation.UNTOUCHED),
    ],
)  # fmt: skip
def test_what_the_notes_are_about(
    deployment: Deployment, others: list[Deployment], expected: bool, what: Situation
) -> None:
    assert situation(told_of(deployment, others, expected=expected)) is what


def test_an_unknown_range_never_reads_as_nothing() -> None:
    assert "not known yet" in words(deployed("v2", previous_sha="a"), expected=True)
    assert "is not known." in words(deployed("v2"), deployed("v1", 5))
    assert "Nothing changed" in words(deployed("v2", range_known=RangeKnown.COMPLETE))
    cut = words(deployed("v2", commits=(commit(1, "x"),), range_known=RangeKnown.COMMITS_CUT))
    assert "the list was cut" in cut


def test_going_back_names_what_is_gone_since_that_version() -> None:
    one = deployed("v1", 30, commits=(commit(1, "feat: a"),))
    two = deployed("v2", 20, commits=(commit(2, "feat: b"),))
    three = deployed("v3", 10, commits=(commit(3, "feat: c"),))
    found = words(deployed("back", version="v1", rollback=True), one, three, two)
    assert found.split("\n\n") == [
        "The shop: v1 is back",
        "The older version is live again in the place of v3.",
        "These changes are gone:\n- B (Bo)\n- C (Bo)",
        "By Bo.",
    ]
    unknown = replace(two, commits=())
    assert taken_back(deployed("back", version="v1", rollback=True), [three, unknown, one]) is None


def test_each_migration_is_named_for_those_who_sign() -> None:
    lines = database_lines(
        (
            DatabaseChange("db/1.sql", "SQL", Seen.INSPECTED, (Breaking(7, "drops table a"),)),
            DatabaseChange("db/2.sql", "SQL", Seen.INSPECTED),
            DatabaseChange("app/migrations/0001_x.py", "Django"),
            DatabaseChange("db/3.sql", "SQL", Seen.UNREADABLE, (), "line 3 is not understood"),
        )
    )
    assert lines == (
        "May break: drops table a, db/1.sql line 7",
        "db/2.sql (SQL): nothing that breaks was seen",
        "app/migrations/0001_x.py (Django): present, not inspected",
        "db/3.sql (SQL) could not be read, look at it: line 3 is not understood",
    )


def test_no_commit_writes_markup_or_calls_a_channel() -> None:
    paper = Paper("t", sections=(Section("New", ("<!here> *b* _i_ ~s~ `c` @all [x](y) # <b>",)),))
    (message,) = as_slack(paper)
    assert message[3] == "• &lt;!here&gt; ∗b∗ ˍiˍ ∼s∼ 'c' @all [x](y) # &lt;b&gt;"
    markdown = as_markdown(paper)
    assert r"\<!here\> \*b\* \_i\_ \~s\~ \`c\` " in markdown
    assert "@all" not in markdown
    assert r"\[x\](y)" in markdown
    told = as_markdown(Paper("t", ("# no heading", "1. no list")))
    assert told == "## t\n\n\\# no heading\n\n1\\. no list"


def test_names_are_listed_and_many_are_counted() -> None:
    assert [listed(["Ana", "Bo", "Cy"][:count]) for count in range(4)] == [
        "",
        "Ana",
        "Ana and Bo",
        "Ana, Bo and Cy",
    ]
    assert listed(map(str, range(20)), 2) == "0, 1 and 18 others"


def test_the_longest_release_ends_and_says_what_is_left_out() -> None:
    closing = ("There are more changes than are listed here.", "By Bo.")
    paper = Paper("t", sections=(Section("New", ("x" * 590,) * 2000),), closing=closing)
    messages = as_slack(paper)
    assert len(messages) == MESSAGES_AT_MOST
    shown = sum(len(message) for message in messages)
    *_, rest, empty, more, by = messages[-1]
    assert (empty, more, by) == ("", *closing)
    left = int(rest.split("and ")[1].split(" ")[0])
    # Title, heading, an empty line and the note that it goes on are lines as well.
    assert shown - 5 + left == 2003
    assert rest.endswith("more lines, on Midwatch's page of deployments")


@given(st.lists(st.text(max_size=700), max_size=60), st.lists(st.text(max_size=50), max_size=3))
def test_no_release_is_too_long_for_slack(lines: list[str], closing: list[str]) -> None:
    """Each message fits into a text that may be edited, and so into its blocks."""
    messages = as_slack(Paper("t", (), (Section("New", tuple(lines)),), tuple(closing)))
    assert 1 <= len(messages) <= MESSAGES_AT_MOST
    for message in messages:
        assert len("\n".join(message)) < MESSAGE_AT_MOST + 300
