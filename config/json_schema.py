"""The JSON Schema of the file, for editors: `midwatch config schema`."""

from typing import Any

from pydantic import TypeAdapter

import checks
from config.catalogue import KEY
from config.check import CheckEntry, options_of
from config.joining import SECTIONS
from config.schema import File

Json = dict[str, Any]


def json_schema() -> Json:
    """A Draft 2020-12 schema of the whole file, every kind of check included.

    An editor is told of keys, types and words; what only the whole file shows (unknown people,
    rings, gaps) is told by `midwatch config check`.
    """
    schema = File.model_json_schema(by_alias=True)
    kinds = {kind: _options(kind, schema["$defs"]) for kind in checks.kinds()}
    schema["$defs"][CheckEntry.__name__] = {"oneOf": list(kinds.values())}
    schema["properties"]["defaults"] = _defaults(kinds)
    elsewhere = {"required": [KEY]}  # people and teams may all stand in the catalogue
    schema["anyOf"] = [{"required": schema.pop("required")}, elsewhere]
    _without_null(schema)
    title = "Midwatch configuration"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def catalogue_schema() -> Json:
    """The same of a file of the catalogue, which holds some of its sections."""
    schema = json_schema()
    del schema["anyOf"]
    sections = {name: dict(schema["properties"][name]) for name in SECTIONS}
    for section in sections.values():
        section.pop("minProperties", None)
    return {**schema, "properties": sections, "title": "Midwatch catalogue"}


def _options(kind: str, definitions: Json) -> Json:
    """One kind's options; the models inside of them move to the shared definitions."""
    template = "#/$defs/" + kind + "_{model}"
    options: Json = TypeAdapter(options_of(kind)).json_schema(ref_template=template)
    for name, inner in options.pop("$defs", {}).items():
        definitions[f"{kind}_{name}"] = inner
    options["required"] = sorted({kind, *options.get("required", ())})
    return {**options, "title": f"{kind} check"}


def _defaults(kinds: dict[str, Json]) -> Json:
    """What may stand in `defaults`: every option of a kind but the one that says what is asked."""
    found: dict[str, list[Json]] = {}
    for options in kinds.values():
        for name, option in options["properties"].items():
            if name not in kinds and name != "name" and option not in found.get(name, []):
                found.setdefault(name, []).append(option)
    properties = {name: some[0] if len(some) == 1 else {} for name, some in sorted(found.items())}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _without_null(schema: Any) -> None:
    """The file has no empty values: what is not there is left out."""
    if isinstance(schema, list):
        for item in schema:
            _without_null(item)
        return
    if not isinstance(schema, dict):
        return
    if schema.get("default", 0) is None:
        del schema["default"]
    choices = schema.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        schema.pop("anyOf")
        schema.update(rest[0] if len(rest) == 1 else {"anyOf": rest})
    for value in list(schema.values()):
        _without_null(value)
