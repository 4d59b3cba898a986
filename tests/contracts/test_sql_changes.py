"""SQL migrations: what breaks is named with its line, and what cannot be read is never fine."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.database_changes import Breaking, Seen
from bot.sql_changes import MOST_CHARACTERS, inspect


def breaking(sql: str) -> list[str]:
    """What is seen to break in a file that can be read."""
    found = inspect("db/7.sql", "SQL", sql)
    assert found.seen is Seen.INSPECTED, found.trouble
    return [it.what for it in found.breaking]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("DROP TABLE a, b;", ["drops table a", "drops table b"]),
        ("DROP TABLE IF EXISTS a CASCADE;", ["drops table a"]),
        ("DROP VIEW v", ["drops view v"]),
        ("DROP INDEX CONCURRENTLY i", []),
        ("ALTER TABLE t DROP COLUMN c, ADD COLUMN d int", ["drops column t.c"]),
        ("ALTER TABLE t DROP CONSTRAINT x", []),
        ("ALTER TABLE t RENAME TO u", ["renames table t"]),
        ("ALTER TABLE t RENAME COLUMN a TO b", ["renames column t.a"]),
        ("ALTER TABLE t RENAME a TO b", ["renames column t.a"]),
        ("ALTER INDEX a RENAME TO b", []),
        ("ALTER TABLE t ALTER COLUMN a SET NOT NULL", ["column t.a must not be empty any more"]),
        ("ALTER TABLE t ALTER COLUMN a DROP NOT NULL", []),
        ("ALTER TABLE t ALTER a TYPE bigint USING a::bigint", ["changes the type of column t.a"]),
        ("ALTER TABLE t ALTER COLUMN a DROP DEFAULT", ["column t.a has no default any more"]),
        ("ALTER TABLE t ALTER COLUMN a SET DEFAULT 3", []),
        ("ALTER TABLE t ADD d int NOT NULL",
         ["new column t.d must be filled, and has no default"]),
        ("ALTER TABLE t ADD d int NOT NULL DEFAULT 3", []),
        ("ALTER TABLE t ADD d serial NOT NULL", []),
        ("ALTER TABLE t ADD d int", []),
        ("ALTER TABLE t ENABLE ROW LEVEL SECURITY", []),
        ("ALTER TYPE mood ADD VALUE 'sad'", []),
        ("TRUNCATE t", ["empties table t"]),
        # MySQL
        ("ALTER TABLE `t` MODIFY COLUMN `a` bigint NOT NULL", ["changes the type of column t.a"]),
        ("ALTER TABLE `t` CHANGE `a` `b` int", ["renames column t.a"]),
        ("RENAME TABLE `a` TO `b`", ["renames table a"]),
        ("/*!50000 DROP TABLE a */;\n/*M!100100 DROP VIEW v */;",
         ["drops table a", "drops view v"]),
        ("/*!40000 ALTER TABLE t DISABLE KEYS */; /* DROP TABLE a */", []),
        ("CREATE OR REPLACE TABLE t (a int)", ["replaces table t"]),
        # What must be filled from now on.
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL AND b > 0) NOT VALID",
         ["column t.a must not be empty any more"]),
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0 OR a IS NULL)", []),
        ("ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a, b)",
         ["column t.a must not be empty any more", "column t.b must not be empty any more"]),
        ("ALTER TABLE t ADD d int NOT NULL DEFAULT NULL",
         ["new column t.d must be filled, and has no default"]),
        # SQL Server
        ("USE db\nGO\nALTER TABLE t DROP COLUMN a\nGO\n", ["drops column t.a"]),
        ("SET ANSI_NULLS ON\r\ngo 2\r\nDROP TABLE t\r\n", ["drops table t"]),
        ("SELECT 1\nDROP TABLE t", ["drops table t"]),
        ("PRINT 'x'\nALTER TABLE t DROP COLUMN a\nDROP VIEW v",
         ["drops column t.a", "drops view v"]),
        ("SELECT 1 EXEC sp_rename 'a', 'b'", ["renames a"]),
        ("BEGIN\nDROP TABLE t;\nCOMMIT;", ["drops table t"]),
        ("BEGIN TRANSACTION DROP TABLE t", ["drops table t"]),
        ("CREATE OR ALTER VIEW v AS SELECT 1", []),
        ("CREATE PROCEDURE p AS SELECT 1\nDROP TABLE t", []),  # not before it is called
        ("GRANT SELECT, ALTER, DROP ON t TO app", []),
        ("EXEC sp_rename 'a', 'b'", ["renames a"]),
        # Nothing that is old is touched.
        ("CREATE TABLE x (a int NOT NULL); CREATE INDEX i ON x (a);", []),
        ("BEGIN; INSERT INTO x VALUES ('; DROP TABLE y'); COMMIT;", []),
        ("-- DROP TABLE y\n/* DROP TABLE z */", []),
        ("CREATE TABLE x (a int);\n-- +goose Down\nDROP TABLE x;", []),
        ("-- migrate:down\nDROP TABLE x;\n-- migrate:up\nDROP TABLE y;", ["drops table y"]),
        ("CREATE TABLE s.x (a int); ALTER TABLE s.x ADD PRIMARY KEY (a);", []),
        ("CREATE TABLE IF NOT EXISTS x (a int); ALTER TABLE x DROP COLUMN a;",
         ["drops column x.a"]),
        ("CREATE TABLE s.x (a int); ALTER TABLE u.x DROP COLUMN a;", ["drops column x.a"]),
    ],
)  # fmt: skip
def test_what_breaks_is_named(sql: str, expected: list[str]) -> None:
    assert breaking(sql) == expected


def test_the_line_is_that_of_the_name() -> None:
    sql = "\n-- x\nALTER TABLE t\n  ADD a int,\n  DROP COLUMN b;\nDROP TABLE c;"
    found = inspect("7.sql", "SQL", sql)
    assert found.breaking == (Breaking(5, "drops column t.b"), Breaking(6, "drops table c"))


@pytest.mark.parametrize(
    "sql",
    [
        "gibberish;",
        "DO $$ BEGIN DROP TABLE x; END $$;",
        "CALL clean_up();",
        "ALTER TABLE t FROBNICATE a;",
        "ALTER TYPE mood RENAME VALUE 'a' TO 'b';",
        "DROP TABLE 'unclosed",
        "DROP",
        "ALTER TABLE ${schema}.t DROP COLUMN c",
        "EXEC ('DROP TABLE x')",
    ],
)
def test_what_is_not_understood_is_said_to_be_unread(sql: str) -> None:
    found = inspect("7.sql", "SQL", f"SELECT 1;\n{sql}")
    assert found.seen is Seen.UNREADABLE
    assert found.trouble.startswith("line ")


def test_what_could_be_read_beside_it_is_named() -> None:
    found = inspect("7.sql", "SQL", "DROP TABLE a;\nCALL x();\n")
    assert (found.seen, found.trouble) == (Seen.UNREADABLE, "line 2 is not understood")
    assert found.breaking == (Breaking(1, "drops table a"),)


def test_a_file_of_a_mebibyte_is_cut_in_time_and_says_so() -> None:
    began = time.monotonic()
    found = inspect("7.sql", "SQL", "INSERT INTO t VALUES (1);\n" * 41_000)
    assert (found.seen, found.trouble) == (Seen.UNREADABLE, "only its first 256 KiB were read")
    assert time.monotonic() - began < 10
    assert len("INSERT INTO t VALUES (1);\n" * 41_000) > MOST_CHARACTERS


ALPHABET = """ALTER TABLE DROP COLUMN ADD RENAME TO t a b ( ) , ; ' " ` $$ -- /* NOT NULL DEFAULT 1
TYPE int CASE WHEN SELECT [ ] { } :: . CHECK EXECUTE BEGIN END"""
WORDS = st.sampled_from(ALPHABET.split())


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=120))
def test_no_text_is_too_strange_to_be_looked_into(sql: str) -> None:
    found = inspect("7.sql", "SQL", sql)
    assert (found.seen is Seen.UNREADABLE) == bool(found.trouble)


@settings(max_examples=25, deadline=None)
@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_a_table_dropped_after_anything_is_never_nothing_breaking(sql: str) -> None:
    if any(sign in sql for sign in ("--", "/*", "'", '"', "`", "$$")):
        return  # it may stand in a comment or a text
    found = inspect("7.sql", "SQL", f"{sql};\nDROP TABLE customers;")
    assert found.seen is Seen.UNREADABLE or Breaking(2, "drops table customers") in found.breaking
