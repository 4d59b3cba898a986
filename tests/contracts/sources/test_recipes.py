"""The recipes of docs/sources.md, tried: what is to be pasted there makes what it promises."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from bot.core.deployment import LONGEST_ID, Deployment, DeploymentState, Report, apply
from bot.core.events import DeploymentReported
from bot.hook import BadRequest, Incoming, Known
from bot.sources import hooks
from tests.contracts.hooks.world import NOW, POLICY, service

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
SHA = "802723078affd3eb2a3898630261ab3ca5d6dd40"
SUCCESS = ("ReconciliationSucceeded",)
HERE = Known(replace(POLICY, services={key: service(key) for key in ("webapp", "checkout")}), NOW)


def heard(source: str, payload: Any, **query: str) -> Report | None:
    body = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
    parsed = hooks()[source].parse(Incoming({}, body, query), HERE)
    if not parsed.events:
        return None
    ((_, event),) = parsed.events
    assert isinstance(event, DeploymentReported)
    return event.report


class NoValue(jinja2.Undefined):
    """A key that is not there, as Go has it: nil, false, and in a text `<no value>`."""

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, NoValue)

    __hash__ = jinja2.Undefined.__hash__

    def __str__(self) -> str:
        return "<no value>"


GO = jinja2.Environment(undefined=NoValue)


def rendered(template: str, values: dict[str, Any]) -> str:
    """Go's template as Jinja's: the few words that the recipe uses."""
    words = [
        (r"\{\{if eq \.([\w.]+) (\"\w+\")\}\}", r"{% if \1 == \2 %}"),
        (r"\{\{else if eq \.([\w.]+) (\"\w+\")\}\}", r"{% elif \1 == \2 %}"),
        (r"\{\{if \.([\w.]+)\}\}", r"{% if \1 %}"),
        (r"\{\{else if \.([\w.]+)\}\}", r"{% elif \1 %}"),
        (r"\{\{else\}\}", "{% else %}"),
        (r"\{\{end\}\}", "{% endif %}"),
        (r"\{\{\.([\w.]+)\}\}", r"{{ \1 }}"),
    ]
    for go, jinja in words:
        template = re.sub(go, jinja, template)
    made: str = GO.from_string(template).render(values)
    return made


def application(
    phase: str, finished: str | None, started: str = "2026-11-23T08:00:00Z", **more: Any
) -> dict[str, Any]:
    operation = {"phase": phase, "startedAt": started, "finishedAt": finished} | more
    return {
        "app": {
            "metadata": {"name": "webapp", "namespace": "argocd"},
            "status": {
                "sync": {"status": "Synced", "revision": SHA},
                "operationState": operation,
            },
        }
    }


def argo_cd() -> dict[str, Any]:
    """What the documentation says to put into `argocd-notifications-cm`."""
    block = re.search(r"## Argo CD\n.*?```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    assert block is not None
    return {key: yaml.safe_load(value) for key, value in yaml.safe_load(block[1]).items()}


def argo_cds_body() -> str:
    body: str = argo_cd()["template.midwatch"]["webhook"]["midwatch"]["body"]
    return body


def told_by(expression: str, values: dict[str, Any]) -> object:
    """The value of an expression of a trigger, whose few words are Jinja's too but for nil."""
    return GO.compile_expression(expression.replace("nil", "none"))(**values)


def sent_by_argo_cd(seen: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Phase and start of what is sent while an application looks like this, one after the other.

    A condition sends once for each value of its `oncePer`; without one, once until it is false
    again. Source: argoproj/notifications-engine, `StateItemKey` and `SetAlreadyNotified`.
    """
    sent: list[tuple[str, str]] = []
    notified: set[tuple[int, str]] = set()
    for values in seen:
        for number, condition in enumerate(argo_cd()["trigger.midwatch"]):
            if not told_by(condition["when"], values):
                notified.discard((number, ""))
                continue
            per = str(told_by(condition.get("oncePer", "''"), values))
            if (number, per) not in notified:
                operation = values["app"]["status"]["operationState"]
                sent.append((operation["phase"], operation["startedAt"]))
            notified.add((number, per))
    return sent


def test_argo_cds_trigger_tells_each_sync_of_its_start_and_its_end() -> None:
    """Also of one that followed so soon that nobody saw the application in between."""
    first, second, third = (f"2026-11-23T0{hour}:00:00Z" for hour in (6, 7, 8))
    seen = [
        {"app": {"metadata": {"name": "webapp"}, "status": {}}},
        application("Running", None, first),
        application("Running", None, first),
        application("Succeeded", first, first),
        application("Succeeded", first, first),
        application("Running", None, second),
        application("Failed", second, second),
        application("Error", third, third),
    ]
    assert sent_by_argo_cd(seen) == [
        ("Running", first),
        ("Succeeded", first),
        ("Running", second),
        ("Failed", second),
        ("Error", third),
    ]


def test_argo_cds_template_names_the_revision_that_was_synced() -> None:
    """Not the newest one of its branch; with several sources there is none."""
    older = {"syncResult": {"revision": "b" * 40}}
    several: dict[str, Any] = {"syncResult": {"revision": ""}}
    for more, sha in ((older, "b" * 40), (several, None), ({}, SHA)):
        values = application("Succeeded", "2026-11-23T08:01:00Z", **more)
        found = heard("deployments", rendered(argo_cds_body(), values))
        assert found is not None
        assert found.sha == sha


@pytest.mark.parametrize(
    ("phase", "finished", "state"),
    [
        ("Running", None, DeploymentState.STARTED),
        ("Succeeded", "2026-11-23T08:01:00Z", DeploymentState.SUCCEEDED),
        ("Failed", "2026-11-23T08:01:00Z", DeploymentState.FAILED),
        ("Error", "2026-11-23T08:01:00Z", DeploymentState.FAILED),
    ],
)
def test_argo_cds_template_tells_of_a_deployment(
    phase: str, finished: str | None, state: DeploymentState
) -> None:
    found = heard("deployments", rendered(argo_cds_body(), application(phase, finished)))
    assert found is not None
    assert (found.service, found.sha, found.status) == ("webapp", SHA, state)
    assert found.id == "argocd-webapp-2026-11-23T08:00:00Z"
    assert (found.ended_at is None) is (finished is None)
    assert "<no value>" not in repr(found)


def flux(reason: str, severity: str = "info", **changes: Any) -> dict[str, Any]:
    return {
        "involvedObject": {"kind": "Kustomization", "name": "webapp", "namespace": "apps"},
        "metadata": {"kustomize.toolkit.fluxcd.io/revision": f"main@sha1:{SHA}"},
        "severity": severity,
        "reason": reason,
        "message": "done",
        "timestamp": "2026-11-23T08:30:00Z",
    } | changes


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (flux("Progressing"), DeploymentState.STARTED),
        (flux("ReconciliationSucceeded"), DeploymentState.SUCCEEDED),
        (flux("ValidationFailed", "error"), DeploymentState.FAILED),
        (flux("DependencyNotReady", "error"), None),
        (
            flux("ReconciliationSucceeded", involvedObject={"kind": "GitRepository", "name": "x"}),
            None,
        ),
        (flux("ReconciliationSucceeded", metadata={}), None),
    ],
)
def test_fluxs_events_are_read(event: dict[str, Any], state: DeploymentState | None) -> None:
    found = heard("flux", event)
    assert (found.status if found else None) is state
    if found:
        assert (found.service, found.version, found.sha) == ("webapp", "main", SHA)


def told(events: list[tuple[int, dict[str, Any]]]) -> Deployment:
    """What is known after the events, each so many minutes after the first."""
    known: Deployment | None = None
    for minutes, event in events:
        at = NOW - timedelta(days=1) + timedelta(minutes=minutes)
        found = heard("flux", event | {"timestamp": at.isoformat()})
        assert found is not None
        known = apply(known, found, at)
    assert known is not None
    return known


def test_a_kustomization_that_is_reconciled_again_is_no_new_deployment() -> None:
    """It says so every few minutes; that the cluster was away for a while deploys nothing."""
    well, ill = flux("ReconciliationSucceeded"), flux("ReconciliationFailed", "error")
    once = told([(0, well)])
    again = told([(0, well), (10, well), (700, ill), (705, ill), (710, well)])
    assert (again.state, again.ended_at, again.earlier) == (once.state, once.ended_at, ())


def test_a_kustomization_that_fails_at_first_is_out_once_it_succeeds() -> None:
    started, ill = flux("Progressing"), flux("ReconciliationFailed", "error")
    failed = told([(0, started), (1, ill)])
    assert failed.state is DeploymentState.FAILED
    known = told([(0, started), (1, ill), (3, started), (4, ill), (9, flux(*SUCCESS))])
    assert known.state is DeploymentState.SUCCEEDED
    assert known.ended_at == NOW - timedelta(days=1) + timedelta(minutes=9)
    assert [one.state for one in known.earlier] == [DeploymentState.FAILED] * 2


def test_the_second_failure_is_another_event_and_a_repeated_delivery_is_not() -> None:
    def key(minute: int) -> str:
        event = flux("BuildFailed", "error", timestamp=f"2026-11-23T08:{minute}:00Z")
        body = json.dumps(event).encode()
        return hooks()["flux"].parse(Incoming({}, body, {}), HERE).events[0][0]

    assert key(30) == key(30)
    assert key(30) != key(40)


def test_every_helm_release_is_a_deployment_though_its_chart_is_the_same() -> None:
    helm: dict[str, Any] = {
        "involvedObject": {"kind": "HelmRelease", "name": "webapp", "namespace": "apps"},
        "metadata": {"helm.toolkit.fluxcd.io/revision": "6.5.0"},
    }
    first = heard("flux", flux("UpgradeSucceeded", **helm))
    other = heard("flux", flux("UpgradeSucceeded", **helm, timestamp="2026-11-23T08:50:00Z"))
    assert first is not None
    assert other is not None
    assert (first.version, other.version) == ("6.5.0", "6.5.0")
    assert first.id != other.id
    assert heard("flux", flux("UpgradeSucceeded", **helm)) == first
    for reason in ("TestFailed", "ArtifactFailed", "HelmChartNotReady"):
        assert heard("flux", flux(reason, "error", **helm)) is None


def test_the_longest_names_of_kubernetes_fit_into_an_id() -> None:
    found = heard(
        "flux",
        flux(
            *SUCCESS,
            involvedObject={"kind": "Kustomization", "name": "n" * 253, "namespace": "s" * 63},
            metadata={"revision": f"{'b' * 200}@sha1:{SHA}"},
        ),
        service="webapp",
    )
    assert found is not None
    assert len(found.id) <= LONGEST_ID


def test_fluxs_service_may_be_named_in_three_ways() -> None:
    older = {"kustomize.toolkit.fluxcd.io/revision": f"main/{SHA}"}
    by_alert = heard(
        "flux", flux("ReconciliationSucceeded", metadata=older | {"service": "checkout"})
    )
    by_address = heard("flux", flux("ReconciliationSucceeded"), service="checkout")
    assert by_alert is not None
    assert by_address is not None
    assert by_alert.service == by_address.service == "checkout"
    assert by_alert.version == "main"
    with pytest.raises(BadRequest, match="unknown service"):
        heard("flux", flux("ReconciliationSucceeded"), service="chekout")


def heroku(status: str = "succeeded", **changes: Any) -> dict[str, Any]:
    release = {
        "id": "01234567-89ab-cdef-0123-456789abcdef",
        "app": {"id": "1", "name": "webapp"},
        "current": True,
        "description": f"Deploy {SHA[:8]}",
        "slug": {"id": "1", "commit": SHA},
        "status": status,
        "user": {"email": "dev@example.com", "id": "1"},
        "version": 42,
        "created_at": "2026-11-23T08:00:00Z",
        "updated_at": "2026-11-23T08:00:09Z",
    }
    return {"action": "update", "resource": "release", "data": release | changes}


def test_herokus_releases_are_read() -> None:
    found = heard("heroku", heroku(), service="checkout")
    assert found is not None
    assert (found.service, found.version, found.sha) == ("checkout", "v42", SHA)
    assert found.status is DeploymentState.SUCCEEDED
    assert found.ended_at is not None
    started = heard("heroku", heroku("pending"))
    assert started is not None
    assert (started.status, started.ended_at) == (DeploymentState.STARTED, None)
    back = heard("heroku", heroku(description="Rollback to v41", slug=None))
    assert back is not None
    assert (back.rollback, back.sha) == (True, None)
    assert heard("heroku", {"resource": "build", "data": {}}) is None


@pytest.mark.parametrize("command", re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL))
def test_what_is_to_be_typed_names_hooks_that_there_are(command: str) -> None:
    for name in re.findall(r"/hooks/([a-z]+)", command):
        assert name in hooks()
    for document in re.findall(r"-d '(\{.*?\})'", command, re.DOTALL):
        assert isinstance(json.loads(document), dict)
