"""Anchors of the audit log's head, and guards without a way around them.

Revision ID: 0011
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from bot.store import guards
from bot.store.migrations.columns import big_, text_, time_

revision = "0011"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A replica of the version before adds rows as this one does, and seals none."""
    op.create_table(
        "audit_anchors",
        text_("day"),
        big_("number"),
        text_("hash"),
        time_("at"),
        sa.PrimaryKeyConstraint("day"),
    )
    guards.put(op.get_bind())


def downgrade() -> None:
    """The table goes, with what it held; the guards of `entries` stay as they are."""
    op.drop_table("audit_anchors")
