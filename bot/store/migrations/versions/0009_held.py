"""Why a page waits although it is due, or with which others it went.

Revision ID: 0009
Revises: 0013
"""

from alembic import op

from bot.store.migrations.columns import text_

revision = "0009"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """It may be empty: a replica of the version before goes on beside this one."""
    op.add_column("outbox", text_("held", null=True))


def downgrade() -> None:
    """The column goes, with what it held."""
    op.drop_column("outbox", "held")
