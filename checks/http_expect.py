"""Whether an HTTP answer is a good one: what the check expects, then the service's own word."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from checks import Outcome, Versions
from checks.certificate import Certificate, ends_first
from checks.health_answer import Health, of_json, of_text
from checks.http_fetch import Answer
from checks.http_values import Pattern, Statuses, compiled, size_words
from checks.json_path import MISSING, NotJson, find, parse, same, shown
from checks.options import Positive
from checks.trust import ending
from checks.versions import VERSION, judged

Text = Annotated[str, Field(min_length=1, max_length=10_000)]


class Expect(BaseModel):
    """What a good answer looks like. `within` and `certificate` only warn."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    status: Statuses = ((200, 299),)
    body: Text | None = None
    not_body: Text | None = None
    pattern: Pattern | None = None
    json_values: Annotated[dict[str, Any], Field(alias="json")] = Field(default_factory=dict)
    within: Positive | None = None
    certificate: Positive | None = None

    @field_validator("json_values")
    @classmethod
    def _versions_on_their_own(cls, values: dict[str, Any]) -> dict[str, Any]:
        for path, value in values.items():
            if not isinstance(value, str) and VERSION in json.dumps(value, default=str):
                raise ValueError(
                    f"{VERSION} in a list or a mapping: write {path} down to its value"
                )
        return values

    @property
    def asks_version(self) -> bool:
        """Whether `$version` stands in it."""
        return VERSION in (self.body or "") or any(map(_asks, self.json_values.values()))


def _asks(value: object) -> bool:
    return isinstance(value, str) and VERSION in value


@dataclass(frozen=True, slots=True)
class Finding:
    """What an answer means."""

    outcome: Outcome
    reason: str
    detail: str


def judge_answer(expect: Expect, answer: Answer, versions: Versions | None) -> Finding:
    """The first thing that is wrong, else a warning, else up.

    `versions` None: none is known to compare with, and `$version` is not judged.
    """
    where = f"HTTP {answer.status} from {answer.path}"
    health = _own_word(answer)
    if not any(low <= answer.status <= high for low, high in expect.status):
        said = f": {health.detail}" if health and health.outcome is not Outcome.UP else ""
        return Finding(Outcome.DOWN, "http_status", where + said)
    if answer.truncated:
        size = size_words(len(answer.body))
        detail = f"the answer is larger than {size} (max_body)"
        return Finding(Outcome.DOWN, "body_too_large", detail)
    version = _wrong_version(expect, answer, versions) if versions else None
    wrong = _wrong_body(expect, answer) or _wrong_json(expect, answer) or version
    if wrong is not None and wrong.outcome is Outcome.DOWN:
        return wrong
    if health and health.outcome is not Outcome.UP and "status" not in expect.json_values:
        return Finding(health.outcome, "health_status", f"{where}, but {health.detail}")
    unknown = expect.asks_version and versions is None
    noted = ", its version not compared: no deployment is known" if unknown else ""
    return version or Finding(Outcome.UP, "ok", where + noted)


def slow(expect: Expect, total_seconds: float) -> Finding | None:
    """The warning for an answer that took longer than `within`."""
    if expect.within is None or timedelta(seconds=total_seconds) <= expect.within:
        return None
    limit = expect.within.total_seconds()
    detail = f"answered in {total_seconds:.3g} s, slower than {limit:g} s"
    return Finding(Outcome.DEGRADED, "slow", detail)


def ends_soon(
    limit: timedelta, chain: Sequence[Certificate], host: str, now: datetime
) -> Finding | None:
    """The warning for a certificate of the chain that ends within `limit`."""
    if not chain:
        return None
    first = ends_first(chain, now)
    if first.ends_at - now >= limit:
        return None
    detail = f"the {ending(first, host, now, own=first is chain[0])}"
    return Finding(Outcome.DEGRADED, "certificate_expiring", detail)


def _wrong_body(expect: Expect, answer: Answer) -> Finding | None:
    if expect.body is None and expect.not_body is None and expect.pattern is None:
        return None
    text = answer.text
    if expect.body is not None and not _asks(expect.body) and expect.body not in text:
        return _mismatch(f"the body does not contain {shown(expect.body)}")
    if expect.not_body is not None and expect.not_body in text:
        return _mismatch(f"the body contains {shown(expect.not_body)}")
    if expect.pattern is not None and compiled(expect.pattern).search(_encodable(text)) is None:
        return _mismatch("the body does not match the pattern")
    return None


def _encodable(text: str) -> str:
    """RE2 takes UTF-8, which has no lone surrogates (UTF-7 and UTF-16 answers may)."""
    return text.encode("utf-8", errors="replace").decode("utf-8")


def _mismatch(detail: str) -> Finding:
    return Finding(Outcome.DOWN, "body_mismatch", detail)


def _wrong_json(expect: Expect, answer: Answer) -> Finding | None:
    wanted = {path: value for path, value in expect.json_values.items() if not _asks(value)}
    if not wanted:
        return None
    try:
        document = parse(answer.text)
    except NotJson as error:
        return Finding(Outcome.DOWN, "not_json", f"the body is {error}")
    for path, value in wanted.items():
        found = find(document, path)
        if found is MISSING:
            return Finding(Outcome.DOWN, "json_mismatch", f"{path} is missing")
        if not same(found, value):
            detail = f"{path} is {shown(found)}, not {shown(value)}"
            return Finding(Outcome.DOWN, "json_mismatch", detail)
    return None


def _wrong_version(expect: Expect, answer: Answer, versions: Versions) -> Finding | None:
    """What does not tell the version that was deployed last; the worst of it."""
    found = list(_versions_told(expect, answer, versions))
    return next((it for it in found if it.outcome is Outcome.DOWN), next(iter(found), None))


def _versions_told(expect: Expect, answer: Answer, versions: Versions) -> Iterator[Finding]:
    last = versions.right[0]
    if _asks(expect.body):
        outcome = judged(expect.body or "", answer.text, versions, whole=False)
        wanted = shown((expect.body or "").replace(VERSION, last))
        detail = f"the body does not contain {wanted}, the version deployed last"
        yield from _unless_up(outcome, "body_mismatch", detail)
    templates = {path: it for path, it in expect.json_values.items() if _asks(it)}
    try:
        document = parse(answer.text) if templates else None
    except NotJson as error:
        yield Finding(Outcome.DOWN, "not_json", f"the body is {error}")
        return
    for path, template in templates.items():
        value = find(document, path)
        if value is MISSING:
            yield Finding(Outcome.DOWN, "json_mismatch", f"{path} is missing")
            continue
        plain = isinstance(value, str | int | float) and not isinstance(value, bool)
        outcome = judged(template, str(value), versions, whole=True) if plain else Outcome.DOWN
        wanted = shown(template.replace(VERSION, last))
        detail = f"{path} is {shown(value)}, not {wanted}, the version deployed last"
        yield from _unless_up(outcome, "json_mismatch", detail)


def _unless_up(outcome: Outcome, reason: str, detail: str) -> Iterator[Finding]:
    """A version that ran before is a mismatch; another one may be of a deployment to be told."""
    if outcome is Outcome.DEGRADED:
        yield Finding(outcome, "other_version", detail)
    elif outcome is not Outcome.UP:
        yield Finding(outcome, reason, detail)


def _own_word(answer: Answer) -> Health | None:
    """What the service says of itself, where the answer is of a type that can say it."""
    if not answer.body:
        return None
    if "json" in answer.content_type:
        try:
            return of_json(parse(answer.text))
        except NotJson:
            return None
    plain = answer.content_type.startswith("text/plain") or not answer.content_type
    return of_text(answer.text) if plain else None
