"""What an incident parted from, of how many people were told, and an index of what may part.

Revision ID: 0020
Revises: 0009
"""

from alembic import op

from bot.store.migrations.columns import int_, text_, when_

revision = "0020"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """They may be empty: a replica of the version before goes on beside this one."""
    op.add_column("incidents", text_("parted_from", null=True))
    op.add_column("incidents", int_("storm_told", null=True))
    op.create_index(
        "ix_incidents_split", "incidents", ["split_at"], **when_("split_at IS NOT NULL")
    )


def downgrade() -> None:
    """The columns go, with what they held."""
    op.drop_index("ix_incidents_split", "incidents")
    op.drop_column("incidents", "storm_told")
    op.drop_column("incidents", "parted_from")
