"""When a reopened incident began anew.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from bot.store.migrations.columns import time_

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """It may be empty: a replica of the version before goes on beside this one."""
    op.add_column("incidents", time_("again_at", null=True))


def downgrade() -> None:
    """The column goes, with what it held."""
    op.drop_column("incidents", "again_at")
