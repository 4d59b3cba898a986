"""What support was told of, and what waits for what was posted before it.

Revision ID: 0028
Revises: 0025
"""

from alembic import op

from bot.store.migrations.columns import text_, time_, when_

revision = "0028"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """They may be empty: a replica of the version before goes on beside this one."""
    op.add_column("incidents", time_("support_at", null=True))
    op.add_column("incident_services", time_("told_at", null=True))
    op.add_column("outbox", text_("place", null=True))
    op.create_index(
        "ix_outbox_place",
        "outbox",
        ["place", "created_at", "key"],
        **when_("place IS NOT NULL"),
    )


def downgrade() -> None:
    """The columns go, with what they held."""
    op.drop_index("ix_outbox_place", "outbox")
    op.drop_column("outbox", "place")
    op.drop_column("incident_services", "told_at")
    op.drop_column("incidents", "support_at")
