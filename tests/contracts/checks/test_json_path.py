"""JSON from strangers, and the way into it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.json_path import MISSING, NotJson, find, parse, same, shown

DOCUMENT: dict[str, Any] = {
    "status": "up",
    "components": {"db": {"status": "down"}, "a.b": {"c.d": 1}},
    "items": [{"name": "first"}, [0, {"deep": True}]],
    "": {"": "empty"},
    "null": None,
}
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
documents = st.recursive(
    plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status", "up"),
        ("components.db.status", "down"),
        ("components.a.b.c.d", 1),  # keys with dots in them
        ("items.0.name", "first"),
        ("items.1.1.deep", True),
        ("null", None),
    ],
)
def test_a_path_leads_to_its_value(path: str, value: object) -> None:
    assert find(DOCUMENT, path) == value


@pytest.mark.parametrize(
    "path", ["nothing", "status.x", "items.2", "items.-1", "items.x", "items.٠", "null.x", "a..b"]
)
def test_a_path_that_leads_nowhere_is_missing(path: str) -> None:
    assert find(DOCUMENT, path) is MISSING


def test_a_long_path_into_an_unkind_document_is_quick() -> None:
    nested: Any = 1
    for _ in range(200):
        nested = {"a": nested}
    assert find(nested, ".".join("a" * 200)) == 1
    assert find(nested, ".".join("a" * 201)) is MISSING


@pytest.mark.parametrize(
    "text", ["", "nonsense", "{", "[" * 100_000, '{"a":' * 100_000, "{'a': 1}", "\x00", "NaN,"]
)
def test_what_is_no_json_is_one_error(text: str) -> None:
    with pytest.raises(NotJson):
        parse(text)


def test_a_byte_order_mark_in_front_is_ignored() -> None:
    assert parse('\ufeff{"status": "up"}') == {"status": "up"}


def test_huge_numbers_are_numbers() -> None:
    assert parse("[" + "9" * 5000 + "]") == [float("inf")]
    assert parse("-" + "9" * 5000) == float("-inf")
    assert parse("1e999") == float("inf")
    assert parse("9" * 400) == 10**400 - 1


@pytest.mark.parametrize(
    ("found", "wanted", "equal"),
    [
        ("up", "up", True),
        ("UP", "up", False),
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (True, True, True),
        (None, None, True),
        ("1", 1, False),
        ([1, [2]], [1, [2]], True),
        ([1], [True], False),
        ({"a": [1]}, {"a": [1]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
    ],
)
def test_values_are_the_same_as_json_has_it(found: object, wanted: object, equal: bool) -> None:
    assert same(found, wanted) is equal


@given(documents)
def test_every_document_equals_itself_and_can_be_shown(document: object) -> None:
    assert same(parse(json.dumps(document)), document)
    assert 0 < len(shown(document)) <= 43


@given(documents, st.text())
def test_no_path_raises(document: object, path: str) -> None:
    find(document, path)
