"""Indexes for stats: the deployments that ended in a period, the releases that mend an incident.

Revision ID: 0024
Revises: 0011
"""

from alembic import op

from bot.store.migrations.columns import when_

revision = "0024"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing but indexes: a replica of the version before goes on beside this one."""
    op.create_index(
        "ix_deployments_ended", "deployments", ["ended_at"], **when_("ended_at IS NOT NULL")
    )
    op.create_index("ix_releases_mends", "releases", ["mends"], **when_("mends IS NOT NULL"))


def downgrade() -> None:
    """They go."""
    op.drop_index("ix_releases_mends", "releases")
    op.drop_index("ix_deployments_ended", "deployments")
