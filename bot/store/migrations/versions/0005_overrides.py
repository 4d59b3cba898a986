"""Overrides of teams' rotas.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.columns import big_, text_, time_

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A replica of the version before knows nothing of them and goes by the rotas alone."""
    op.create_table(
        "overrides",
        big_("id", counts=False),
        text_("team"),
        text_("person"),
        text_("replaces", null=True),
        time_("start"),
        time_("end"),
        text_("by"),
        time_("asked_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_overrides_end", "overrides", ["end"])


def downgrade() -> None:
    """The table goes, with what it held."""
    op.drop_index("ix_overrides_end", "overrides")
    op.drop_table("overrides")
