"""The triggers that keep the audit log as it is. Migrations make them; `midwatch migrate` puts
back those that are missing.

A row of `entries` comes unsealed. It is sealed once, by number and hash together; nothing else of
it changes, and nothing is deleted. SQLite deletes the row that stands in the way of an INSERT OR
REPLACE without asking its DELETE triggers, so what would replace a row is refused beforehand.
Who may drop triggers can change the log: that is what the chain is for.
"""

import sqlalchemy as sa
from sqlalchemy import Connection

_SAME = ("id", "at", "kind", "by", "text", "incident", "service", "deployment", "facts")
_HALF = '(NEW."number" IS NULL) <> (NEW."hash" IS NULL)'
_TAKEN = 'EXISTS (SELECT 1 FROM entries WHERE "number" = NEW."number" AND id <> OLD.id)'
_THERE = "EXISTS (SELECT 1 FROM entries WHERE id = NEW.id)"
_COMES_SEALED = 'NEW."number" IS NOT NULL OR NEW."hash" IS NOT NULL'


def _differs(names: tuple[str, ...], word: str) -> str:
    return " OR ".join(f'OLD."{name}" {word} NEW."{name}"' for name in names)


def _sqlite(name: str, when: str, condition: str, says: str) -> str:
    met = f" WHEN {condition}" if condition else ""
    return f"CREATE TRIGGER {name} {when}{met} BEGIN SELECT RAISE(ABORT, '{says}'); END"


SQLITE = {
    "entries_keep": _sqlite(
        "entries_keep", "BEFORE DELETE ON entries", "", "entries are never deleted"
    ),
    "entries_sealed_once": _sqlite(
        "entries_sealed_once",
        "BEFORE UPDATE ON entries",
        f'OLD."number" IS NOT NULL OR {_HALF} OR {_differs(_SAME, "IS NOT")} OR {_TAKEN}',
        "entries are never changed",
    ),
    "entries_come_unsealed": _sqlite(
        "entries_come_unsealed",
        "BEFORE INSERT ON entries",
        f"{_COMES_SEALED} OR {_THERE}",
        "entries are never replaced, and are sealed after they came",
    ),
    "audit_anchors_keep": _sqlite(
        "audit_anchors_keep", "BEFORE DELETE ON audit_anchors", "", "anchors are never deleted"
    ),
    "audit_anchors_same": _sqlite(
        "audit_anchors_same", "BEFORE UPDATE ON audit_anchors", "", "anchors are never changed"
    ),
}
_REFUSE = "EXECUTE FUNCTION entries_refuse()"
_FUNCTION = (
    "CREATE OR REPLACE FUNCTION entries_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION 'entries are never changed or deleted' "
    "USING ERRCODE = 'integrity_constraint_violation'; END $$"
)
POSTGRESQL = {
    "entries_keep": f"BEFORE DELETE ON entries FOR EACH ROW {_REFUSE}",
    "entries_keep_all": f"BEFORE TRUNCATE ON entries FOR EACH STATEMENT {_REFUSE}",
    "entries_sealed_once": 'BEFORE UPDATE ON entries FOR EACH ROW WHEN (OLD."number" IS NOT NULL '
    f"OR {_HALF} OR {_differs(_SAME, 'IS DISTINCT FROM')}) {_REFUSE}",
    "entries_come_unsealed": f"BEFORE INSERT ON entries FOR EACH ROW WHEN ({_COMES_SEALED}) "
    f"{_REFUSE}",
    "audit_anchors_keep": f"BEFORE DELETE OR UPDATE ON audit_anchors FOR EACH ROW {_REFUSE}",
    "audit_anchors_keep_all": f"BEFORE TRUNCATE ON audit_anchors FOR EACH STATEMENT {_REFUSE}",
}


def put(connection: Connection) -> None:
    """Make all of them anew."""
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.exec_driver_sql(_FUNCTION)
    for name, body in (SQLITE if sqlite else POSTGRESQL).items():
        table = "audit_anchors" if name.startswith("audit") else "entries"
        on = "" if sqlite else f" ON {table}"
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on}")
        connection.exec_driver_sql(body if sqlite else f"CREATE TRIGGER {name} {body}")


def missing(connection: Connection) -> list[str]:
    """Names of those that are not there, are switched off, or do something else (SQLite)."""
    if connection.dialect.name == "sqlite":
        asked = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        there = {row[0]: row[1] for row in connection.execute(asked)}
        return sorted(name for name, body in SQLITE.items() if there.get(name) != body)
    asked = sa.text(
        "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgenabled IN ('O', 'A') "
        "AND p.proname = 'entries_refuse' AND c.oid IN (to_regclass('entries'), "
        "to_regclass('audit_anchors'))"
    )
    on = {row[0] for row in connection.execute(asked)}
    return sorted(POSTGRESQL.keys() - on)
