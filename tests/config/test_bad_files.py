"""Every bad file tells where it is bad, what is wrong, and how to mend it."""

import pytest

from config import ConfigError, parse
from tests.config.worlds import BAD, SMALL, problems

WRITTEN = (BAD.parent / "bad_files.txt").read_text(encoding="utf-8").splitlines()[1:]
ROWS = [tuple(part.strip() for part in line.split("|")) for line in WRITTEN]
FILES = sorted({row[0] for row in ROWS})


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_tells_its_line_and_how_to_mend_it(name: str) -> None:
    expected = [row[1:] for row in ROWS if row[0] == name]
    found = problems((BAD / name).read_bytes())
    assert [(str(one.line), one.where) for one in found] == [row[:2] for row in expected]
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
