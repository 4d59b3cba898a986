"""A commit names co-authors and its pull request; authors become people, never by guess."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.authors import Author, asked_by, authors_of, developers, is_bot, person_of
from bot.core.commit import (
    MOST_OF_MESSAGE,
    Commit,
    co_authors,
    pull_request_of,
    shortened_message,
    trailers,
)
from bot.core.policy import GITLAB, Person, Policy


def somebody(key: str, **facts: str) -> Person:
    return Person(key=key, channels=("sms",), timezone="UTC", **({"name": key.title()} | facts))  # type: ignore[arg-type]


PEOPLE = (
    somebody("ana", github="ana-dev", gitlab="ana.g", email="Ana@Example.com"),
    somebody("bo", name="Bo Berg"),
    somebody("cy", name="Sam Smith"),
    somebody("di", name="Sam Smith"),
)
POLICY = Policy("UTC", {it.key: it for it in PEOPLE}, {}, {})


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        # A squash at GitHub.
        ("x (#1)\n\n* a\n\n---------\n\nCo-authored-by: Bo <b@x.y>\nCo-authored-by: Cy <c@x.y>",
         ("Bo <b@x.y>", "Cy <c@x.y>")),
        ("x\n\nCO-AUTHORED-BY: Bo <b@x.y>\nco-authored-by: Bo <b@x.y>", ("Bo <b@x.y>",)),
        ("Co-authored-by: Bo <b@x.y>", ()),  # a subject is no trailer
        ("x\n\nCo-authored-by: Bo <b@x.y>\n\nand then more words", ()),  # not at the end
        ("x\n\nwords before\nCo-authored-by: Bo <b@x.y>", ()),  # not only trailers
        # With one that git writes itself, a quarter is enough.
        ("x\n\nwords\nSigned-off-by: A <a@x.y>\nCo-authored-by: Bo <b@x.y>", ("Bo <b@x.y>",)),
        ("x\n\nCo-authored-by: Bo\n  Berg <b@x.y>", ("Bo Berg <b@x.y>",)),  # folded
        ("x\n\nCo-authored-by: Bo <b@x.y>\n---\n a patch: b", ("Bo <b@x.y>",)),
        ("", ()),
    ],
)  # fmt: skip
def test_co_authors_are_the_trailers_at_the_end(message: str, expected: tuple[str, ...]) -> None:
    assert co_authors(message) == expected


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("feat: x (#12)\n\nbody (#13)", "#12"),
        ("Merge pull request #4 from a/b\n\ntitle", "#4"),
        ("Merge branch 'x' into 'main'\n\ntitle\n\nSee merge request group/sub/proj!12", "!12"),
        ("feat: x (!7)", "!7"),
        ("Merged in voucher (pull request #9)\n\ntitle", "#9"),
        ("fix: closes #12", None),  # an issue
        ("fix (#12) it", None),
        ("", None),
    ],
)
def test_a_pull_request_is_read_as_hosts_write_it(message: str, expected: str | None) -> None:
    assert pull_request_of(message) == expected


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    message = "feat: x\n\n" + "words " * 2000 + "\n\nBREAKING CHANGE: y"
    kept = shortened_message(message)
    assert len(kept) <= MOST_OF_MESSAGE + 3
    assert (kept[:7], kept[-18:]) == ("feat: x", "BREAKING CHANGE: y")


@pytest.mark.parametrize(
    ("commit", "expected"),
    [
        (Commit("1", author="Whoever", login="Ana-Dev"), "ana"),
        (Commit("1", author="Whoever", email="ana@example.COM"), "ana"),
        (Commit("1", author="W", email="123+ana-dev@users.noreply.github.com"), "ana"),
        (Commit("1", author="W", email="ana-dev@users.noreply.github.com"), "ana"),
        (Commit("1", author="ana-dev"), "ana"),  # as versions before kept it
        (Commit("1", author="bo berg"), "bo"),
        (Commit("1", author="Sam Smith"), None),  # two people have that name
        (Commit("1", author="Ana Other", email="ana@elsewhere.com"), None),
        (Commit("1", author="Bo Berg[bot]"), None),
        # Who calls themselves a program cannot hide so that their commit is theirs.
        (Commit("1", author="renovate[bot]", login="ana-dev"), "ana"),
        (Commit("1", author="renovate[bot]", email="ana@example.com"), "ana"),
        (Commit("1"), None),
    ],
)
def test_an_author_is_a_person_by_login_address_or_name(
    commit: Commit, expected: str | None
) -> None:
    assert person_of(commit, POLICY) == expected


def test_a_login_counts_at_its_own_host_only() -> None:
    assert person_of(Commit("1", author="x", login="ana.g"), POLICY, GITLAB) == "ana"
    assert person_of(Commit("1", author="x", login="ana.g"), POLICY) is None
    assert person_of(Commit("1", author="x", login="ana-dev"), POLICY, GITLAB) is None


@pytest.mark.parametrize(
    "written",
    [
        "mia",
        " Mia ",
        "MIA@example.com",
        "Mia <mia@example.com>",
        "Mia (mia@example.com)",
        "Somebody <mailto:mia@example.com>",
        "mia-dev",
        "@mia-dev",
        "Mia Mint (mia-dev)",
        "https://github.com/mia-dev",
        "12+mia-dev@users.noreply.github.com",
        "mia.at.gitlab",
        "@mia.at.gitlab",
        "7-mia.at.gitlab@users.noreply.gitlab.com",
        "<@U0MIA>",
        "<@U0MIA|mia>",
        "@U0MIA",
        "U0MIA",
    ],
)
def test_who_asked_is_known_however_the_pipeline_writes_it(written: str) -> None:
    mia = somebody(
        "mia", email="mia@example.com", github="mia-dev", gitlab="mia.at.gitlab", slack="U0MIA"
    )
    policy = Policy("UTC", {"mia": mia, "bo": somebody("bo", slack="U0BO")}, {}, {})
    assert asked_by(written, policy) == "mia"


@pytest.mark.parametrize("written", [None, "", "ci", "<@U0EVE>", "@", "Mia of sales", "<>"])
def test_who_asked_is_not_guessed(written: str | None) -> None:
    policy = Policy("UTC", {"mia": somebody("mia"), "bo": somebody("bo", slack="U0BO")}, {}, {})
    assert asked_by(written, policy) is None


def test_robots_are_no_developers_and_strangers_keep_their_names() -> None:
    commits = [
        Commit("1", author="Ana", login="ana-dev", co_authors=("Zoe <z@x.y>", "Bo Berg <b@x.y>")),
        Commit("2", author="dependabot[bot]", login="dependabot[bot]"),
        Commit("3", author="GitHub", login="web-flow", co_authors=("zoe <zoe@x.y>",)),
        Commit("4", author="renovate", email="somebody@x.y"),
    ]
    assert authors_of(commits[0], POLICY) == (
        Author("Ana", "ana"),
        Author("Zoe"),
        Author("Bo Berg", "bo"),
    )
    found = developers(commits, POLICY)
    assert [it.name for it in found] == ["Ana", "Zoe", "Bo Berg", "renovate"]
    assert is_bot(None, "49699333+dependabot[bot]@users.noreply.github.com", None)


@given(st.text(max_size=400))
def test_no_message_is_too_strange_to_be_read(message: str) -> None:
    trailers(message)
    co_authors(f"x\n\n{message}")
    pull_request_of(message)
