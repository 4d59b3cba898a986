"""`/hooks/heartbeats/NAME`, also `/start` and `/fail`: a job says that it ran.

POST or GET, so that `curl -H "Authorization: Bearer …"` at the end of a crontab line is enough.
"""

from bot.hook import BadRequest, Beat, Hook, Incoming, Known, Parsed, Secrets
from bot.sources import reading

NAME = "heartbeats"
KINDS = {"": "ok", "start": "start", "fail": "fail"}
LONGEST_MESSAGE = 500


def authenticate(incoming: Incoming, secrets: Secrets) -> str | None:
    """A bearer token: HOOK_TOKEN, or HOOK_TOKEN_<SENDER> of a sender with `heartbeats`."""
    return secrets.require(incoming.bearer, NAME)


def parse(incoming: Incoming, known: Known) -> Parsed:
    """One call. Raises BadRequest for a name that no check has, or a word other than these."""
    name, _, kind = incoming.path.strip("/").partition("/")
    if kind not in KINDS:
        raise BadRequest("path", "after the name only /start and /fail are known")
    if name not in known.heartbeats:
        raise BadRequest("name", f"unknown heartbeat {reading.clean(name, 100)!r}")
    beat = Beat(name, KINDS[kind], _message(incoming))
    return Parsed(beats=(beat,), answer={"name": name, "heard": beat.what})


def _message(incoming: Incoming) -> str:
    """From `?message=`, `{"message": …}` or the body as plain text: what the job printed last."""
    given: object = incoming.query.get("message")
    if not given and incoming.body:
        if incoming.headers.get("content-type", "").startswith("application/json"):
            given = reading.dig(reading.json_object(incoming.body), "message")
        else:
            given = incoming.body[-4 * LONGEST_MESSAGE :].decode("utf-8", "replace")
    return (reading.text(given, 4 * LONGEST_MESSAGE) or "")[-LONGEST_MESSAGE:]


HOOK = Hook(
    name=NAME,
    scope=NAME,
    authenticate=authenticate,
    parse=parse,
    methods=("GET", "POST"),
    paths=True,
)
