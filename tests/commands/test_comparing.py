"""What a candidate would change where Midwatch runs, judged by its own files and environment."""

from pathlib import Path

import pytest

from bot.comparing import HELD_UP, NO_CATALOGUE, Candidate, Comparison, compare
from config import Config, load, parse
from config.catalogue import Piece
from config.reload import Bad, fingerprint, look_again
from tests.config.worlds import SMALL

MAIN = SMALL + "catalogue: services.d\n"
MAIL = "services:\n  mail: {teams: [it]}\n"
SHOP = "services:\n  shop: {depends_on: [mail]}\n"


def runs(**files: str) -> Config:
    """A Midwatch's configuration with these files in its catalogue."""
    pieces = [
        Piece(Path("services.d") / f"{name}.yaml", text.encode()) for name, text in files.items()
    ]
    return parse(MAIN, {}, read=lambda _folder: pieces)


def asked(config: Config, *files: tuple[str, str], main: str | None = None) -> Comparison:
    """The answer for these files, which lie in another repository."""
    whole = None if main is None else ("ci/midwatch.yaml", main)
    return compare(config, {}, Candidate(whole, files))


def told(found: Comparison) -> list[str]:
    return [f"{one.file}:{one.line}: {one.where}: {one.what}" for one in found.problems]


@pytest.mark.parametrize(
    ("name", "content", "changes"),
    [
        ("midwatch/mail.yaml", MAIL, ()),
        ("mail.yaml", MAIL.replace("it", "development"),
         ("services.mail changed: teams (mail.yaml)",)),
        # Called something else there: it takes the place of the file that defines the same.
        ("midwatch.yaml", MAIL + "  list: {}\n", ("services.list added (midwatch.yaml)",)),
        ("new.yaml", "services: {new: {}}", ("services.new added (new.yaml)",)),
        ("shop.yaml", "services: {buy: {}}",
         ("services.buy added (shop.yaml)", "services.shop removed (shop.yaml)")),
        ("kai.json", '{"people": {"kai": {"phone": "+15005550109"}}}',
         ("people.kai added (kai.json)",)),
    ],
)  # fmt: skip
def test_a_file_takes_its_place_among_those_that_run(
    name: str, content: str, changes: tuple[str, ...]
) -> None:
    found = asked(runs(mail=MAIL, shop=SHOP), (name, content))
    assert (found.problems, found.changes, found.warnings) == ((), changes, ())


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("ci/mail.yaml", MAIL.replace("it", "its"),
         "ci/mail.yaml:2: services.mail.teams[0]: unknown team `its`"),
        ("ci/mail.yaml", "services: {post: {}}",
         "services.d/shop.yaml:2: services.shop.depends_on[0]: unknown service `mail`"),
        ("ci/both.yaml", MAIL + "  shop: {}\n",
         "ci/both.yaml:2: services.mail: stands here a second time "
         "(first in line 2 of services.d/mail.yaml)"),
        ("ci/mail.yaml", "storm: 3",
         "ci/mail.yaml:1: storm: only services, people and teams stand in a file of the catalogue"),
        ("ci/mail.yaml", "services: {mail: {checks: [{http: 'https://x/', ca: /dev/zero}]}}",
         "ci/mail.yaml:1: services.mail.checks[0].ca: not a readable PEM file with certificates"),
    ],
)  # fmt: skip
def test_what_would_be_refused_is_told_with_the_file_it_is_in(
    name: str, content: str, problem: str
) -> None:
    found = asked(runs(mail=MAIL, shop=SHOP), (name, content))
    assert problem in told(found)
    assert found.changes == ()


def test_a_file_that_only_the_bots_machine_could_have_is_told_so() -> None:
    check = "{http: 'https://x/', ca: certificates/ours.pem}"
    found = asked(runs(), ("mail.yaml", f"services: {{mail: {{checks: [{check}]}}}}"))
    (problem,) = found.problems
    assert problem.what == "there is no such file"
    assert problem.mend.startswith("it is looked for on Midwatch's machine")


def test_a_bot_without_a_catalogue_says_so() -> None:
    found = asked(parse(SMALL, {}), ("mail.yaml", MAIL))
    assert told(found) == [f"mail.yaml:0: : {NO_CATALOGUE}"]


def test_a_whole_configuration_is_compared_without_the_files_that_are_there() -> None:
    config = runs(mail=MAIL, shop=SHOP)
    found = asked(config, ("ci/services.d/mail.yaml", MAIL), main=MAIN.replace("Ana,", "Anna,"))
    assert found.changes == ("people.ana changed: name", "services.shop removed (shop.yaml)")
    assert asked(config, ("elsewhere/mail.yaml", MAIL), main=MAIN).changes == (
        "services.mail removed (mail.yaml)",
        "services.shop removed (shop.yaml)",
    )


def test_a_mistake_in_another_file_is_no_fault_of_the_candidate(tmp_path: Path) -> None:
    """It is a warning: nothing is taken before it is mended, by them or by this very candidate."""
    main, folder = tmp_path / "midwatch.yaml", tmp_path / "services.d"
    main.write_text(MAIN)
    folder.mkdir()
    (folder / "mail.yaml").write_text(MAIL)
    config, seen = load(main, {}), fingerprint(main)
    (folder / "mail.yaml").write_text("services: {mail: {chekcs: []}}")
    bad = look_again(config, {}, seen)
    assert isinstance(bad, Bad)
    found = compare(config, {}, Candidate(None, (("shop.yaml", SHOP),)), bad.problems)
    assert (found.problems, found.changes) == ((), ("services.shop added (shop.yaml)",))
    (warning,) = found.warnings
    assert (Path(warning.file).name, warning.what) == ("mail.yaml", f"unknown key: {HELD_UP}")
    mending = compare(config, {}, Candidate(None, (("mail.yaml", MAIL),)), bad.problems)
    assert mending == Comparison()


def test_only_doubts_that_are_new_are_told() -> None:
    config = parse(SMALL.replace("slack: {incidents: \"#incidents\"}\n", "") + "catalogue: x.d\n",
                   {}, read=lambda _folder: [])  # fmt: skip
    assert len(config.warnings) == 1
    text = "people: {lee: {slack: U0LEE}}\nteams: {web: {members: [lee]}}\n"
    found = asked(config, ("web.yaml", text))
    assert [one.where for one in found.warnings] == ["people.lee"]


def test_neither_numbers_nor_secrets_are_told() -> None:
    people = 'people:\n  kai: {phone: "%s", slack: U0KAI}\nservices: {mail: {checks: [%s]}}\n'
    check = "{http: 'https://x/', headers: {Authorization: '%s'}}"
    config = runs(kai=people % ("+15005550109", check % "Bearer hush"))
    found = asked(config, ("kai.yaml", people % ("+15005550108", check % "Bearer hushhush")))
    assert found.changes == (
        "people.kai changed: phone (kai.yaml)",
        "services.mail changed: checks (kai.yaml)",
    )
    bad = asked(config, ("kai.yaml", people % ("0150 5550108", "{http: 'hushhush'}")))
    said = "".join(map(str, bad.problems))
    assert len(bad.problems) == 2
    assert not {word for word in ("5550108", "hush") if word in said}
