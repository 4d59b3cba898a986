"""Alembic's entry: runs the revisions on the connection that `bot.store.migrate` has opened."""

from alembic import context

from bot.store import tables_releases, tables_watch  # noqa: F401 - its tables belong to the same metadata
from bot.store.tables import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run `midwatch migrate`: it opens the database and takes the lock")
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
