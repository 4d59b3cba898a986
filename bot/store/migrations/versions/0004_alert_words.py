"""What an alert brings along: links, and how it ended.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

from bot.store.migrations.columns import text_

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New columns may be empty: a replica of the version before goes on beside this one."""
    op.add_column("signals", text_("links", null=True))
    op.add_column("incident_services", text_("links", null=True))
    op.add_column("incident_services", text_("ended", null=True))


def downgrade() -> None:
    """The columns go, with what they held."""
    op.drop_column("incident_services", "ended")
    op.drop_column("incident_services", "links")
    op.drop_column("signals", "links")
