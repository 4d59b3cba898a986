"""Incidents of several services: when they joined, when they are weighed, when they part.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

from bot.store.migrations.columns import time_, when_

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """They may be empty: a replica of the version before goes on beside this one."""
    for name in ("storm_at", "weigh_at", "split_at"):
        op.add_column("incidents", time_(name, null=True))
    op.create_index(
        "ix_incidents_weigh", "incidents", ["weigh_at"], **when_("weigh_at IS NOT NULL")
    )


def downgrade() -> None:
    """The columns go, with what they held."""
    op.drop_index("ix_incidents_weigh", "incidents")
    for name in ("storm_at", "weigh_at", "split_at"):
        op.drop_column("incidents", name)
