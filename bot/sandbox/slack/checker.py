"""Collecting what is wrong with blocks, in Slack's words and with its JSON pointers. Pure."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]


class Checker:
    """Notes problems; every method looks at one field of an object."""

    def __init__(self) -> None:
        self.errors: list[str] = []

    def say(self, problem: str, pointer: str) -> None:
        """Note a problem at a place."""
        self.errors.append(f"{problem} [json-pointer:{pointer}]")

    def string(
        self, owner: Json, name: str, pointer: str, longest: int, *, required: bool = True
    ) -> None:
        """A string of 1 to `longest` characters."""
        value = owner.get(name)
        if value is None:
            if required:
                self.say(f"missing required field: {name}", pointer)
        elif not isinstance(value, str):
            self.say("must be a string", f"{pointer}/{name}")
        elif required and not value:
            self.say("must be more than 0 characters", f"{pointer}/{name}")
        elif len(value) > longest:
            self.say(f"must be less than {longest + 1} characters", f"{pointer}/{name}")

    def text(
        self, owner: Json, name: str, pointer: str, longest: int, *, plain: bool = False
    ) -> None:
        """A required text object in a field."""
        if name not in owner:
            self.say(f"missing required field: {name}", pointer)
        else:
            self.text_object(owner[name], f"{pointer}/{name}", longest, plain=plain)

    def text_object(self, value: Any, pointer: str, longest: int, *, plain: bool = False) -> None:
        """`{"type": "mrkdwn" | "plain_text", "text": …}`."""
        if not isinstance(value, dict):
            self.say("must be an object", pointer)
            return
        allowed = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if value.get("type") not in allowed:
            self.say(f"must be one of: {', '.join(allowed)}", f"{pointer}/type")
        if value.get("type") == "mrkdwn" and "emoji" in value:
            self.say("additional property: emoji", pointer)
        self.string(value, "text", pointer, longest)

    def items(
        self,
        owner: Json,
        name: str,
        pointer: str,
        fewest: int,
        most: int,
        each: Callable[[Any, str], None],
    ) -> None:
        """A list with so many items, each looked at."""
        value = owner.get(name)
        place = f"{pointer}/{name}"
        if not isinstance(value, list):
            self.say(
                f"missing required field: {name}" if value is None else "must be an array", place
            )
            return
        if len(value) < fewest:
            self.say(f"no fewer than {fewest} items allowed", place)
        if len(value) > most:
            self.say(f"no more than {most} items allowed", place)
        for number, item in enumerate(value):
            each(item, f"{place}/{number}")
