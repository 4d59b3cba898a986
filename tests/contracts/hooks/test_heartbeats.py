"""What a call of a job says: by path, query, form, JSON or plain text."""

import json
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hook import BadRequest, Incoming, Known
from bot.sources.heartbeats import HOOK, WORDS
from tests.contracts.hooks.test_route import BEATS, bearer, client
from tests.contracts.hooks.world import NOW, POLICY, Inbox

KNOWN = Known(POLICY, NOW, BEATS)
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def call(
    path: str = "backup", body: bytes = b"", kind: str = "", query: dict[str, str] | None = None
) -> tuple[object, str]:
    """What is heard, and the message."""
    parsed = HOOK.parse(Incoming({"content-type": kind}, body, query or {}, path), KNOWN)
    return parsed.answer["heard"], parsed.beats[0].message if parsed.beats else ""


@pytest.mark.parametrize(
    ("what", "word"), [(k, word) for k, words in WORDS.items() for word in words]
)
def test_words_and_numbers_that_people_already_use(what: str, word: str) -> None:
    assert call(query={"status": f" {word.upper()} "})[0] == what
    body = {"status": int(word) if word.isdigit() else word}
    assert call(body=json.dumps(body).encode(), kind=JSON)[0] == what
    assert call(body=urlencode(body).encode(), kind=FORM)[0] == what


@pytest.mark.parametrize(
    ("path", "heard"),
    [
        ("", ("ok", "")),
        ("/0", ("ok", "")),
        ("/1", ("fail", "exit code 1")),  # of a shell, where nothing but 0 is good
        ("/100", ("fail", "exit code 100")),
        ("/255", ("fail", "exit code 255")),
        ("/fail", ("fail", "")),
        ("/start", ("start", "")),
        ("/start/", ("start", "")),
    ],
)
def test_the_end_of_a_crontab_line(path: str, heard: tuple[str, str]) -> None:
    assert call(f"backup{path}") == heard


@pytest.mark.parametrize("after", ["256", "1000", "-1", "²", "1.0", "stop", "0/0", "warn"])
def test_what_may_not_stand_after_the_name(after: str) -> None:
    with pytest.raises(BadRequest, match="only /start, /fail and /0 to /255") as refused:
        call(f"backup/{after}")
    assert refused.value.field == "path"


@pytest.mark.parametrize(
    ("body", "kind", "heard"),
    [
        # What curl -d sends is called a form, whatever it is.
        (b"status=warn&message=disk+80%25", FORM, ("warn", "disk 80%")),
        (b"status=warn&message=disk 80%", FORM, ("warn", "disk 80%")),
        (b"message=done", FORM, ("ok", "done")),
        (b'{"status": "fail", "message": "disk"}', FORM, ("fail", "disk")),
        (b'{"status": "fail"}', "", ("fail", "")),
        (b'{"a log": "line"}', FORM, ("ok", "")),
        (b"{not json", FORM, ("ok", "{not json")),
        (b"copied a=1&b=2", FORM, ("ok", "copied a=1&b=2")),
        (b"host=web1&status=fail", FORM, ("fail", "")),
        (b"status=fail&message=R&D disk=95%25", FORM, ("fail", "R&D disk=95%")),
        (b"message=A&B&status=fail", FORM, ("fail", "A&B")),
        (b"a&" * 2000, FORM, ("ok", ("a&" * 2000)[-500:])),
        (b"status=fail", "text/plain", ("ok", "status=fail")),  # they say that it is text
        (b'{"message": 5}', "application/json; charset=utf-8", ("ok", "5")),
        (b'{"message": ["x"]}', JSON, ("ok", "")),
        (b"", JSON, ("ok", "")),
    ],
)
def test_a_body_is_read_as_it_was_meant(body: bytes, kind: str, heard: tuple[str, str]) -> None:
    assert call(body=body, kind=kind) == heard


@pytest.mark.parametrize("status", ["", " ", "good", "4", None, True, 1.5, [], {}, "x" * 999])
def test_a_word_that_is_not_known_is_refused_with_those_that_are(status: object) -> None:
    with pytest.raises(
        BadRequest, match=r"unknown status .*; known: ok, up, .* 3, start"
    ) as refused:
        call(body=json.dumps({"status": status}).encode(), kind=JSON)
    assert refused.value.field == "status"


@pytest.mark.parametrize(
    ("value", "shown"), [(True, "true"), (None, "null"), (1.5, "1.5"), ("good", "'good'")]
)
def test_what_was_given_for_a_status_is_shown(value: object, shown: str) -> None:
    with pytest.raises(BadRequest, match=f"unknown status {shown};"):
        call(body=json.dumps({"status": value}).encode(), kind=JSON)


@pytest.mark.parametrize("key", ["state", "Status", "staus", "stauts", "result", "outcome"])
def test_a_failure_under_another_name_is_refused_rather_than_heard_as_ok(key: str) -> None:
    with pytest.raises(BadRequest, match="did you mean 'status'") as refused:
        call(query={key: "fail"})
    assert refused.value.field == key
    for body, kind in ((f"{key}=fail".encode(), FORM), (json.dumps({key: 1}).encode(), JSON)):
        with pytest.raises(BadRequest, match="did you mean 'status'"):
            call(body=body, kind=kind)


def test_other_fields_beside_the_status_are_nobodys_mistake() -> None:
    assert call(query={"status": "fail", "state": "x"}) == ("fail", "")
    assert call("backup/1", query={"result": "bad"}) == ("fail", "exit code 1")
    assert call(query={"rid": "7", "start_date": "today"}) == ("ok", "")
    assert call(body=b'{"result": {"rows": 5}}', kind=JSON) == ("ok", "")
    assert call(body=b"result=5 rows copied", kind=FORM) == ("ok", "result=5 rows copied")


def test_a_form_with_files_is_refused_rather_than_taken_for_fine() -> None:
    with pytest.raises(BadRequest, match="curl -d"):
        call(body=b"--x\r\n", kind="multipart/form-data; boundary=x")


@pytest.mark.parametrize(
    ("path", "status"), [("/fail", "ok"), ("/start", "ok"), ("/0", "1"), ("/1", "warn")]
)
def test_two_words_that_contradict_each_other_are_refused(path: str, status: str) -> None:
    with pytest.raises(BadRequest, match="contradict"):
        call(f"backup{path}", query={"status": status})
    with pytest.raises(BadRequest, match="contradict"):
        call(body=b"status=down", query={"status": "up"})
    assert call(f"backup{path}", query={"status": call(f"backup{path}")[0]})  # type: ignore[dict-item]


async def test_a_call_may_be_a_head_request() -> None:
    inbox = Inbox()
    async with client(inbox) as http:
        answer = await http.head("/hooks/heartbeats/backup/3", headers=bearer("master"))
        assert answer.status_code == 200
        wrong = await http.post("/hooks/heartbeats/backup?status=fine", headers=bearer("master"))
    assert wrong.status_code == 400
    assert inbox.store.beats == [("backup", "fail", "exit code 3")]


async def test_unknown_is_no_call_and_a_line_for_the_doctor() -> None:
    inbox = Inbox()
    async with client(inbox) as http:
        answer = await http.post(
            "/hooks/heartbeats/backup", json={"status": 3}, headers=bearer("master")
        )
    assert answer.json() == {"name": "backup", "heard": "unknown"}
    assert inbox.store.beats == []
    assert inbox.store.notes == [("heartbeats", "backup cannot tell how it is")]


KINDS = st.sampled_from([FORM, JSON, "", "text/plain", "multipart/form-data"]) | st.text()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
BODIES = st.binary() | st.dictionaries(st.sampled_from(["status", "message", "x"]), VALUES).map(
    lambda value: json.dumps(value).encode()
)
QUERIES = st.dictionaries(st.sampled_from(["status", "message"]) | st.text(), st.text())


@given(
    path=st.sampled_from(["backup", "backup/1", "backup/fail"]) | st.text(),
    body=BODIES,
    kind=KINDS,
    query=QUERIES,
)
def test_whatever_is_sent_is_a_call_or_refused(
    path: str, body: bytes, kind: str, query: dict[str, str]
) -> None:
    with suppress(BadRequest):
        heard, message = call(path, body, kind, query)
        assert heard in WORDS
        assert len(message) <= 500
        assert "\x00" not in message
