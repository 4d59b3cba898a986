"""Everything that the first version keeps.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.first_incidents import make_incidents
from bot.store.migrations.first_watch import make_watch

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, the counter's row, and the triggers that keep the audit log as it is."""
    make_incidents()
    make_watch()
    counters = sa.table("counters", sa.column("name"), sa.column("value"))
    op.execute(counters.insert().values(name="incident", value=0))
    statements = _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE
    for statement in statements:
        op.execute(statement)


def downgrade() -> None:
    """There is nothing before this."""
    raise RuntimeError("this is the first version: drop the database instead")


# A row of `entries` is written once. Sealing it (number and hash, from NULL) is all that may
# change, and only once; nothing is deleted.
_SAME = ("id", "at", "kind", "by", "text", "incident", "service", "deployment", "facts")
_SQLITE = (
    "CREATE TRIGGER entries_keep BEFORE DELETE ON entries BEGIN "
    "SELECT RAISE(ABORT, 'entries are never deleted'); END",
    "CREATE TRIGGER entries_sealed_once BEFORE UPDATE ON entries WHEN OLD.number IS NOT NULL "
    + "".join(f'OR OLD."{name}" IS NOT NEW."{name}" ' for name in _SAME)
    + "BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END",
)
_POSTGRESQL = (
    "CREATE FUNCTION entries_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION 'entries are never changed or deleted' "
    "USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER entries_keep BEFORE DELETE ON entries "
    "FOR EACH ROW EXECUTE FUNCTION entries_refuse()",
    "CREATE TRIGGER entries_keep_all BEFORE TRUNCATE ON entries "
    "FOR EACH STATEMENT EXECUTE FUNCTION entries_refuse()",
    "CREATE TRIGGER entries_sealed_once BEFORE UPDATE ON entries FOR EACH ROW "
    "WHEN (OLD.number IS NOT NULL "
    + "".join(f'OR OLD."{name}" IS DISTINCT FROM NEW."{name}" ' for name in _SAME)
    + ") EXECUTE FUNCTION entries_refuse()",
)
