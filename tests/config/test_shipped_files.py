"""The files that ship: the example loads, its schema holds, the Slack manifest asks enough."""

import re
from typing import Any

import pytest
import yaml

import checks
from bot.sandbox.settings import DEFAULT_SCOPES
from config import load, parse
from config.document import Node, compose, data
from config.json_schema import json_schema
from config.schema import File
from config.shape import fields, known_keys
from tests.config.worlds import EXAMPLE, PEOPLE, ROOT, TEAMS, TOKENS, problems

MANIFEST = ROOT / "config" / "slack-manifest.yaml"
Json = dict[str, Any]


def test_the_example_loads_without_a_warning() -> None:
    config = load(EXAMPLE, TOKENS)
    assert config.warnings == ()
    assert {"checkout", "payments"} <= set(config.services)


def test_the_example_names_every_key_there_is() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z_0-9]+(?=:)", text))
    assert set(fields(File)) <= words
    for kind in checks.kinds():
        options = checks.load(kind).options
        for name, hint in fields(options).items():
            wanted = {name} | (known_keys((hint,), {}) if kind == "http" else set())
            if kind in ("http", "heartbeat", "command"):
                assert wanted <= words, kind


def test_the_example_fits_its_json_schema() -> None:
    root, flaws = compose(EXAMPLE.read_text(encoding="utf-8"))
    assert root is not None
    assert not flaws
    assert list(misfits(data(root), json_schema())) == []


@pytest.mark.parametrize(
    "added",
    [
        "strom: 5",
        "storm: many",
        "timezone: 5",
        "acknowledge: nobody",
        "senders: {ci: [deploy]}",
        "services: {checkout: {checks: [{http: 'https://x/', evry: 10s}]}}",
        "services: {checkout: {checks: [{http: 'https://x/', every: 10}]}}",
        "services: {checkout: {checks: [{htp: 'https://x/'}]}}",
        "services: {checkout: {escalation: 5}}",
        "defaults: {timout: 5s}",
        "slack: {incidents: null}",
    ],
)
def test_an_editor_is_told_what_the_loader_would_tell(added: str) -> None:
    text = PEOPLE + TEAMS + added + "\n"
    root, _ = compose(text)
    assert isinstance(root, Node)
    assert list(misfits(data(root), json_schema())) != []
    assert problems(text) != ()


def test_the_schema_names_its_draft_and_every_reference_is_there() -> None:
    schema = json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    wanted = set(re.findall(r"'\$ref': '#/\$defs/(\w+)'", repr(schema)))
    assert wanted <= set(schema["$defs"])
    assert "{'type': 'null'}" not in repr(schema)


def misfits(value: object, schema: Json, root: Json | None = None, path: str = "$") -> list[str]:
    """Where a value does not fit: the words of JSON Schema that ours uses, no more."""
    root = root or schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return misfits(value, root["$defs"][name], root, path)
    found: list[str] = []
    for word in ("anyOf", "oneOf"):
        fits = [one for one in schema.get(word, []) if not misfits(value, one, root, path)]
        if word in schema and (not fits or (word == "oneOf" and len(fits) > 1)):
            found.append(f"{path}: {len(fits)} of {word}")
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
    named = schema.get("type", "any")
    types = tuple(kinds.get(one, object) for one in ([named] if isinstance(named, str) else named))
    if not isinstance(value, types) or (int in types and isinstance(value, bool)):
        return [f"{path}: not {schema['type']}"]
    if value not in schema.get("enum", [value]) or schema.get("const", value) != value:
        found.append(f"{path}: not one of them")
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{path}: not in the pattern")
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += misfits(item, schema.get("items", {}), root, f"{path}[{index}]")
    if isinstance(value, dict):
        found += [f"{path}: no {name}" for name in schema.get("required", []) if name not in value]
        found += _inside(value, schema, root, path)
    return found


def _inside(value: Json, schema: Json, root: Json, path: str) -> list[str]:
    found: list[str] = []
    rest = schema.get("additionalProperties", True)
    for name, item in value.items():
        known = schema.get("properties", {}).get(name, rest)
        if known is False:
            found.append(f"{path}.{name}: not allowed")
        elif isinstance(known, dict):
            found += misfits(item, known, root, f"{path}.{name}")
    return found


# method of Slack's Web API -> the scopes of a bot token that it needs (docs.slack.dev/reference)
NEEDED: dict[str, set[str]] = {
    "auth.test": set(),
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": {"channels:history", "groups:history", "im:history"},
    "conversations.info": {"channels:read", "groups:read"},
    "conversations.join": {"channels:join"},
    "conversations.list": {"channels:read", "groups:read"},
    "conversations.open": {"im:write"},
    "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
}


def manifest() -> Json:
    loaded: Json = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    return loaded


def test_the_manifest_asks_for_every_scope_that_a_call_of_ours_needs() -> None:
    asked = set(manifest()["oauth_config"]["scopes"]["bot"])
    for method, scopes in NEEDED.items():
        assert scopes <= asked, method
    assert {"commands", "app_mentions:read"} <= asked


def test_the_sandbox_gives_the_app_what_the_manifest_asks_for_and_no_more() -> None:
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == DEFAULT_SCOPES


def test_every_slack_method_that_the_code_calls_is_in_the_table() -> None:
    calls = re.compile(
        r"\.((?:auth|chat|conversations|files|users|views|pins|reactions)"
        r"_[a-z]\w*)\("
    )
    called = {
        name
        for path in (ROOT / "bot").rglob("*.py")
        if "sandbox" not in path.parts
        for name in calls.findall(path.read_text(encoding="utf-8"))
    }
    known = {method.replace(".", "_").casefold() for method in NEEDED}
    assert {name.replace("_", "").casefold() for name in called} <= {
        name.replace("_", "") for name in known
    } | {"filesuploadv2"}


def test_the_manifest_speaks_to_the_routes_of_midwatch() -> None:
    written = manifest()
    (command,) = written["features"]["slash_commands"]
    assert command["command"] == "/midwatch"
    events = written["settings"]["event_subscriptions"]
    assert {"app_home_opened", "message.im", "app_mention"} <= set(events["bot_events"])
    interactivity = written["settings"]["interactivity"]
    assert interactivity["is_enabled"] is True
    urls = {command["url"], events["request_url"], interactivity["request_url"]}
    assert urls == {"YOUR_PUBLIC_URL/slack/events"}
    assert written["settings"]["socket_mode_enabled"] is False
    assert written["features"]["app_home"]["messages_tab_read_only_enabled"] is False


def test_the_manifest_keeps_within_slacks_limits() -> None:
    shown = manifest()["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    command = manifest()["features"]["slash_commands"][0]
    assert len(command["description"]) <= 2000
    assert len(command["usage_hint"]) <= 1000


def test_a_new_kind_of_check_needs_no_line_in_this_package() -> None:
    for path in (ROOT / "config").glob("*.py"):
        words = re.findall(r"\"(tcp|heartbeat|dns|tls|command)\"", path.read_text(encoding="utf-8"))
        assert words == [], path.name


def test_config_reads_the_same_from_text_and_from_a_file() -> None:
    assert parse(EXAMPLE.read_bytes(), TOKENS, EXAMPLE) == load(EXAMPLE, TOKENS)
