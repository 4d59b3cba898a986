"""The arguments of a Web API call, however they came: query, form, JSON, JSON inside a form."""

import json
from typing import Any

from starlette.requests import Request

from bot.sandbox.slack.refusals import SlackRefusal

JSON_FIELDS = ("blocks", "attachments", "metadata", "view", "files", "users")


class Arguments(dict[str, Any]):
    """A plain dictionary with the questions that methods ask."""

    def string(self, name: str, default: str = "") -> str:
        """A field as text; numbers and booleans are written out."""
        value = self.get(name)
        return default if value is None else str(value)

    def required(self, name: str, error: str = "invalid_arguments") -> str:
        """A field that must be there, or SlackRefusal."""
        value = self.string(name)
        if not value:
            raise SlackRefusal(error, messages=[f"missing required field: {name}"])
        return value

    def flag(self, name: str) -> bool:
        """`1`, `true` and JSON's true are yes."""
        return self.string(name).lower() in ("1", "true", "yes")

    def number(self, name: str, default: int, most: int) -> int:
        """A limit, bounded by what Slack allows."""
        text = self.string(name, str(default))
        if not text.isdecimal():
            raise SlackRefusal("invalid_limit")
        return min(max(int(text), 1), most)


async def read(request: Request) -> Arguments:
    """Gather the arguments; SlackRefusal("invalid_json") if a JSON body is none."""
    arguments = Arguments(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        arguments.update(_json_body(await request.body()))
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form = await request.form()
        arguments.update({name: str(value) for name, value in form.items()})
    for name in JSON_FIELDS:
        if isinstance(arguments.get(name), str):
            arguments[name] = _maybe_json(arguments[name])
    return arguments


def _json_body(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        value = json.loads(body)
    except ValueError:
        raise SlackRefusal("invalid_json") from None
    if not isinstance(value, dict):
        raise SlackRefusal("json_not_object")
    return value


def _maybe_json(text: str) -> Any:
    """JSON inside a form field; text that is none is left for the method to refuse."""
    try:
        return json.loads(text)
    except ValueError:
        return text
