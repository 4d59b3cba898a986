"""Which open incident keeps a release back.

Revision ID: 0025
Revises: 0021
"""

from alembic import op

from bot.store.migrations.columns import big_

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """It may be empty: a replica of the version before goes on beside this one."""
    op.add_column("releases", big_("frozen", null=True))


def downgrade() -> None:
    """The column goes; it is found out again at the next look."""
    op.drop_column("releases", "frozen")
