"""Every alert source: what is read from what is sent, every mistake by name, any text survived."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.events import SignalReported
from bot.core.signal import Level
from bot.hook import BadRequest, Known, Parsed
from bot.sources import alertmanager, alerts, grafana
from tests.contracts.hooks.world import NOW, POLICY
from tests.contracts.sources.alerts_told import API_DOWN, SUMMARY, alert, group, posted

KNOWN = Known(POLICY, NOW)
DAY = timedelta(hours=24)
SOURCES = (alertmanager.HOOK, grafana.HOOK, alerts.HOOK)
TOLD = {"service": "checkout", "alert": "QueueFull", "status": "firing"}


def from_group(*told: Any, hook: Any = alertmanager.HOOK, **changes: Any) -> Parsed:
    found: Parsed = hook.parse(posted(group(*told, **changes)), KNOWN)
    return found


def events(parsed: Parsed) -> list[SignalReported]:
    found = [event for _key, event in parsed.events]
    assert all(isinstance(event, SignalReported) for event in found)
    return found  # type: ignore[return-value]


def one(**changes: Any) -> SignalReported:
    """What one alert of Alertmanager's means."""
    (event,) = events(from_group(alert(**changes)))
    return event


def from_grafana(**changes: Any) -> SignalReported:
    (event,) = events(from_group(alert(**changes), hook=grafana.HOOK))
    return event


def told(**changes: Any) -> SignalReported:
    """The same by the generic hook."""
    (event,) = events(alerts.HOOK.parse(posted(TOLD | changes), KNOWN))
    return event


# -- Alertmanager


def test_an_alert_is_a_signal_of_the_service_that_its_label_names() -> None:
    assert one() == SignalReported(
        service="checkout",
        signal="alertmanager:9d4e98026c20b077",
        source="alertmanager",
        level=Level.DOWN,
        began_at=datetime(2026, 11, 23, 8, 43, 56, 502187, UTC),
        at=NOW,
        detail=f"ApiDown: {SUMMARY}",
        reason="firing",
        expires_at=NOW + DAY,
        links=(
            ("runbook", "https://example.com/rb"),
            ("graph", "http://prom.example/graph?g0.expr=up%3D%3D0"),
        ),
    )


def test_in_a_firing_group_single_alerts_may_be_over_and_those_come_last() -> None:
    """The sender names them as it likes. This is what Alertmanager 0.25 sent."""
    parsed = from_group(alert("bc787ea03ad3314e", "resolved", annotations={}), alert())
    firing, over = events(parsed)
    assert (firing.level, over.level) == (Level.DOWN, Level.UP)
    assert (over.signal, over.expires_at) == ("alertmanager:bc787ea03ad3314e", None)
    assert parsed.answer == {"alerts": 2}


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        *[(word, Level.DEGRADED) for word in ("warning", "Info", "none", " notice ")],
        *[(word, Level.DOWN) for word in ("critical", "page", "", None, "wichtig", 3, ["info"])],
    ],
)
def test_only_what_calls_itself_less_is_less_than_down(severity: object, level: Level) -> None:
    assert one(labels=API_DOWN | {"severity": severity}).level is level


@pytest.mark.parametrize(
    ("annotations", "detail"),
    [
        ({"summary": "a", "description": "b"}, "ApiDown: a"),
        ({"summary": " ", "description": "b\n\tc"}, "ApiDown: b c"),
        ({"message": "m"}, "ApiDown: m"),
        ({"summary": ["x"]}, "ApiDown"),
        ({"summary": "x" * 5000}, f"ApiDown: {'x' * 400}"),
        ({"summary": "a\x00\x1b[31m"}, "ApiDown: a[31m"),
        (None, "ApiDown"),
    ],
)
def test_the_summary_speaks_before_the_description(annotations: Any, detail: str) -> None:
    assert one(annotations=annotations).detail == detail


def test_a_name_keeps_apart_from_its_words() -> None:
    named = one(labels=API_DOWN | {"alertname": "api: down: "}, annotations={"summary": "x: y"})
    assert named.detail == "api down: x: y"
    assert one(labels={"service": "checkout"}, annotations={}).detail == "alert"


@pytest.mark.parametrize(
    ("given", "began"),
    [
        ("2026-11-23T09:11:59.999999999Z", NOW - timedelta(microseconds=1)),
        ("2026-11-23T04:12:00-05:00", NOW),
        ("2026-11-23T09:30:00Z", NOW),
        ("0001-01-01T00:00:00Z", NOW),
        ("1969-12-31T23:59:59Z", NOW),
        ("2026-01-01T00:00:00Z", NOW - timedelta(days=30)),
        ("yesterday", NOW),
        (None, NOW),
        (10**40, NOW),
    ],
)
def test_it_began_when_it_says_unless_that_cannot_be(given: object, began: datetime) -> None:
    assert one(startsAt=given).began_at == began


def test_without_a_fingerprint_its_labels_tell_it_from_others() -> None:
    labels = API_DOWN | {"instance": "b"}
    first = one(fingerprint=None, labels=labels)
    again = one(fingerprint="", labels=dict(reversed(labels.items())))
    other = one(fingerprint=None, labels=labels | {"instance": "c"})
    assert first.signal == again.signal != other.signal
    assert first.signal != one().signal


def test_the_same_fingerprint_of_another_source_is_another_signal() -> None:
    assert from_grafana().signal != one().signal


@pytest.mark.parametrize(
    ("given", "expires"),
    [
        ("30m", timedelta(minutes=30)),
        ("1 week", timedelta(days=7)),
        *[(bad, DAY) for bad in ("30s", "31d", "soon", 5, None, "-1h")],
    ],
)
def test_an_annotation_may_set_its_time_out(given: object, expires: timedelta) -> None:
    assert one(annotations={"expires": given}).expires_at == NOW + expires


def test_links_that_are_no_web_address_are_left_out() -> None:
    runs = {"runbook_url": "javascript:alert(1)"}
    assert one(generatorURL="", annotations=runs).links == ()


def test_unknown_services_are_named_and_hold_up_no_other() -> None:
    parsed = from_group(
        alert("1", labels=API_DOWN | {"service": "serach"}),
        alert("2", labels={"alertname": "DiskFull"}),
        alert("3", labels=API_DOWN | {"service": "CheckOut"}),
        truncatedAlerts=7,
    )
    assert [event.service for event in events(parsed)] == ["checkout"]
    assert parsed.note == (
        "unknown service 'serach'; did you mean 'search'? (ApiDown); DiskFull names no service; "
        "7 alerts of a group were left out by the sender (its max_alerts)"
    )
    assert parsed.answer == {"alerts": 1, "note": parsed.note}


def test_a_delivery_is_bounded_and_what_fires_goes_first() -> None:
    over = [alert(f"{number}", "resolved") for number in range(600)]
    parsed = from_group(*over, *[alert(f"f{number}") for number in range(500)])
    assert [event.level for event in events(parsed)[:1000]] == [Level.DOWN] * 500 + [Level.UP] * 500
    assert parsed.note == "only 1000 of 1100 alerts of a delivery are read"


def test_what_is_told_twice_in_a_delivery_is_told_last() -> None:
    assert [it.level for it in events(from_group(alert(), alert(status="resolved")))] == [Level.UP]


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        (b"\xff", "", "not JSON"),
        ([], "", "not a JSON object"),
        ({}, "alerts", "is missing"),
        ({"alerts": {}}, "alerts", "must be a list"),
        ({"alerts": []}, "alerts", "is empty"),
        ({"alerts": ["x"]}, "alerts.0", "must be an object"),
        (group(alert(), alert(labels="x")), "alerts.1.labels", "must be an object"),
        (group(alert(annotations=[1])), "alerts.0.annotations", "must be an object"),
        (group(alert(labels={})), "alerts.0.labels.service", "alert names no service"),
        (group(alert(labels={"service": "x"})), "alerts.0.labels.service", "unknown service 'x'"),
    ],
)
@pytest.mark.parametrize("hook", [alertmanager.HOOK, grafana.HOOK], ids=["alertmanager", "grafana"])
def test_a_broken_group_is_refused_whole_and_named(
    hook: Any, body: Any, field: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=words) as refused:
        hook.parse(posted(body), KNOWN)
    assert refused.value.field == field


# -- Grafana


def test_grafana_brings_its_links() -> None:
    found = from_grafana(
        annotations={"summary": "slow", "runbook_url": "https://r.example"},
        generatorURL="https://g.example/alerting/1/edit",
        silenceURL="https://g.example/alerting/silence/new",
        dashboardURL="",
        panelURL="https://g.example/d/1?viewPanel=2",
        values={"B": 44.2},
        startsAt="2026-11-23T03:12:00.157076-06:00",
    )
    assert found.detail == "ApiDown: slow"
    assert [label for label, _url in found.links] == ["runbook", "panel", "rule", "silence"]
    assert found.began_at == NOW


@pytest.mark.parametrize(
    ("name", "words"), [("DatasourceNoData", "no data"), ("DatasourceError", "error")]
)
def test_a_rule_that_cannot_measure_pages_nobody(name: str, words: str) -> None:
    labels = API_DOWN | {"alertname": name, "rulename": "Errors"}
    found = from_grafana(labels=labels)
    assert (found.level, found.detail) == (Level.DEGRADED, f"Errors ({words}): {SUMMARY}")
    assert from_grafana(labels=labels, status="resolved").level is Level.UP


def test_the_test_button_is_answered_and_means_nothing() -> None:
    labels = {"alertname": "TestAlert", "instance": "Grafana"}
    parsed = from_group(alert(labels=labels), hook=grafana.HOOK)
    assert (parsed.events, parsed.note) == ((), None)
    assert "the label service names an alert" in str(parsed.answer)
    (event,) = events(from_group(alert(labels=labels | {"service": "mail"}), hook=grafana.HOOK))
    assert event.service == "mail"


# -- the generic hook


def test_three_fields_are_enough() -> None:
    found = told()
    assert (found.service, found.signal) == ("checkout", "alerts:QueueFull")
    assert (found.level, found.detail) == (Level.DOWN, "QueueFull")
    assert (found.began_at, found.expires_at) == (NOW, NOW + DAY)


def test_every_field_is_read() -> None:
    found = told(
        name="ignored",
        fingerprint="q1",
        summary="9000 orders wait",
        description="longer",
        severity="critical",
        starts_at="2026-11-23T09:00:00Z",
        expires="2h",
        url="https://q.example",
    )
    assert (found.signal, found.detail) == ("alerts:q1", "QueueFull: 9000 orders wait")
    assert found.began_at == NOW - timedelta(minutes=12)
    assert found.expires_at == NOW + timedelta(hours=2)
    assert found.links == (("alert", "https://q.example"),)


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({"status": "Warning"}, Level.DEGRADED),
        ({"status": "warning", "severity": "critical"}, Level.DEGRADED),
        ({"severity": "warning"}, Level.DEGRADED),
        ({"status": "resolved", "severity": "warning"}, Level.UP),
        ({"status": "ok"}, Level.UP),
        ({"status": "down", "severity": "info"}, Level.DOWN),
    ],
)
def test_its_status_says_how_bad_it_is(changes: dict[str, Any], level: Level) -> None:
    assert told(**changes).level is level


def test_an_end_to_come_is_its_time_out_and_one_that_is_over_is_none() -> None:
    assert told(ends_at="2026-11-23T10:12:00Z").expires_at == NOW + timedelta(hours=1)
    assert told(ends_at="2026-11-23T08:12:00Z").expires_at == NOW + DAY
    assert told(ends_at="0001-01-01T00:00:00Z").expires_at == NOW + DAY


def test_several_come_in_a_list_and_an_end_needs_its_fingerprint_only() -> None:
    over = {"service": "mail", "fingerprint": "m1", "status": "resolved"}
    parsed = alerts.HOOK.parse(posted([over, TOLD, TOLD | {"service": "x", "name": "y"}]), KNOWN)
    assert [(it.service, it.level) for it in events(parsed)] == [
        ("checkout", Level.DOWN),
        ("mail", Level.UP),
    ]
    assert parsed.note == "unknown service 'x' (QueueFull)"


@pytest.mark.parametrize(
    ("body", "field", "words"),
    [
        ("text", "", "must be an object"),
        ([], "", "the list is empty"),
        ([TOLD, 3], "1", "must be an object"),
        (TOLD | {"status": None}, "status", "must be one of firing, warning, resolved"),
        ({"service": "checkout", "alert": "x"}, "status", "is missing"),
        ([TOLD, TOLD | {"status": "bad"}], "1.status", "must be one of firing"),
        ({"service": "checkout", "status": "firing"}, "alert", "is missing"),
        (TOLD | {"alert": None}, "alert", "is missing"),
        (TOLD | {"service": None}, "service", "QueueFull names no service"),
        (TOLD | {"service": "chekout"}, "service", "did you mean 'checkout'"),
        (TOLD | {"service": ["x"]}, "service", "must be a text"),
        (TOLD | {"expires": "soon"}, "expires", "between 1m and 30d"),
        (TOLD | {"expires": 3600}, "expires", "between 1m and 30d"),
        (TOLD | {"starts_at": "2026-11-23T09:12:00"}, "starts_at", "with an offset"),
        (TOLD | {"url": "javascript:x"}, "url", "must begin with https://"),
        (TOLD | {"fingerprint": "x" * 300}, "fingerprint", "longer than 200"),
    ],
)
def test_every_mistake_is_named(body: Any, field: str, words: str) -> None:
    with pytest.raises(BadRequest, match=words) as refused:
        alerts.HOOK.parse(posted(body), KNOWN)
    assert refused.value.field == field


# -- all of them


scraps = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["checkout", "firing", "resolved", "0001-01-01T00:00:00Z", "2h", "warning"]),
)
anything = st.recursive(
    scraps,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
FIELDS = (
    *("status", "labels", "annotations", "startsAt", "endsAt", "fingerprint", "generatorURL"),
    *("service", "alert", "name", "summary", "severity", "expires", "starts_at", "url"),
)
alert_like = st.dictionaries(st.sampled_from(FIELDS), anything).map(
    lambda changes: TOLD | alert() | changes
)
groups = st.builds(
    lambda told, changes: {"alerts": told} | changes,
    st.lists(alert_like | anything, max_size=3),
    st.dictionaries(st.sampled_from(["status", "truncatedAlerts", "alerts"]), anything, max_size=1),
)


@settings(max_examples=50)
@given(st.one_of(st.binary(), anything, groups, alert_like, st.lists(alert_like, max_size=3)))
def test_whatever_comes_is_read_or_refused_by_name(body: Any) -> None:
    for hook in SOURCES:
        try:
            parsed = hook.parse(posted(body), KNOWN)
        except BadRequest:
            continue
        keys = [key for key, _event in parsed.events]
        assert len(set(keys)) == len(keys)
        for event in events(parsed):
            assert event.service in POLICY.services
            assert NOW - timedelta(days=30) <= event.began_at <= NOW
            assert (event.expires_at is None) == (event.level is Level.UP)
            assert event.detail == event.detail.strip()
            assert "\n" not in event.detail
            assert all(url.startswith(("http://", "https://")) for _label, url in event.links)
        json.dumps(parsed.answer)
