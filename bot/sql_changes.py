"""What a migration in SQL does to those who use the old form. Parsed by sqlglot; never raises.

A database is an API: what breaks is a table or column that goes or is renamed, one that suddenly
must not be empty, another type, a default that goes. What cannot be read is said to be unreadable,
never fine. Only statements that change a schema are parsed, each of bounded size, within a
deadline; the dialect is the one that reads most of the file.
"""

import logging
import re
import time
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

from bot.core.database_changes import Breaking, DatabaseChange, Seen
from bot.sql_script import what_runs

MOST_CHARACTERS = 256 * 1024
MOST_TOKENS = 1500
"""Of one statement that changes a schema."""
DEADLINE_SECONDS = 3.0
MOST_NAMED = 50
DIALECTS = ("postgres", "mysql", "tsql", "sqlite", "oracle")
_RENAMES = re.compile(r"RENAME\s+TABLE\s+[`\"]?([^\s`\"]+)", re.I)
_HARMLESS_ALTER = re.compile(
    r"ALTER\s+(?:TYPE\s+\S+\s+ADD\s+VALUE\b[^;]*|SEQUENCE\s[^;]*|EXTENSION\s[^;]*"
    r"|DEFAULT\s+PRIVILEGES\s[^;]*|TABLE\s+(?:ONLY\s+|IF\s+EXISTS\s+)*\S+\s+(?:OWNER\s+TO\s+\S+"
    r"|(?:ENABLE|DISABLE)\s+KEYS|VALIDATE\s+CONSTRAINT\s+\S+"
    r"|(?:ENABLE|DISABLE|FORCE|NO\s+FORCE)\s+ROW\s+LEVEL\s+SECURITY))",
    re.I,
)
"""What the parser does not know, and takes nothing away."""


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_HARMLESS = _words(
    "SELECT INSERT UPDATE DELETE MERGE WITH VALUES COMMENT GRANT REVOKE SET RESET COMMIT ANALYZE"
    " VACUUM REINDEX LOCK UNLOCK SHOW USE PRAGMA PRINT NOTIFY REFRESH CREATE ROLLBACK SAVEPOINT"
    " RELEASE"
)
"""First words of statements that take nothing away from a schema."""
_BRACKETS = _words("BEGIN START END")
_CHANGES = _words("DROP ALTER TRUNCATE RENAME EXEC EXECUTE")
_ROUTINES = _words("FUNCTION PROCEDURE TRIGGER EVENT PACKAGE RULE")
"""What they say is done when they run, not now."""
_GOES = _words(
    "TABLE VIEW SCHEMA DATABASE TYPE DOMAIN FUNCTION PROCEDURE SEQUENCE COLUMN MATERIALIZED"
)
"""Kinds of things that somebody uses by their name. Indexes and constraints are not."""
_BEGIN_ANEW = _GOES - {"COLUMN"}

logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass
class _Reading:
    """What one dialect makes of a file. `made`: tables that are new with it, in lower case."""

    made: set[str] = field(default_factory=set)
    breaking: list[Breaking] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)


def inspect(path: str, framework: str, sql: str) -> DatabaseChange:
    """Look into a migration. Takes about `DEADLINE_SECONDS` at most."""
    until = time.monotonic() + DEADLINE_SECONDS
    text = what_runs(sql[:MOST_CHARACTERS])
    best: _Reading | None = None
    cut = len(sql) > MOST_CHARACTERS
    for dialect in DIALECTS:
        reading = _read(text, dialect, until, cut=cut)
        if best is None or len(reading.unread) < len(best.unread):
            best = reading
        if not best.unread or time.monotonic() > until:
            break
    assert best is not None
    return _told(path, framework, best, cut=cut)


def _told(path: str, framework: str, reading: _Reading, *, cut: bool) -> DatabaseChange:
    found = sorted(set(reading.breaking), key=lambda it: (it.line, it.what))[:MOST_NAMED]
    trouble = ""
    if reading.unread:
        trouble = f"line {min(reading.unread)} is not understood"
    elif cut:
        trouble = f"only its first {MOST_CHARACTERS // 1024} KiB were read"
    seen = Seen.UNREADABLE if trouble else Seen.INSPECTED
    return DatabaseChange(path, framework, seen, tuple(found), trouble)


def _read(text: str, dialect: str, until: float, *, cut: bool) -> _Reading:
    reading = _Reading()
    known = Dialect.get_or_raise(dialect)
    try:
        tokens = known.tokenize(text)
    except Exception:
        reading.unread.append(1)
        reading.unread += [1] * len(text)  # worse than any other reading
        return reading
    whole = list(_statements(tokens))
    for statement in whole[:-1] if cut else whole:
        if _is_harmless(statement):
            if made := _made(statement):
                reading.made.add(made)
            continue
        if time.monotonic() > until or len(statement) > MOST_TOKENS:
            reading.unread.append(statement[0].line)
        else:
            _look(known, text, statement, reading)
    return reading


def _statements(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    statement: list[Token] = []
    for token in tokens:
        if token.token_type is TokenType.SEMICOLON:
            yield from _apart(statement)
            statement = []
        else:
            statement.append(token)
    yield from _apart(statement)


def _apart(statement: list[Token]) -> Iterator[list[Token]]:
    """SQL Server needs no semicolon: a statement may end where another one clearly begins."""
    start = 0
    words = [token.text.upper() for token in statement]
    for at in range(1, len(statement)):
        if words[at - 1] == "CREATE" and not _ROUTINES.isdisjoint(words[at : at + 5]):
            break
        new_line = statement[at].line > statement[at - 1].line
        # Within ALTER and DROP the same words may go on: ALTER EXTENSION e DROP TABLE t.
        if _begins(words, at) and (new_line or words[start] not in _CHANGES):
            yield statement[start:at]
            start = at
    if statement:
        yield statement[start:]


def _begins(words: Sequence[str], at: int) -> bool:
    following = words[at + 1] if at + 1 < len(words) else ""
    if words[at] in ("EXEC", "EXECUTE"):
        return "SP_RENAME" in following
    changes = words[at] in ("DROP", "ALTER", "TRUNCATE") and words[at - 1] != "OR"
    return changes and following in _BEGIN_ANEW


def _made(statement: Sequence[Token]) -> str:
    """The name of the table that it creates, as it is written; "" where it may exist already."""
    words = [token.text for token in statement[:8]]
    if [word.upper() for word in words[:2]] != ["CREATE", "TABLE"] or words[2:3] == ["IF"]:
        return ""
    end = words.index("(") if "(" in words else len(words)
    return "".join(words[2:end]).lower()


def _is_harmless(statement: Sequence[Token]) -> bool:
    words = [token.text.upper() for token in statement[:4]]
    if words[:3] == ["CREATE", "OR", "REPLACE"] and words[3:] == ["TABLE"]:
        return False
    bracket = words[0] in _BRACKETS and len(statement) <= 4 and _CHANGES.isdisjoint(words)
    return words[0] in _HARMLESS or bracket


def _look(dialect: Dialect, text: str, statement: list[Token], reading: _Reading) -> None:
    line = statement[0].line
    renamed = _RENAMES.match(" ".join(token.text for token in statement[:4]))
    if renamed:
        reading.breaking.append(Breaking(line, f"renames table {renamed[1][:80]}"))
        return
    try:
        parsed = dialect.parser(error_level=ErrorLevel.IMMEDIATE).parse(statement, text)
        for tree in parsed:
            found = _breaking(tree, line, reading.made) if tree is not None else None
            if found is None:
                reading.unread.append(line)
            else:
                reading.breaking += found
    except Exception:
        # Whatever a parser makes of a text from outside: it is not read, and said so.
        reading.unread.append(line)


def _breaking(tree: exp.Expr, line: int, made: Set[str]) -> list[Breaking] | None:
    """What breaks; None: it is not understood."""
    match tree:
        case exp.Drop():
            return _dropped(tree, line, "")
        case exp.TruncateTable():
            return [
                Breaking(_line(it, line), f"empties table {it.name}") for it in tree.expressions
            ]
        case exp.Create() if tree.args.get("replace"):
            made_of = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
            return [Breaking(line, f"replaces table {_name(made_of)}")]
        case exp.Execute() if "sp_rename" in _name(tree.this).lower():
            named = tree.expressions[0].name if tree.expressions else "something"
            return [Breaking(line, f"renames {named[:80]}")]
        case exp.Command() if _HARMLESS_ALTER.fullmatch(f"{tree.this} {tree.args['expression']}"):
            return []
        case exp.Alter():
            found = [_altered(action, tree, line) for action in tree.args.get("actions") or ()]
            if not found or any(each is None for each in found):
                return None
            return (
                [] if _whole(tree.this) in made else [one for each in found for one in each or ()]
            )
        case _:
            return None


def _altered(action: exp.Expr, tree: exp.Alter, line: int) -> list[Breaking] | None:
    table, at = _name(tree.this), _line(action, line)
    match action:
        case exp.Drop():
            return _dropped(action, line, table)
        case exp.AddConstraint():
            must = dict.fromkeys(_must_be_filled(action))
            return [Breaking(at, f"column {table}.{it} must not be empty any more") for it in must]
        case exp.DropPrimaryKey() | exp.AlterSortKey():
            return []
        case exp.RenameColumn():
            return [Breaking(at, f"renames column {table}.{_name(action.this)}")]
        case exp.AlterRename():
            kind = str(tree.args.get("kind") or "TABLE")
            if tree.args.get("options"):  # without the word COLUMN
                return [Breaking(at, f"renames column {table}.{_name(action.this)}")]
            return [Breaking(at, f"renames {kind.lower()} {table}")] if kind in _GOES else []
        case exp.AlterColumn():
            return _column(action, table, at)
        case exp.ModifyColumn():
            old = action.args.get("rename_from")
            if old is not None and old.name.lower() != action.this.name.lower():
                return [Breaking(at, f"renames column {table}.{old.name}")]
            return [Breaking(at, f"changes the type of column {table}.{action.this.name}")]
        case exp.ColumnDef():
            return _added(action, table, at)
        case _:
            return None


def _column(action: exp.AlterColumn, table: str, line: int) -> list[Breaking]:
    name, found = f"{table}.{_name(action.this)}", []
    if action.args.get("dtype"):
        found.append(f"changes the type of column {name}")
    if action.args.get("allow_null") is False:
        found.append(f"column {name} must not be empty any more")
    if action.args.get("drop") and action.args.get("allow_null") is None:
        found.append(f"column {name} has no default any more")
    return [Breaking(line, what) for what in found]


def _must_be_filled(constraint: exp.AddConstraint) -> Iterator[str]:
    """Columns that a new primary key or check keeps from being empty (NOT VALID: from now on)."""
    for key in constraint.find_all(exp.PrimaryKey):
        yield from (_name(it.find(exp.Identifier)) for it in key.expressions)
    for check in constraint.find_all(exp.CheckColumnConstraint):
        for test in check.find_all(exp.Is):
            negated = test.args.get("negate") or isinstance(test.parent, exp.Not)
            if negated and isinstance(test.expression, exp.Null):
                yield _name(test.this)


def _added(action: exp.ColumnDef, table: str, line: int) -> list[Breaking]:
    """A new column that must be filled, and fills itself with nothing."""
    kinds = [it.args.get("kind") for it in action.args.get("constraints") or ()]
    filled = (exp.DefaultColumnConstraint, exp.GeneratedAsIdentityColumnConstraint,
              exp.ComputedColumnConstraint, exp.AutoIncrementColumnConstraint)  # fmt: skip
    kinds = [it for it in kinds if not _is_null_default(it)]
    must = any(
        (isinstance(it, exp.NotNullColumnConstraint) and not it.args.get("allow_null"))
        or isinstance(it, exp.PrimaryKeyColumnConstraint)
        for it in kinds
    )
    serial = "SERIAL" in str(action.args.get("kind") or "").upper()
    if not must or serial or any(isinstance(it, filled) for it in kinds):
        return []
    return [Breaking(line, f"new column {table}.{action.name} must be filled, and has no default")]


def _is_null_default(kind: object) -> bool:
    return isinstance(kind, exp.DefaultColumnConstraint) and isinstance(kind.this, exp.Null)


def _dropped(drop: exp.Drop, line: int, table: str) -> list[Breaking]:
    kind = str(drop.args.get("kind") or "").upper()
    things = drop.args.get("tables") or ()
    if kind not in _GOES:
        return []
    return [
        Breaking(_line(it, line), f"drops {kind.lower()} {table + '.' if table else ''}{_name(it)}")
        for it in things
    ]


def _whole(tree: exp.Expr | None) -> str:
    """A table's name with its schema, in lower case."""
    return ".".join(it.name for it in tree.parts).lower() if isinstance(tree, exp.Table) else ""


def _line(tree: exp.Expr, line: int) -> int:
    """Where its first name stands; the statement's own line where that is not told."""
    named = tree.find(exp.Identifier)
    found = named.meta.get("line") if named is not None else None
    return found if isinstance(found, int) else line


def _name(tree: exp.Expr | None) -> str:
    if tree is None:
        return "something"
    return (tree.name or getattr(tree, "db", "") or "something")[:80]
