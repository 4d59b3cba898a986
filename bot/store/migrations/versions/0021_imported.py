"""What was imported: from where, under which id, and a digest that tells whether a line changed.

Revision ID: 0021
Revises: 0024
"""

from alembic import op

from bot.store.migrations.columns import text_, when_

revision = "0021"
down_revision = "0024"
branch_labels = None
depends_on = None

COLUMNS = ("imported_from", "imported_id", "imported_digest")


def upgrade() -> None:
    """They may be empty: a replica of the version before goes on beside this one."""
    for name in COLUMNS:
        op.add_column("incidents", text_(name, null=True))
    op.create_index(
        "uq_incidents_imported_id",
        "incidents",
        ["imported_id"],
        unique=True,
        **when_("imported_id IS NOT NULL"),
    )
    op.add_column("deployments", text_("imported_digest", null=True))


def downgrade() -> None:
    """The columns go, with what they held; what was imported stays as if it had happened here."""
    op.drop_column("deployments", "imported_digest")
    op.drop_index("uq_incidents_imported_id", "incidents")
    for name in COLUMNS:
        op.drop_column("incidents", name)
