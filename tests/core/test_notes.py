"""Notes from commits: sorted, folded, each once, in words for people who do not read code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.commit import Commit
from bot.core.commit_style import LONGEST_LINE, read
from bot.core.commit_words import Kind
from bot.core.notes import Change, Notes, compose


def commit(number: int, message: str, author: str = "Bo", parents: tuple[int, ...] = ()) -> Commit:
    """`number` is its revision, and those of its parents."""
    return Commit(_sha(number), message, author, parents=tuple(_sha(it) for it in parents))


def _sha(number: int) -> str:
    return f"{number:x}" * 40


def notes(*commits: Commit) -> Notes:
    return compose(commits, lambda it: (it.author,) if it.author else ())


def texts(changes: tuple[Change, ...]) -> list[str]:
    return [change.text for change in changes]


@pytest.mark.parametrize(
    ("message", "kind", "text"),
    [
        ("feat(api): add vouchers (#12)", Kind.NEW, "Add vouchers"),
        ("FEAT: vouchers", Kind.NEW, "Vouchers"),
        ("fix(cart)!: totals", Kind.FIXED, "Totals"),
        ("perf: faster search", Kind.CHANGED, "Faster search"),
        ("refactor: the parser", Kind.OTHER, "The parser"),
        ("docs: readme", Kind.UPKEEP, "Readme"),
        ("chore(deps): bump x", Kind.UPKEEP, "Bump x"),
        ("fix(deps): update x to v2", Kind.UPKEEP, "Update x to v2"),
        ("feat:no blank", Kind.OTHER, "feat:no blank"),  # the blank is required
        ("✨ vouchers", Kind.NEW, "Vouchers"),
        (":bug: fix: double charge", Kind.FIXED, "Double charge"),
        ("⬆️ pytest", Kind.UPKEEP, "Pytest"),
        ("PROJ-12: fix login", Kind.FIXED, "Fix login"),
        ("[PROJ-12] feat: login by mail", Kind.NEW, "Login by mail"),
        ("#77 Add a page", Kind.NEW, "Add a page"),
        ("Improved the totals.", Kind.CHANGED, "Improved the totals"),
        ("checkout: add vouchers", Kind.NEW, "Checkout: add vouchers"),
        ("iOS app shows totals", Kind.OTHER, "iOS app shows totals"),
        ("Bump actions/checkout from 3 to 4", Kind.UPKEEP, "Bump actions/checkout from 3 to 4"),
        ("v1.42.0", Kind.UPKEEP, "v1.42.0"),
        ("fixup! feat: x", Kind.UPKEEP, "fixup! feat: x"),
        ("Release notes for support", Kind.OTHER, "Release notes for support"),
        ("Release 1.42", Kind.UPKEEP, "Release 1.42"),
        ("Format totals in euros", Kind.OTHER, "Format totals in euros"),
        ("fix typo in terms", Kind.UPKEEP, "Fix typo in terms"),
        ("Merge pull request #4 from a/b\n\nfeat: vouchers", Kind.NEW, "Vouchers"),
        ("Merge branch 'v' into 'main'\n\nAdd vouchers\n\nSee merge request g/p!1",
         Kind.NEW, "Add vouchers"),
        ("Merge branch 'main' into feature", Kind.MERGE, "A change without a description"),
        ("Merge branch 'main' of x\n\n# Conflicts:\n#\ta", Kind.MERGE,
         "A change without a description"),
        ("", Kind.OTHER, "A change without a description"),
        ("fix: totals since 1a2b3c4d5e of [cart](https://x) and `sum`", Kind.FIXED,
         "Totals since of cart and sum"),
        ("feat: a\u202eb\x00c", Kind.NEW, "A b c"),
    ],
)  # fmt: skip
def test_what_a_message_says(message: str, kind: Kind, text: str) -> None:
    said = read(message)
    assert (said.kind, said.text) == (kind, text)


@pytest.mark.parametrize(
    ("message", "breaking"),
    [
        ("feat!: drop v1", "Drop v1"),
        ("feat(api)!: drop v1", "Drop v1"),
        ("chore: x\n\nBREAKING CHANGE: needs\nPython 4\n\nmore", "Needs Python 4"),
        ("chore: x\n\nBREAKING-CHANGE: a\nReviewed-by: Z", "A"),
        ("chore: x\n\nbreaking change: small letters are words", None),
        ("💥 drop v1", "Drop v1"),
        ("feat: x!", None),
    ],
)
def test_what_breaks_is_told(message: str, breaking: str | None) -> None:
    assert read(message).breaking == breaking


def test_groups_upkeep_and_authors() -> None:
    found = notes(
        commit(1, "feat: a"),
        commit(2, "fix: b", "Eve"),
        commit(3, "chore: c", "Cy"),
        commit(4, "chore: d"),
        commit(5, "some words"),
    )
    assert (texts(found.new), texts(found.fixed), texts(found.other)) == (
        ["A"],
        ["B"],
        ["Some words"],
    )
    assert (found.upkeep, found.authors) == (2, ("Bo", "Eve", "Cy"))


def test_upkeep_that_breaks_is_not_folded() -> None:
    found = notes(commit(1, "chore!: drop Python 3"))
    assert found.upkeep == 0
    assert found.breaking == (Change("Drop Python 3", ("Bo",), "Drop Python 3"),)


def test_a_robot_that_quotes_others_breaks_nothing() -> None:
    body = "Bumps x from 1 to 2.\n\nBREAKING CHANGE: of x, in its own notes"
    found = notes(commit(1, f"build(deps): bump x\n\n{body}", "dependabot[bot]"))
    assert (found.upkeep, found.changes) == (1, ())


def test_the_same_twice_is_told_once_with_both_authors() -> None:
    found = notes(commit(1, "feat: vouchers (#1)"), commit(2, "feat(cart): Vouchers", "Eve"))
    assert found.new == (Change("Vouchers", ("Bo", "Eve")),)


def test_a_revert_and_what_it_takes_back_cancel_each_other() -> None:
    found = notes(
        commit(1, "feat: vouchers"),
        commit(2, "fix: totals"),
        commit(3, f'Revert "feat: vouchers"\n\nThis reverts commit {_sha(1)}.'),
    )
    assert texts(found.changes) == ["Totals"]


def test_a_revert_of_a_revert_brings_it_back() -> None:
    found = notes(
        commit(1, "feat: vouchers"),
        commit(2, f'Revert "feat: vouchers"\n\nThis reverts commit {_sha(1)}.'),
        commit(3, f'Reapply "feat: vouchers"\n\nThis reverts commit {_sha(2)}.'),
    )
    assert texts(found.changes) == ["Vouchers"]


@pytest.mark.parametrize(
    "revert",
    [
        'Revert "feat: vouchers (#12)" (#13)\n\nReverts acme/checkout#12',
        'Revert "feat: vouchers"',
        "revert: feat: vouchers",
        f"revert: the vouchers\n\nRefs: {'1' * 7}, {'9' * 7}",
    ],
)
def test_a_revert_names_what_it_takes_back_in_many_ways(revert: str) -> None:
    assert notes(commit(1, "feat: vouchers (#12)"), commit(2, revert)).changes == ()


def test_a_revert_of_what_went_out_before_is_a_change() -> None:
    found = notes(commit(2, f'Revert "feat: vouchers"\n\nThis reverts commit {_sha(1)}.'))
    assert texts(found.changed) == ["Taken back: Vouchers"]


def test_of_two_with_one_subject_the_later_is_taken_back() -> None:
    first, second = commit(1, "feat: a"), commit(2, "feat: a", "Eve")
    assert notes(first, second, commit(3, 'Revert "feat: a"')).new == (Change("A", ("Bo",)),)


def test_a_pull_request_is_told_by_its_title_with_those_who_wrote_it() -> None:
    found = notes(
        commit(1, "wip", "Eve", (9,)),
        commit(2, "feat!: more of it", "Cy", (1,)),
        commit(3, "Merge pull request #4 from a/b\n\nVouchers in the cart", "Bo", (9, 2)),
    )
    (change,) = found.changes
    assert (change.text, change.authors) == ("Vouchers in the cart", ("Eve", "Cy"))
    assert change.breaking == "More of it"


def test_reverting_a_pull_requests_merge_takes_all_of_it_back() -> None:
    found = notes(
        commit(1, "feat: a", parents=(9,)),
        commit(2, "Merge pull request #4 from a/b\n\nVouchers", parents=(9, 1)),
        commit(3, f'Revert "Vouchers"\n\nThis reverts commit {_sha(2)}, reversing', parents=(2,)),
    )
    assert found.changes == ()


def test_pull_requests_inside_a_branch_for_a_release_are_told_one_by_one() -> None:
    found = notes(
        commit(1, "x", parents=(9,)),
        commit(2, "Merge pull request #1 from a/b\n\nAdd a", parents=(9, 1)),
        commit(3, "y", parents=(2,)),
        commit(4, "Merge pull request #2 from a/c\n\nAdd b", parents=(2, 3)),
        commit(5, "Merge branch 'develop'", parents=(8, 4)),
    )
    assert texts(found.new) == ["Add a", "Add b"]
    assert found.other == ()


@given(st.lists(st.text(max_size=120), max_size=12), st.data())
def test_any_messages_make_notes_of_bounded_lines(messages: list[str], data: st.DataObject) -> None:
    """Nothing is invented either: there are never more lines and folded ones than commits."""
    commits = [
        commit(it + 1, message, parents=tuple(data.draw(st.lists(st.integers(1, 12), max_size=3))))
        for it, message in enumerate(messages)
    ]
    found = notes(*commits)
    assert len(found.changes) + found.upkeep <= len(commits)
    for change in found.changes:
        assert change.text == change.text.strip() != ""
        assert len(change.text) <= LONGEST_LINE
        assert "\n" not in change.text
