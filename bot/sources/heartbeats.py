"""`/hooks/heartbeats/NAME`: a job says that it ran, or any script how something is.

GET, HEAD or POST, so that `curl -H "Authorization: Bearer …"` at the end of a crontab line is
enough. How it went stands after the name (`/start`, `/fail`, an exit code of a shell) or in
`status`, in the words of those who do the same; `message` is what people are shown. Both may come
as a query, a form or JSON; any other body is the message.
"""

import difflib
import json
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from bot.hook import BadRequest, Beat, Hook, Incoming, Known, Parsed, Secrets
from bot.sources import reading

NAME = "heartbeats"
WORDS = {
    "ok": ("ok", "up", "pass", "passed", "success", "0"),
    "warn": ("warn", "warning", "degraded", "1"),
    "fail": ("fail", "failed", "failure", "down", "critical", "error", "2"),
    "unknown": ("unknown", "3"),
    "start": ("start", "started"),
}
"""What is heard, and the words and numbers for it; the numbers are those of monitoring plugins."""
_HEARD = {word: what for what, words in WORDS.items() for word in words}
LONGEST_MESSAGE = 500
_OURS = re.compile(r"(?:^|&)(?:status|message)=")
FOREIGN_AT_MOST = 50
"""Fields that are not ours and are looked at for a misspelt one."""
FIELDS = {"status", "message"}
MEANT = {"state", "result", "outcome"}
"""What others call a status."""


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """A bearer token: HOOK_TOKEN, or HOOK_TOKEN_<SENDER> of a sender with `heartbeats`."""
    return secrets.require(incoming.bearer, NAME)


def parse(incoming: Incoming, known: Known) -> Parsed:
    """One call. Raises BadRequest for a name that no check has, and for words that are not known
    or contradict each other.

    `unknown` says nothing about how it went, so nothing is noted but a line for `doctor`; if it
    goes on, the heartbeat is missed.
    """
    name, _, after = incoming.path.strip("/").partition("/")
    heard = {_of_path(after)} if after else set[str]()
    if name not in known.heartbeats:
        raise BadRequest("name", f"unknown heartbeat {reading.clean(name, 100)!r}")
    fields = [*incoming.query.items(), *_body(incoming)]
    heard |= {_of_status(value) for key, value in fields if key == "status"}
    if not heard:
        _refuse_misspelt(fields)
    if len(heard) > 1:
        both = " and ".join(sorted(heard))
        raise BadRequest("status", f"it says {both}, which contradict each other")
    what = heard.pop() if heard else "ok"
    message = _message(fields) or (f"exit code {after}" if after.strip("0").isdigit() else "")
    answer = {"name": name, "heard": what}
    if what == "unknown":
        return Parsed(answer=answer, note=f"{name} cannot tell how it is: {message}".rstrip(": "))
    return Parsed(beats=(Beat(name, what, message),), answer=answer)


def _of_path(after: str) -> str:
    """An exit code is any program's here, not a plugin's: all but 0 are failures."""
    if after in ("start", "fail"):
        return after
    if after.isascii() and after.isdigit() and len(after) <= 3 and int(after) <= 255:
        return "fail" if int(after) else "ok"
    raise BadRequest("path", "after the name only /start, /fail and /0 to /255 are known")


def _of_status(value: object) -> str:
    word = (reading.text(value, 100) or "").lower()
    if word not in _HEARD:
        given = repr(word) if word or isinstance(value, str) else json.dumps(value)[:100]
        raise BadRequest("status", f"unknown status {given}; known: {', '.join(_HEARD)}")
    return _HEARD[word]


def _refuse_misspelt(fields: list[tuple[str, object]]) -> None:
    """A failure under another name must not be heard as ok."""
    for key, value in fields[:FOREIGN_AT_MOST]:
        name, said = key.strip().casefold()[:100], reading.text(value, 100)
        near = name in MEANT or difflib.get_close_matches(name, ["status"], cutoff=0.8)
        if near and said and len(said.split()) == 1:
            shown = reading.clean(key, 100)
            raise BadRequest(shown, f"unknown field {shown!r}; did you mean 'status'?")


def _message(fields: list[tuple[str, object]]) -> str:
    """What the job printed last is what tells: too long a message loses its beginning."""
    given = (reading.text(value, 1024 * 1024) for key, value in fields if key == "message")
    return next(filter(None, given), "")[-LONGEST_MESSAGE:]


def _body(incoming: Incoming) -> Iterator[tuple[str, object]]:
    """The body's fields. What `curl -d` sends is called a form, whatever it is."""
    kind = incoming.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise BadRequest("", "send a query, JSON, a form (curl -d) or plain text")
    text = incoming.body.decode("utf-8", "replace")
    if kind.endswith("json"):
        yield from _json(incoming.body)
    elif kind == "text/plain":
        yield "message", text
    elif text.lstrip().startswith("{"):
        yield from _json(incoming.body) if _is_json(incoming.body) else [("message", text)]
    else:
        yield from _form(text)


def _json(body: bytes) -> Iterator[tuple[str, object]]:
    found = reading.json_object(body) if body else {}
    return iter(found.items())


def _is_json(body: bytes) -> bool:
    try:
        reading.json_object(body)
    except BadRequest:
        return False
    return True


def _form(text: str) -> list[tuple[str, object]]:
    """A form, if one of our own fields is in it; anything else is a message.

    An & that was not escaped, and what follows it, belongs to the message before it.
    """
    ours = _OURS.search(text) is not None
    pairs: list[tuple[str, list[str]]] = []
    for part in (text if ours else text[:LONGEST_MESSAGE]).split("&"):
        key, equals, value = part.partition("=")
        if pairs and pairs[-1][0] == "message" and key not in FIELDS:
            pairs[-1][1].append(part)
        elif equals and (not ours or key in FIELDS):
            pairs.append((key, [value]))
    fields = [(unquote_plus(key), unquote_plus("&".join(value))) for key, value in pairs]
    return [*fields] if ours else [("message", text), *fields]


HOOK = Hook(
    name=NAME,
    scope=NAME,
    authenticate=authenticate,
    parse=parse,
    methods=("GET", "HEAD", "POST"),
    paths=True,
)
