"""Whatever bytes the file holds: a Config or a ConfigError, and what YAML makes of plain words."""

import json
import os
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import Config, ConfigError, load, parse
from config.document import LARGEST, Unreadable, compose, data
from config.loading import LARGEST_FILE
from tests.config.worlds import EXAMPLE, SMALL, good, problems, whats

KEYS = [
    "timezone",
    "slack",
    "people",
    "teams",
    "escalation",
    "services",
    "sign_off",
    "senders",
    "watchdog",
    "canaries",
    "defaults",
    "acknowledge",
    "storm",
    "suspect_window",
    "maintenance",
    "members",
    "on_call",
    "rota",
    "layers",
    "every",
    "starts",
    "only",
    "checks",
    "staging_checks",
    "http",
    "tcp",
    "heartbeat",
    "expect",
    "json",
    "status",
    "name",
    "phone",
    "depends_on",
    "page",
    "by",
    "after",
    "repeat",
    "approvers",
    "trigger",
    "workflow",
    "weekly",
    "from",
    "until",
    "ana",
    "it",
    "checkout",
    "default",
    "incidents",
    "ping",
]
words = st.sampled_from(KEYS) | st.text(max_size=8)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | words
    | st.sampled_from(["10s", "+15005550101", "#incidents", "2026-11-23 09:00", "Mon-Fri", "UTC"])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=5),
    max_leaves=30,
)


def loads(content: bytes | str, env: dict[str, str] | None = None) -> Config | None:
    """The Config, or None for a ConfigError with at least one problem; anything else is a bug."""
    try:
        return parse(content, env or {})
    except ConfigError as error:
        found = error.problems
    assert found
    assert all(problem.what and problem.line >= 0 for problem in found)
    return None


@given(st.binary(max_size=300))
def test_any_bytes_load_or_are_refused(content: bytes) -> None:
    loads(content)


@given(st.text(alphabet="abc:-[]{}#&*!|>'\"%@`,? \n\t0123", max_size=120))
def test_any_text_of_yaml_signs_loads_or_is_refused(text: str) -> None:
    loads(SMALL + text)


@given(values)
def test_any_values_load_or_are_refused(value: object) -> None:
    loads(json.dumps(value))


@given(st.sampled_from(KEYS), values)
def test_any_value_in_any_section_loads_or_is_refused(key: str, value: object) -> None:
    loads(SMALL + json.dumps(key) + ": " + json.dumps(value) + "\n")


@given(st.data())
def test_a_damaged_example_loads_or_is_refused(draw: st.DataObject) -> None:
    content = EXAMPLE.read_bytes()
    at = draw.draw(st.integers(0, len(content)))
    length = draw.draw(st.integers(0, 40))
    loads(content[:at] + draw.draw(st.binary(max_size=20)) + content[at + length :])


VARIABLES = ["PORT", "HOOK_TOKEN_X", "SMTP_URL", "DATABASE_URL", "PUBLIC_URL", "TWILIO_FROM"]
VARIABLES += ["SECRET_KEY_FILE", "HOOK_TOKEN__FILE"]


@given(st.dictionaries(st.sampled_from(VARIABLES), st.text()))
def test_any_environment_loads_or_is_refused(env: dict[str, str]) -> None:
    loads(SMALL, env)


@given(
    values.filter(lambda value: "NaN" not in json.dumps(value) and "Inf" not in json.dumps(value))
)
def test_json_reads_as_json(value: object) -> None:
    text = json.dumps(value, indent="\t")
    try:
        root, flaws = compose(text)
    except Unreadable:
        return
    if root is not None and not flaws and '""' not in text:
        assert data(root) == json.loads(text)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_with_tabs_and_faces_is_accepted(ascii_only: bool) -> None:
    document = {
        "people": {"ana": {"name": "Ana 😀", "phone": "+15005550101"}},
        "teams": {"it": {"members": ["ana"]}},
    }
    config = good(json.dumps(document, indent="\t", ensure_ascii=ascii_only))
    assert config.people["ana"].name == "Ana 😀"


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    content = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert parse(content, {}).teams["it"].members == ("ana",)


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "12:30", "1_000", "2026-11-23", "0b1"])
def test_a_word_that_old_yaml_would_bend_stays_text(word: str) -> None:
    config = good(SMALL + f"services:\n  checkout: {{environment: {word}}}\n")
    assert config.services["checkout"].environment == word


@pytest.mark.parametrize("word", ["022", "1.10", "true", "12", "1e3", "0x1F"])
def test_a_word_that_is_no_text_is_not_bent_into_one(word: str) -> None:
    found = problems(SMALL + f"services:\n  checkout: {{environment: {word}}}\n")
    assert [(one.line, one.where) for one in found] == [(13, "services.checkout.environment")]
    assert "quotes" in found[0].mend


def test_quoted_words_are_text_and_tagged_ones_too() -> None:
    text = 'services:\n  a: {environment: "022"}\n  b: {environment: !!str 1.10}\n'
    config = good(SMALL + text)
    assert [config.services[key].environment for key in "ab"] == ["022", "1.10"]


def test_a_key_that_old_yaml_would_bend_stays_a_word() -> None:
    config = good(SMALL + "services:\n  on: {}\n  1: {}\n")
    assert list(config.services) == ["on", "1"]


def test_anchors_and_merges_share_what_is_the_same() -> None:
    config = good(
        SMALL
        + "services:\n"
        + "  a: &same {environment: live, by_hand: [database]}\n"
        + "  b: {<<: *same, environment: test}\n"
    )
    assert config.services["b"].environment == "test"
    assert config.services["b"].by_hand == ("database",)


def test_an_alias_bomb_is_refused_in_no_time() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 30)]
    assert "far too large" in problems("\n".join(lines))[0].what
    assert LARGEST < 10**7


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_and_never_overflows(opening: str) -> None:
    found = problems("canaries: " + "\n" * (opening in "- ? ") + opening * 50_000)
    assert len(found) == 1


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\uffff"])
def test_a_character_that_no_text_holds_is_named_with_its_place(sign: str) -> None:
    found = problems(SMALL + f'timezone: "U{sign}TC"\n')
    assert [(one.line, one.column) for one in found] == [(12, 13)]
    assert f"U+{ord(sign):04X}" in found[0].what


def test_text_that_is_not_utf8_is_refused_with_its_line() -> None:
    for content in (b"people:\n  ana: {name: \xff}\n", "people: {}\n".encode("utf-16")):
        found = problems(content)
        assert whats(found) == [": not UTF-8 text"]
    assert problems(b"a: 1\nb: \xe4\n")[0].line == 2


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    return caught.value.problems[0].what


def test_a_path_that_cannot_be_read_is_refused_in_words(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.yaml") == "there is no such file"
    assert refusal(tmp_path) == "is a directory"
    assert refusal(tmp_path / "a\0b") == "cannot be read: bad path"
    assert refusal(tmp_path / ("x" * 300)).startswith("cannot be read: File name too long")
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path / "pipe") == "is not a regular file"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert refusal(tmp_path / "loop")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(LARGEST_FILE + 1)
    assert refusal(tmp_path / "huge") == "is larger than 4096 KiB"


def test_a_missing_file_says_what_to_copy_and_the_environment_is_checked_too(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, {"MIDWATCH_CONFIG": str(tmp_path / "none.yaml"), "PORT": "x"})
    assert "config/example.yaml" in str(caught.value)
    assert "PORT" in str(caught.value)


def test_many_hundreds_of_services_load_quickly_enough() -> None:
    people = "".join(f"  p{i}: {{phone: '+1500555{i:04}'}}\n" for i in range(300))
    teams = "".join(f"  t{i}: {{members: [p{i}]}}\n" for i in range(300))
    services = "".join(
        f"  s{i}: {{teams: [t{i % 300}], depends_on: [s{i + 1}], checks: [{{tcp: 'h{i}:443'}}]}}\n"
        for i in range(999)
    )
    text = f"people:\n{people}teams:\n{teams}services:\n{services}  s999: {{teams: [t1]}}\n"
    config = good(text + "defaults: {timeout: 3s}\n")
    assert len(config.services) == 1000


def test_a_long_chain_that_closes_is_one_ring() -> None:
    services = "".join(f"  s{i}: {{depends_on: [s{(i + 1) % 2000}]}}\n" for i in range(2000))
    found = problems(SMALL + f"services:\n{services}")
    assert [one.where for one in found] == ["services.s1999.depends_on[0]"]


@given(st.text(string.printable, max_size=30))
def test_a_name_is_kept_as_it_was_written(name: str) -> None:
    text = SMALL + "services: {checkout: {name: " + json.dumps(name) + "}}\n"
    config = loads(text)
    assert config is None or config.services["checkout"].name in (name, "checkout")
    if config is None:
        assert not name or "\x0b" in name or "\x0c" in name
