"""Every bad file tells where it is bad, what is wrong, and how to mend it."""

import pytest

from config import ConfigError, parse
from tests.config.worlds import BAD, SMALL, problems

ROWS = [
    # file, line, where, what it says (its beginning), how to mend it (its beginning)
    (
        "acknowledge_word.yaml",
        5,
        "acknowledge",
        "`every_team` is not known here",
        "one of 'each_team' or 'any_team'",
    ),
    ("alias_of_itself.yaml", 6, "services.checkout", "an alias inside of what it names", ""),
    ("bad_canary.yaml", 5, "canaries[1]", "not a canary", "did you mean `tcp`?"),
    (
        "bad_key.yaml",
        2,
        "people.Ana Maria",
        "not a key",
        "small letters, digits, - and _, at most ",
    ),
    (
        "bad_watchdog.yaml",
        5,
        "watchdog.ping",
        "not a URL",
        "write it whole, such as https://hc.examp",
    ),
    ("bomb.yaml", 6, "", "aliases make this far too large or too deep", ""),
    (
        "bool_for_text.yaml",
        6,
        "services.checkout.by_hand[0]",
        "true or false, where text is expected",
        "write it in quotes",
    ),
    (
        "channel_is_a_comment.yaml",
        6,
        "slack.incidents",
        "has no value",
        "write a value, or leave the key out; tex",
    ),
    (
        "channel_without_hash.yaml",
        5,
        "slack.incidents",
        "not a Slack channel",
        'its name with #, in quotes ("#incidents"',
    ),
    (
        "check_bad_duration.yaml",
        9,
        "services.checkout.checks[0].every",
        "not a duration",
        "write it like 250ms, 10s",
    ),
    (
        "check_bad_number.yaml",
        9,
        "services.checkout.checks[0].failures",
        "text, where a whole number is expected",
        "write digits without quotes and units",
    ),
    (
        "check_is_text.yaml",
        7,
        "services.checkout.checks[0]",
        "not a check",
        "such as {http: https://shop.example.com/",
    ),
    (
        "deep.yaml",
        5,
        "canaries[0][0][0][0][0][0][0][0][0][0][0]",
        "nested more than 40 levels deep",
        "",
    ),
    (
        "depends_on_itself.yaml",
        6,
        "services.checkout.depends_on[0]",
        "services depend on each other in a ring: checkout -> checkou",
        "drop one of these",
    ),
    (
        "duplicate_key.yaml",
        6,
        "people",
        "the key stands here a second time (first in line 1)",
        "keep one of them",
    ),
    (
        "duplicate_person.yaml",
        3,
        "people.ana",
        "the key stands here a second time (first in line 2)",
        "keep one of them",
    ),
    ("empty.yaml", 1, "", "the file is empty", "begin with a copy of config/example.yaml"),
    (
        "empty_section.yaml",
        5,
        "services",
        "has no value",
        "write a value, or leave the key out; tex",
    ),
    ("empty_team.yaml", 4, "teams.it.members", "is empty", "write at least one"),
    (
        "first_step_waits.yaml",
        6,
        "escalation",
        "the first step may not wait",
        "first pages are never delayed: drop `aft",
    ),
    (
        "four_teams.yaml",
        10,
        "services.checkout",
        "`teams` is missing: there are more than 3 teams",
        "say which of them answer for this servic",
    ),
    (
        "leading_zero.yaml",
        2,
        "people.ana.name",
        "a number with a leading zero is octal to some readers of YAM",
        "write it in quotes if it is text, withou",
    ),
    ("merge_of_a_list.yaml", 7, "services.checkout", "`<<` merges mappings only", ""),
    (
        "middle_step_repeats.yaml",
        6,
        "escalation",
        "only the last step may repeat",
        "move `repeat` to the last step",
    ),
    (
        "no_default_policy.yaml",
        6,
        "escalation",
        "no policy is called `default`",
        "add one, or name a policy in every servi",
    ),
    ("no_people.yaml", 1, "", "`people` is missing", "add it"),
    ("no_people.yaml", 3, "teams.it.members[0]", "unknown person `ana`", "add it to `people`"),
    ("not_a_mapping.yaml", 1, "", "not a mapping", "write `people:`, `teams:` …"),
    ("not_utf8.yaml", 5, "", "not UTF-8 text", "save the file as UTF-8"),
    ("nul.yaml", 5, "", "a character that no text holds (U+0000)", "remove it"),
    (
        "number_for_text.yaml",
        6,
        "services.checkout.environment",
        "a number, where text is expected",
        "write it in quotes",
    ),
    (
        "off_for_false.yaml",
        9,
        "services.checkout.checks[0].verify",
        "text, where true or false is expected",
        "write false",
    ),
    (
        "on_call_word.yaml",
        4,
        "teams.it.on_call",
        "`everybody` is not known here",
        "one of 'everyone'",
    ),
    (
        "optional_channel_is_a_comment.yaml",
        7,
        "slack.support",
        "has no value",
        "write a value, or leave the key out; tex",
    ),
    (
        "phone_too_short.yaml",
        2,
        "people.ana.phone",
        "not a phone number",
        'write it with its country, in quotes: "+',
    ),
    (
        "phone_unquoted.yaml",
        2,
        "people.ana.phone",
        "a number, where text is expected",
        "write it in quotes",
    ),
    (
        "phone_without_country.yaml",
        2,
        "people.ana.phone",
        "not a phone number",
        'write it with its country, in quotes: "+',
    ),
    ("python_tag.yaml", 5, "timezone", "a tag that is not used here", "remove the tag"),
    ("python_tag.yaml", 5, "timezone", "a list, where text is expected", ""),
    (
        "repository_is_a_url.yaml",
        6,
        "services.checkout.repository",
        "not a repository",
        "owner/name, without https:// and .git",
    ),
    (
        "reserved_person.yaml",
        3,
        "people.everyone",
        "a person cannot have this key",
        "`everyone` has a meaning in escalation s",
    ),
    (
        "ring.yaml",
        8,
        "services.c.depends_on[0]",
        "services depend on each other in a ring: a -> b -> c -> a",
        "drop one of these",
    ),
    (
        "rota_bad_hours.yaml",
        6,
        "teams.it.on_call.only",
        "not a day of the week",
        "days are Mon Tue Wed Thu Fri Sat Sun",
    ),
    (
        "rota_bad_start.yaml",
        6,
        "teams.it.on_call.starts",
        "not a time",
        'write it as "2026-11-23 09:00", the zone',
    ),
    (
        "rota_gap.yaml",
        6,
        "teams.it.on_call",
        "nobody is on call for it from Mon 00:00 to Mon 09:00",
        "add a last layer without `only`",
    ),
    (
        "rota_of_a_stranger.yaml",
        7,
        "teams.it.on_call.rota[0]",
        "`bo` is on the rota but not in the team",
        "add them to `members`",
    ),
    ("rota_without_start.yaml", 6, "teams.it.on_call", "`starts` is missing", "add it"),
    ("same_github.yaml", 3, "people.bo.github", "ana has the same GitHub login", "one person each"),
    ("same_phone.yaml", 3, "people.bo.phone", "ana has the same phone number", "one person each"),
    ("same_slack.yaml", 3, "people.bo.slack", "ana has the same Slack ID", "one person each"),
    ("second_document.yaml", 5, "", "a second document begins here", "remove the `---`"),
    (
        "slack_name_for_id.yaml",
        2,
        "people.ana.slack",
        "not a Slack member ID",
        "in Slack: profile, ⋮, Copy member ID (U0",
    ),
    (
        "step_by_pigeon.yaml",
        6,
        "escalation[0].by[0]",
        "`pigeon` is not known here",
        "one of 'sms', 'call', 'slack' or 'email'",
    ),
    (
        "step_pages_nobody.yaml",
        6,
        "escalation[0].page",
        "nobody is called `on_cal`",
        "did you mean `on_call`?",
    ),
    ("storm_of_one.yaml", 5, "storm", "must be greater than or equal to 2", ""),
    ("tab.yaml", 2, "", "a tab in the indentation", "YAML is indented with spaces"),
    (
        "two_checks_of_one_name.yaml",
        9,
        "services.checkout.checks[1]",
        "a check of this name is there already",
        "give it a `name`",
    ),
    ("two_colons.yaml", 3, "", "a second `:` in one line", "put text that holds `: ` in quotes"),
    (
        "two_kinds.yaml",
        8,
        "services.checkout.checks[0]",
        "a check of two kinds",
        "make it two checks: http and tcp",
    ),
    (
        "two_senders_one_variable.yaml",
        7,
        "senders.my_ci",
        "would share HOOK_TOKEN_MY_CI with my-ci",
        "rename",
    ),
    (
        "two_triggers.yaml",
        7,
        "sign_off.trigger",
        "an approval triggers exactly one thing",
        "one of workflow, webhook, protection_rul",
    ),
    (
        "unclosed_bracket.yaml",
        6,
        "",
        "not YAML: did not find expected ',' or ']'",
        "check quotes, brackets and indentation n",
    ),
    (
        "unclosed_quote.yaml",
        6,
        "",
        "not YAML: found unexpected end of stream",
        "check quotes, brackets and indentation n",
    ),
    (
        "undefined_alias.yaml",
        4,
        "teams.it",
        "an alias of nothing",
        "put text that begins with `*` in quotes",
    ),
    ("unknown_approver.yaml", 5, "sign_off.approvers[1]", "unknown person `mia`", "known: ana"),
    (
        "unknown_check_key.yaml",
        8,
        "services.checkout.checks[0].evry",
        "unknown key",
        "did you mean `every`?",
    ),
    ("unknown_default.yaml", 5, "defaults.timout", "unknown option", "did you mean `timeout`?"),
    (
        "unknown_dependency.yaml",
        6,
        "services.checkout.depends_on[0]",
        "unknown service `payment`",
        "did you mean `payments`?",
    ),
    (
        "unknown_expect_key.yaml",
        8,
        "services.checkout.checks[0].expect.staus",
        "unknown key",
        "did you mean `status`?",
    ),
    (
        "unknown_kind.yaml",
        8,
        "services.checkout.checks[0]",
        "no kind of check is named",
        "did you mean `http`?",
    ),
    (
        "unknown_person.yaml",
        4,
        "teams.it.members[1]",
        "unknown person `anna`",
        "did you mean `ana`?",
    ),
    (
        "unknown_policy.yaml",
        8,
        "services.checkout.escalation",
        "unknown policy `defualt`",
        "did you mean `default`?",
    ),
    (
        "unknown_right.yaml",
        5,
        "senders.ci[0]",
        "`deployment` is not known here",
        "one of 'deployments', 'releases', 'alert",
    ),
    (
        "unknown_team.yaml",
        7,
        "services.checkout.teams[0]",
        "unknown team `its`",
        "did you mean `it`?",
    ),
    ("unknown_timezone.yaml", 5, "timezone", "unknown timezone", "did you mean `Europe/London`?"),
    ("unknown_top_key.yaml", 5, "servces", "unknown key", "did you mean `services`?"),
    (
        "window_backwards.yaml",
        6,
        "maintenance[0]",
        "a window that ends before it begins",
        "`until` comes after `from`",
    ),
    (
        "window_of_both_kinds.yaml",
        6,
        "maintenance[0]",
        "when this window is open does not follow",
        "either `from` and `until`, or `weekly: S",
    ),
    (
        "window_of_unknown_service.yaml",
        6,
        "maintenance[0].services[0]",
        "unknown service `serch`",
        "add it to `services`",
    ),
    (
        "wrong_default.yaml",
        6,
        "defaults.timeout",
        "not a duration",
        "write it like 250ms, 10s",
    ),
]
FILES = sorted({row[0] for row in ROWS})


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_tells_its_line_and_how_to_mend_it(name: str) -> None:
    expected = [row[1:] for row in ROWS if row[0] == name]
    found = problems((BAD / name).read_bytes())
    assert [(one.line, one.where) for one in found] == [(row[0], row[1]) for row in expected]
    for one, (_, _, what, mend) in zip(found, expected, strict=True):
        assert one.what.startswith(what)
        assert one.mend.startswith(mend)
        assert one.column >= 1


def test_there_is_a_row_for_every_bad_file_and_a_file_for_every_row() -> None:
    assert sorted(path.name for path in BAD.iterdir()) == FILES
    assert len(FILES) >= 30


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = """timezone: Europe/Londn
people:
  ana: {phone: "0170 555", slck: U0ANA}
teams:
  it: {members: [anna], on_call: {rota: [ana], starts: tomorrow}}
services:
  checkout:
    depends_on: [payment]
    checks:
      - {http: "https://shop.example.com/", evry: 10s, timeout: soon}
sign_off: {approvers: []}
storm: many
"""
    found = problems(text, {"PORT": "eighty"})
    assert [(one.line, one.where) for one in found] == [
        (0, "PORT"),
        (1, "timezone"),
        (3, "people.ana.phone"),
        (3, "people.ana.slck"),
        (5, "teams.it.members[0]"),
        (5, "teams.it.on_call.rota[0]"),
        (5, "teams.it.on_call.starts"),
        (8, "services.checkout.depends_on[0]"),
        (10, "services.checkout.checks[0].evry"),
        (10, "services.checkout.checks[0].timeout"),
        (11, "sign_off.approvers"),
        (12, "storm"),
    ]


def test_a_message_reads_file_line_place_what_and_mend() -> None:
    with pytest.raises(ConfigError) as caught:
        parse(SMALL + "services: {checkout: {teams: [its]}}\n", {})
    assert str(caught.value) == (
        "midwatch.yaml:12:31: services.checkout.teams[0]: unknown team `its` (did you mean `it`?)"
    )


def test_numbers_and_tokens_of_the_file_are_in_no_message() -> None:
    hush = ["+15005559876x", "xoxb-123-hush", "hushhush123456789", "https://u:hush@h/"]
    text = f"""
people:
  ana: {{phone: "{hush[0]}", slack: "{hush[1]}", github: "{hush[2]}!", email: "{hush[3]}"}}
  "{hush[2]}": {{}}
teams:
  it: {{members: ["{hush[2]}x", "{hush[1]}"], on_call: "{hush[2]}"}}
services:
  checkout:
    repository: "{hush[3]}"
    checks:
      - {{http: "ftp://u:{hush[2]}@h/", timeout: "{hush[2]}", expect: {{json: {{a: 1}}}}}}
      - {{tcp: "{hush[3]}", every: "{hush[3]}"}}
watchdog: {{ping: "hc/{hush[2]}"}}
slack: {{incidents: "{hush[1]}"}}
escalation: [{{page: "{hush[2]}"}}]
"""
    found = problems(text)
    assert len(found) >= 10
    told = "\n".join(map(str, found))
    assert "5559876" not in told
    assert "hush" not in told.replace("hu…", "")
