"""Reading the lines of an import: every mistake at once, each with its place and what to do."""

import json
from typing import Any

import pytest

from bot.core.history import PastIncident
from bot.importing.lines import LONGEST_LINE, Lines, read
from tests.importing.world import NOW, POLICY, at, deployment, incident, stream

Row = dict[str, Any] | bytes


def told(*lines: Row) -> list[str]:
    return [str(problem) for problem in reading(*lines).problems]


def reading(*lines: Row) -> Lines:
    return read(stream(*lines), POLICY, NOW)


def page(**changes: Any) -> dict[str, Any]:
    return {"person": "ana", "team": "it", "channel": "sms", "at": at(1)} | changes


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"\xff\xfe{}", "line 1: is not UTF-8 (byte 1): save the file as UTF-8"),
        (b'{"kind": ', "line 1: is not JSON: Expecting value (column 10)"),
        (b'{"kind": NaN}', "line 1: is not JSON: NaN is no number of JSON's"),
        (b"[" * 100_000, "line 1: is not JSON: "),
        (b"[1]", 'line 1: is not a JSON object: each line is one, such as {"kind": …}'),
        (b'"' + b"a" * LONGEST_LINE + b'"', "line 1: is longer than 1 MiB"),
        ({"kind": "outage"}, "line 1: kind: must be one of deployment, incident"),
        (incident(service="chekout"), "unknown service 'chekout'; did you mean 'checkout'?"),
        (incident(service=7), "service: unknown service '7'"),
        (incident(id=None), "line 1: id: is missing"),
        (incident(id=["x"]), "line 1: id: must be a text"),
        (incident(began_at="2026-05-06 21:07"), "began_at: is not a time with an offset"),
        (incident(began_at=None), "began_at: is empty: give a time with an offset"),
        (incident(resolved_at=at(0.5), acknowledged={}), "resolved_at: is before triggered_at"),
        (incident(triggered_at=at(-1)), "triggered_at: is before began_at"),
        (incident(resolved_at="2027-01-01T00:00:00Z"), "resolved_at: is in the future"),
        (incident(resolved_at=None), "leave the incident out until it is"),
        (incident(acknowledged={"ops": at(2)}), "acknowledged.ops: unknown team 'ops'; known: it"),
        (incident(acknowledged={"it": at(-2)}), "acknowledged.it: is before began_at"),
        (incident(acknowledged={"it": at(31)}), "acknowledged.it: is after resolved_at"),
        (incident(acknowledged=["it"]), "acknowledged: must be an object"),
        (incident(acknowledge={}), "acknowledge: is no field of it; did you mean 'acknowledged'?"),
        (incident(pages=[page(person="eve")]), "pages.0.person: unknown person 'eve'; known: ana"),
        (incident(pages=[page(channel="fax")]), "pages.0.channel: must be one of sms, call"),
        (incident(pages=[page(at=at(-1))]), "pages.0.at: is before began_at"),
        (incident(pages=[page(at=at(6000))]), "pages.0.at: is long after resolved_at"),
        (incident(began_at="1970-01-01T00:00:00Z"), "with an offset after 1999"),
        (deployment(status="done"), "status: must be one of started, succeeded"),
        (deployment(finished_at=at(-8)), "finished_at: is before started_at"),
        (deployment(finished_at=None), "finished_at: is missing: one that succeeded has an end"),
        (deployment(status="started", started_at=None), "started_at: is missing"),
        (deployment(environment="moon"), "environment: unknown environment 'moon'"),
        (deployment(url="ftp://x"), "url: must begin with https:// or http://"),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_a_bad_line_is_told_with_its_place(line: Row, words: str) -> None:
    (problem,) = told(line)
    assert words in problem


def test_all_mistakes_of_all_lines_are_told_at_once() -> None:
    wrong = incident(id="b", began_at="noon", acknowledged={"it": "later"}, url="x")
    assert [it.split(":")[:2] for it in told(deployment(), b"", {"kind": 1}, wrong)] == [
        ["line 3", " kind"],
        ["line 4", " began_at"],
        ["line 4", " acknowledged.it.at"],
        ["line 4", " url"],
    ]


def test_a_time_that_cannot_be_read_hides_no_name_that_nobody_knows() -> None:
    wrong = incident(began_at="noon", service="chekout", pages=[page(team="ops", channel="fax")])
    assert [": ".join(it.split(": ")[1:2]) for it in told(wrong)] == [
        "service",
        "pages.0.team",
        "pages.0.channel",
        "began_at",
    ]
    early = deployment(service="chekout", started_at=at(9), finished_at=at(1))
    assert [it.split(": ")[1] for it in told(early)] == ["service", "finished_at"]


def test_blank_lines_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    raw = b"\xef\xbb\xbf" + json.dumps(deployment()).encode() + b"\r"
    found = reading(raw, b"  ", incident())
    assert not found.problems
    assert (len(found.deployments), len(found.incidents)) == (1, 1)


def test_the_same_line_twice_is_once_and_another_one_of_its_id_is_a_mistake() -> None:
    found = reading(incident(), dict(reversed(incident().items())), incident(url=None))
    assert (len(found.incidents), found.repeated, found.problems) == (1, 2, [])
    (problem,) = told(incident(), incident(resolved_at=at(31)))
    assert problem.startswith("line 2: id: incident 'OPS-77' says something else in line 1")


def test_one_run_may_go_to_two_environments() -> None:
    found = reading(deployment(), deployment(environment="staging"))
    assert (len(found.deployments), found.problems) == (2, [])


def test_keys_are_found_however_their_case_and_a_person_may_be_told() -> None:
    said = {"IT": {"at": at(2), "by": "ANA"}, "development": None}
    (line,) = reading(incident(service="Checkout", acknowledged=said)).incidents
    assert isinstance(line.record, PastIncident)
    assert line.record.service == "checkout"
    assert [(team, by) for team, _at, by in line.record.acknowledged] == [("it", "ana")]
