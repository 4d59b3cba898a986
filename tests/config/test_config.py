"""What a good file means: defaults in their places, look-ups, warnings, windows."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.check import label_of
from config.doubts import starting_later
from config.hours import first_gap, parse_hours
from config.maintenance import Maintenance
from config.people import Rota
from tests.config.worlds import PEOPLE, SMALL, TEAMS, good, problems, whats


def test_names_and_zones_that_are_left_out_are_filled_in() -> None:
    config = good("timezone: Europe/Berlin\n" + SMALL + "services: {checkout: {}}\n")
    assert config.people["mia"].name == "mia"
    assert config.people["mia"].timezone == "Europe/Berlin"
    assert config.teams["development"].name == "development"
    assert config.services["checkout"].name == "checkout"


def test_people_are_found_by_what_the_world_calls_them() -> None:
    config = good(SMALL)
    assert config.person_by_phone("+15005550102") == "bo"
    assert config.person_by_phone("+1 (500) 555-0102") == "bo"
    assert config.person_by_phone("+15005550199") is None
    assert config.person_by_phone("short code") is None


def test_a_service_answers_to_every_team_unless_it_names_its_own() -> None:
    config = good(SMALL + "services: {checkout: {}, search: {teams: [it]}}\n")
    assert config.teams_of("checkout") == ("it", "development")
    assert config.teams_of("search") == ("it",)


def test_a_service_takes_the_policy_it_names_writes_or_inherits() -> None:
    config = good(
        SMALL
        + """
escalation:
  default: [{page: on_call}]
  quiet: [{page: on_call, by: [slack]}]
services:
  a: {}
  b: {escalation: quiet}
  c: {escalation: [{page: mia, by: [call]}, {after: 2m, page: everyone, repeat: 2}]}
"""
    )
    assert [config.policy_of(key)[0].by for key in "abc"] == [("sms",), ("slack",), ("call",)]
    assert config.policy_of("c")[1].after == timedelta(minutes=2)


def test_a_plain_list_is_the_default_policy_and_without_one_there_is_a_standard() -> None:
    config = good(SMALL + "escalation: [{page: everyone, by: [call]}]\nservices: {a: {}}\n")
    assert config.policy_of("a")[0].page == "everyone"
    standard = good(SMALL + "services: {a: {}}\n").policy_of("a")
    assert [step.page for step in standard] == ["on_call", "on_call", "everyone"]
    assert standard[0].after == timedelta()


def test_acknowledging_and_the_window_of_suspicion_may_differ_by_service() -> None:
    config = good(
        SMALL
        + "suspect_window: 1h\nacknowledge: any_team\n"
        + "services: {a: {}, b: {acknowledge: each_team, suspect_window: 2h}}\n"
    )
    assert [config.acknowledge_of(key) for key in "ab"] == ["any_team", "each_team"]
    assert config.suspect_window_of("a") == timedelta(hours=1)
    assert config.suspect_window_of("b") == timedelta(hours=2)


def test_a_single_rotation_is_a_rota_of_one_layer() -> None:
    rota = '{rota: [ana], every: 1 week, starts: "2026-11-23 09:00"}'
    teams = f"\nteams:\n  it: {{members: [ana], on_call: {rota}}}\n  b: {{members: [bo]}}\n"
    team = good("timezone: Europe/Berlin\n" + PEOPLE + teams).teams["it"]
    assert isinstance(team.on_call, Rota)
    (layer,) = team.on_call.layers
    assert (layer.timezone, layer.every, layer.name) == (
        "Europe/Berlin",
        timedelta(weeks=1),
        "layer 1",
    )
    assert layer.starts == datetime(2026, 11, 23, 9)  # noqa: DTZ001 -- wall time


def test_defaults_fill_what_a_kind_knows_and_a_check_wins() -> None:
    config = good(
        SMALL
        + """
defaults: {timeout: 4s, follow: 1, expect: {within: 2s, body: fine}}
services:
  shop:
    checks:
      - {http: "https://shop.example.com/", expect: {body: ok}}
      - {tcp: "shop.example.com:443", timeout: 1s}
"""
    )
    web, port = (check.options.model_dump() for check in config.services["shop"].checks)
    assert (web["timeout"], web["follow"]) in [("4s", 1), (timedelta(seconds=4), 1)]
    assert web["expect"]["body"] == "ok"
    assert web["expect"]["within"] in ("2s", timedelta(seconds=2))
    assert port["timeout"] in ("1s", timedelta(seconds=1))
    assert "follow" not in port


def test_a_check_is_called_by_its_name_or_by_what_it_asks_without_secrets() -> None:
    config = good(
        SMALL
        + """
services:
  shop:
    checks:
      - {http: "https://shop.example.com:8443/health?token=hush"}
      - {http: "https://shop.example.com/", name: front page}
      - {tcp: "shop.example.com:443"}
"""
    )
    labels = [check.label for check in config.services["shop"].checks]
    assert labels == ["http shop.example.com:8443/health", "front page", "tcp shop.example.com:443"]
    assert "hush" not in repr(config)


def test_a_canary_is_a_check_of_the_kind_its_scheme_names() -> None:
    config = good(PEOPLE + TEAMS + 'canaries: ["tcp://1.1.1.1:443", "https://example.com/"]\n')
    assert [check.kind for check in config.canaries] == ["tcp", "http"]
    assert [check.options.target for check in config.canaries] == [
        "1.1.1.1:443",
        "https://example.com/",
    ]


WARNED = [
    # what the file adds, where it is doubted, what is said
    ("", "", "no canaries"),
    ("", "", "no `slack` section"),
    ("sign_off: {approvers: [mia]}", "sign_off.approvers", "a single approver"),
    ("sign_off: {approvers: [mia, ghost]}", "sign_off.approvers[1]", "ghost cannot be reached"),
    ("escalation: [{page: ghost}]", "escalation[0]", "ghost has no address"),
    ("", "people.ghost", "is on call for night and has no phone"),
    ("", "people.odd.phone", "no such number is given out"),
    ("services: {c: {repository: a/b/c}}", "services.c.repository", "no groups within groups"),
    ("alerts: {expires: 4h}", "alerts.expires", "before that it would count as over"),
]


@pytest.mark.parametrize(("added", "where", "what"), WARNED)
def test_what_is_likely_to_be_regretted_is_warned_of(added: str, where: str, what: str) -> None:
    people = PEOPLE + '  ghost: {}\n  odd: {phone: "+49123"}\n'
    config = good(people + TEAMS + "  night: {members: [ghost]}\n" + added + "\n")
    told = [one for one in config.warnings if one.where == where and what in one.what]
    assert len(told) == 1
    assert told[0].mend
    assert told[0].line > 0


def test_a_sound_file_is_warned_of_nothing() -> None:
    assert whats(good(SMALL).warnings) == []


def test_a_rota_that_begins_in_the_future_is_doubted_until_then() -> None:
    rota = '{rota: [ana], starts: "2026-11-23 09:00"}'
    teams = f"teams:\n  it: {{members: [ana], on_call: {rota}}}\n  b: {{members: [bo]}}\n"
    config = good("timezone: America/Chicago\n" + PEOPLE + teams)
    nine = datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert [path for path, _, _ in starting_later(config, nine - timedelta(seconds=1))] == [
        ("teams", "it", "on_call")
    ]
    assert not list(starting_later(config, nine))


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("Mon-Fri 09:00-18:00", ("Mon 00:00", "Mon 09:00")),
        ("Mon-Fri", ("Sat 00:00", "Mon 00:00")),
        ("Mon-Sun 08:00-08:01", ("Mon 00:00", "Mon 08:00")),
        ("00:00-24:00", None),
        ("Mon-Sun", None),
        ("09:00-18:00, 18:00-09:00", None),  # past midnight, also from Sunday into Monday
        ("Fri-Mon, Tue-Thu", None),
        ("Mon-Sat, Sun 00:00-23:59", ("Sun 23:59", "Mon 00:00")),
    ],
)
def test_a_gap_in_the_hours_of_the_week_is_found(text: str, gap: tuple[str, str] | None) -> None:
    assert first_gap(parse_hours(text).parts) == gap


BAD_HOURS = ["", "Mon-Fri 9-18", "Mon-Fry 09:00-18:00", "09:00-09:00", "25:00-26:00", "09:60-10:00"]


@pytest.mark.parametrize("text", [*BAD_HOURS, "24:00-08:00", "Mon 09:00-18:00 or so", "Mon,"])
def test_hours_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours|day|time"):
        parse_hours(text)


def test_a_last_layer_that_is_always_on_leaves_no_gap() -> None:
    layers = """
    - {rota: [ana], starts: "2026-11-23 09:00", only: "Mon-Fri 09:00-18:00"}
    - {rota: [mia], starts: "2026-11-23 09:00"}
"""
    teams = "teams:\n  it:\n    members: [ana, mia]\n    on_call:\n      layers:\n"
    indented = "".join(f"    {line}\n" for line in layers.strip("\n").splitlines())
    config = good(PEOPLE + teams + indented)
    rota = config.teams["it"].rota
    assert rota is not None
    assert [layer.name for layer in rota.layers] == ["layer 1", "layer 2"]


def test_a_weekly_window_keeps_its_local_hour_over_a_clock_change() -> None:
    config = good(
        "timezone: Europe/Berlin\n" + SMALL + 'maintenance: [{weekly: "Sat-Sun 04:00-05:00"}]\n'
    )
    found = config.windows(datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))
    assert [start for start, _, _ in found] == [
        datetime(2026, 10, 24, 2, tzinfo=UTC),  # summer time
        datetime(2026, 10, 25, 3, tzinfo=UTC),  # winter time since an hour ago
    ]


def test_a_single_window_is_open_once_and_in_its_own_zone() -> None:
    window = '{from: "2026-12-06 02:00", until: "2026-12-06 04:00", timezone: Asia/Tokyo}'
    config = good(SMALL + f"maintenance: [{window}]\n")
    low = datetime(2026, 1, 1, tzinfo=UTC)
    (found,) = config.windows(low, low + timedelta(days=400))
    assert found[:2] == (
        datetime(2026, 12, 5, 17, tzinfo=UTC),
        datetime(2026, 12, 5, 19, tzinfo=UTC),
    )
    assert config.windows(low, found[0]) == ()
    assert config.windows(found[1], low + timedelta(days=400)) == ()


HOURS = ["Sun 02:00-04:00", "22:00-06:00", "Mon-Fri 09:00-18:00", "Sat"]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]
START = datetime(2025, 1, 1, tzinfo=UTC)
instants = st.integers(0, 2 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@given(instants, st.sampled_from(HOURS), st.sampled_from(ZONES))
def test_at_every_instant_a_window_is_open_exactly_when_the_wall_clock_says_so(
    at: datetime, hours: str, zone: str
) -> None:
    window = Maintenance.model_validate_json(f'{{"weekly": "{hours}", "timezone": "{zone}"}}')
    spans = list(window.spans(at, at + timedelta(microseconds=1)))
    wall = at.astimezone(ZoneInfo(zone))
    shifts = {(wall + timedelta(hours=h)).utcoffset() for h in range(-30, 30)}
    if len(shifts) == 1:  # away from clock changes the naive reckoning holds
        naive = wall.replace(tzinfo=None)
        midnight = naive.replace(hour=0, minute=0, second=0, microsecond=0)
        expected = any(
            (midnight - timedelta(days=back)).weekday() in part.days
            and part.since <= naive - midnight + timedelta(days=back) < part.since + part.lasts
            for part in parse_hours(hours).parts
            for back in (0, 1)
        )
        assert bool(spans) == expected
    assert all(since <= at < until and since.tzinfo == UTC for since, until in spans)


def test_a_command_line_is_called_by_its_program_and_a_second_one_needs_a_name() -> None:
    line = ["/usr/lib/nagios/plugins/check_mysql", "-p", "hush"]
    assert label_of("command", {"command": line}) == "command check_mysql"
    assert label_of("command", {"command": []}) == "command "
    two = SMALL + "services: {x: {checks: [{command: [df, -h]}, {command: [/bin/df, /tmp]}]}}\n"
    assert whats(problems(two)) == ["services.x.checks[1]: a check of this name is there already"]
    assert problems(two.replace("[/bin/df, /tmp]", "[/bin/df, /tmp], name: tmp")) == ()
