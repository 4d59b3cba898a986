"""What names something else in the file must name something that is there; rings are refused.

Works on the document's tree and not on the models, so that a service with a misspelt key still
gets its unknown teams told in the same breath.
"""

from collections.abc import Iterator

from config.check import kind_in, label_of
from config.document import Node, Path, data, find, keys
from config.escalation import ROLES
from config.problems import did_you_mean, key, show
from config.types import phone

Finding = tuple[Path, str, str]
"""Where, what, and how to mend it."""

_REFERENCES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("person", "people", ("teams", "*", "members", "*")),
    ("person", "people", ("teams", "*", "on_call", "rota", "*")),
    ("person", "people", ("teams", "*", "on_call", "layers", "*", "rota", "*")),
    ("person", "people", ("sign_off", "approvers", "*")),
    ("team", "teams", ("services", "*", "teams", "*")),
    ("service", "services", ("services", "*", "depends_on", "*")),
    ("service", "services", ("sign_off", "services", "*")),
    ("service", "services", ("maintenance", "*", "services", "*")),
)
_STEPS = (
    ("escalation", "*"),
    ("escalation", "*", "*"),
    ("services", "*", "escalation", "*"),
)
_UNIQUE = (
    ("phone", "phone number"),
    ("slack", "Slack ID"),
    ("github", "GitHub login"),
    ("gitlab", "GitLab user name"),
)
MOST_DEFAULT_TEAMS = 3
"""Services without `teams` belong to all of them while there are at most so many."""


def findings(root: Node) -> Iterator[Finding]:
    """Everything that does not fit together."""
    yield from _unknown_names(root)
    yield from _unknown_pages(root)
    yield from _unknown_policies(root)
    yield from _reserved_people(root)
    yield from _strangers_on_rotas(root)
    yield from _duplicates(root)
    yield from _missing_teams(root)
    yield from _rings(root)
    yield from _same_labels(root)
    yield from _same_senders(root)
    yield from _never_deployed(root)


def _unknown_names(root: Node) -> Iterator[Finding]:
    for noun, section, pattern in _REFERENCES:
        known = keys(root, section)
        for path, node in find(root, *pattern):
            if isinstance(node.value, str) and node.value not in known:
                mend = did_you_mean(node.value, known, f"add it to `{section}`")
                yield path, f"unknown {noun} {show(node.value)}", mend


def _unknown_pages(root: Node) -> Iterator[Finding]:
    known = {*keys(root, "people"), *ROLES}
    for pattern in _STEPS:
        for path, node in find(root, *pattern, "page"):
            if isinstance(node.value, str) and node.value not in known:
                mend = did_you_mean(node.value, known, "on_call, next, everyone or a person")
                yield path, f"nobody is called {show(node.value)}", mend


def _unknown_policies(root: Node) -> Iterator[Finding]:
    section = next(find(root, "escalation"), None)
    named = section is not None and isinstance(section[1].value, dict)
    known = set(keys(root, "escalation")) if named else {"default"}
    chosen = list(find(root, "services", "*", "escalation"))
    for path, node in chosen:
        if isinstance(node.value, str) and node.value not in known:
            mend = did_you_mean(node.value, known, "name one of `escalation`")
            yield path, f"unknown policy {show(node.value)}", mend
    if named and "default" not in known and len(chosen) < len(keys(root, "services")):
        mend = "add one, or name a policy in every service"
        yield ("escalation",), "no policy is called `default`", mend


def _reserved_people(root: Node) -> Iterator[Finding]:
    for name in keys(root, "people"):
        if name in ROLES:
            mend = f"{show(name)} has a meaning in escalation steps"
            yield ("people", name), "a person cannot have this key", mend


def _strangers_on_rotas(root: Node) -> Iterator[Finding]:
    people = keys(root, "people")
    for team in keys(root, "teams"):
        members = _texts(root, "teams", team, "members", "*")
        for pattern in (("rota", "*"), ("layers", "*", "rota", "*")):
            for path, node in find(root, "teams", team, "on_call", *pattern):
                if node.value in people and node.value not in members:
                    what = f"{show(node.value)} is on the rota but not in the team"
                    yield path, what, "add them to `members`"


def _texts(root: Node, *pattern: str) -> list[str]:
    return [node.value for _, node in find(root, *pattern) if isinstance(node.value, str)]


def _duplicates(root: Node) -> Iterator[Finding]:
    for field, words in _UNIQUE:
        first: dict[str, str | int] = {}
        for path, node in find(root, "people", "*", field):
            if not isinstance(node.value, str):
                continue
            same = _same(field, node.value)
            if same in first:
                who = key(str(first[same]))
                yield path, f"{who} has the same {words}", "one person each"
            first.setdefault(same, path[1])


def _same(field: str, value: str) -> str:
    if field != "phone":
        return value.casefold()
    try:
        return phone(value)
    except ValueError:
        return value


def _missing_teams(root: Node) -> Iterator[Finding]:
    if len(keys(root, "teams")) <= MOST_DEFAULT_TEAMS:
        return
    for name, entry in keys(root, "services").items():
        if isinstance(entry.node.value, dict) and "teams" not in entry.node.value:
            what = f"`teams` is missing: there are more than {MOST_DEFAULT_TEAMS} teams"
            yield ("services", name), what, "say which of them answer for this service"


def _rings(root: Node) -> Iterator[Finding]:
    graph = {
        name: _texts(root, "services", name, "depends_on", "*") for name in keys(root, "services")
    }
    done: set[str] = set()
    for start in graph:
        if start not in done:
            yield from _rings_from(start, graph, done)


def _rings_from(start: str, graph: dict[str, list[str]], done: set[str]) -> Iterator[Finding]:
    """Rings reached from `start`, each told where it closes. Iterative: chains may be long."""
    trail = {start: None}
    waiting = [iter(graph[start])]
    while waiting:
        here = next(reversed(trail))
        for other in waiting[-1]:
            if other in trail:
                names = list(trail)
                yield _ring(graph, here, [*names[names.index(other) :], other])
            elif other in graph and other not in done:
                trail[other] = None
                waiting.append(iter(graph[other]))
                break
        else:
            waiting.pop()
            done.add(trail.popitem()[0])


def _ring(graph: dict[str, list[str]], closing: str, ring: list[str]) -> Finding:
    path: Path = ("services", closing, "depends_on", graph[closing].index(ring[-1]))
    shown = [key(name) for name in ring]
    words = " -> ".join(shown if len(shown) <= 8 else [*shown[:4], "…", *shown[-3:]])
    return path, f"services depend on each other in a ring: {words}", "drop one of these"


def _same_labels(root: Node) -> Iterator[Finding]:
    """Two checks of a service with one label would be one in storage."""
    for name in keys(root, "services"):
        for field in ("checks", "staging_checks"):
            first: set[str] = set()
            for path, node in find(root, "services", name, field, "*"):
                label = _label(node)
                if label is not None and label in first:
                    yield path, "a check of this name is there already", "give it a `name`"
                first.add(label or "")


def _label(node: Node) -> str | None:
    if not isinstance(node.value, dict):
        return None
    kind = kind_in(node.value)
    if kind is None:
        return None
    telling = {word: node.value[word].node for word in ("name", kind) if word in node.value}
    return label_of(kind, {word: data(value) for word, value in telling.items()})


def _same_senders(root: Node) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for name in keys(root, "senders"):
        variable = token_variable(name)
        if variable in first:
            yield ("senders", name), f"would share {variable} with {key(first[variable])}", "rename"
        first.setdefault(variable, name)


def _never_deployed(root: Node) -> Iterator[Finding]:
    """What GitHub alone has (releases, workflows), where no repository of GitHub is named."""
    for path, node in find(root, "services", "*", "deployed_by"):
        service = path[:2]
        if node.value == "deployment":
            continue
        if "gitlab" in _texts(root, *map(str, service), "host"):
            what = (
                "is read from GitHub only, and this service is on GitLab: nothing would deploy it"
            )
            yield path, what, "drop it: GitLab's own deployments count, or the pipeline tells"
        elif not _texts(root, *map(str, service), "repository"):
            yield path, "of no repository: nothing would deploy it", "add `repository: owner/name`"


def token_variable(sender: str) -> str:
    """The variable that holds a sender's token."""
    return "HOOK_TOKEN_" + sender.upper().replace("-", "_")
