"""Who has each team's duty, as it was seen last.

Revision ID: 0008
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.columns import text_, time_

revision = "0008"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A replica of the version before tells nobody that a duty changed hands."""
    op.create_table(
        "duties",
        text_("team"),
        text_("people"),
        text_("before"),
        time_("since"),
        text_("turns"),
        sa.PrimaryKeyConstraint("team"),
    )


def downgrade() -> None:
    """The table goes, with what it held."""
    op.drop_table("duties")
