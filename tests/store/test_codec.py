"""Documents: every event and effect comes back, whatever its text, and across versions."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.deployment import Attempt
from bot.core.effects import Effect, RefreshThread
from bot.core.events import Acknowledged, Actor, Event
from bot.core.link import Link
from bot.core.page import Page
from bot.store import codec, text
from bot.store.tables import OutboxRow, table
from tests.store.world import NOW, deployment, down, link_to

seconds = st.floats(-1e9, 4e9)
times = seconds.map(lambda it: datetime.fromtimestamp(it, UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=400))
any_text = st.text(st.characters(), max_size=40)  # lone surrogates and NUL included
st.register_type_strategy(datetime, times)
st.register_type_strategy(timedelta, spans)
st.register_type_strategy(str, any_text)
st.register_type_strategy(float, st.floats(0, 1e9))
st.register_type_strategy(int, st.integers(-(2**31), 2**31))


def cleaned(value: Any) -> Any:
    """The value as a database can keep it: the same, but for NUL and lone surrogates."""
    if isinstance(value, str) and type(value) is str:
        return text.words(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = {it.name: cleaned(getattr(value, it.name)) for it in dataclasses.fields(value)}
        return type(value)(**parts)
    if isinstance(value, tuple):
        return tuple(cleaned(item) for item in value)
    return value


@pytest.mark.parametrize("kind", get_args(Event), ids=lambda kind: kind.__name__)
def test_every_event_comes_back(kind: type) -> None:
    @given(st.from_type(kind))
    def comes_back(event: Any) -> None:
        document = codec.event_to_json(event)
        assert "\x00" not in document
        document.encode()
        assert codec.event_from_json(document) == cleaned(event)

    comes_back()


@pytest.mark.parametrize("kind", get_args(Effect), ids=lambda kind: kind.__name__)
def test_every_effect_comes_back(kind: type) -> None:
    @given(st.from_type(kind))
    def comes_back(effect: Any) -> None:
        assert codec.effect_from_json(codec.effect_to_json(effect)) == cleaned(effect)

    comes_back()


@given(st.from_type(Link))
def test_every_link_comes_back_without_commits(link: Link) -> None:
    found = codec.link_from_json(codec.link_to_json(link))
    ids = {text.words(id_) for id_ in codec.deployments_in(link)}
    assert codec.deployments_in(found) == ids
    assert codec.link_from_json(codec.link_to_json(found)) == found
    assert (found.label, found.odds, found.reason) == (link.label, link.odds, cleaned(link.reason))


@given(st.lists(st.from_type(Attempt)))
def test_earlier_attempts_come_back(attempts: list[Attempt]) -> None:
    kept = tuple(attempts)
    assert codec.attempts_from_json(codec.attempts_to_json(kept)) == kept


def test_a_link_gets_its_commits_from_their_table() -> None:
    one = deployment()
    link = link_to(one)
    found = codec.link_from_json(codec.link_to_json(link))
    assert found != link
    assert codec.with_commits(found, {one.id: one.commits}) == link


def test_what_a_newer_version_added_is_ignored() -> None:
    document = json.loads(codec.event_to_json(down()))
    document["invented_later"] = {"a": 1}
    assert codec.event_from_json(json.dumps(document)) == down()


def test_what_an_older_version_did_not_write_takes_its_default() -> None:
    document = json.loads(codec.event_to_json(down()))
    del document["tries"], document["last_good_at"], document["detail"]
    assert codec.event_from_json(json.dumps(document)) == dataclasses.replace(down(), detail="")


@pytest.mark.parametrize("document", ['{"kind": "of the future"}', "{}", "no json", '{"kind": 1}'])
def test_what_cannot_be_read_is_said_without_its_content(document: str) -> None:
    with pytest.raises(codec.Unreadable) as error:
        codec.event_from_json(document)
    assert "future" not in str(error.value)


def test_unreadable_effects_are_told_apart_too() -> None:
    with pytest.raises(codec.Unreadable):
        codec.effect_from_json('{"kind": "thread", "number": "secret"}')
    assert codec.effect_from_json('{"kind": "thread", "number": 3}') == RefreshThread(3)


def test_times_keep_their_microseconds() -> None:
    found = codec.event_from_json(codec.event_to_json(down(at=NOW)))
    assert found == down(at=NOW)
    assert NOW.microsecond


def test_an_event_without_a_number_is_not_given_one() -> None:
    event = Acknowledged(None, Actor("ana", "sms"), NOW, everything=True)
    assert codec.event_from_json(codec.event_to_json(event)) == event


@given(any_text, any_text)
def test_cleaning_twice_changes_nothing_more(one: str, other: str) -> None:
    assert text.words(text.words(one)) == text.words(one)
    assert text.name(text.name(one * 99)) == text.name(one * 99)
    if text.words(one) != text.words(other):
        assert text.name("x" * 300 + one) != text.name("x" * 300 + other)


def test_a_page_has_a_column_for_each_of_its_fields() -> None:
    assert {field.name for field in dataclasses.fields(Page)} <= set(table(OutboxRow).c.keys())
