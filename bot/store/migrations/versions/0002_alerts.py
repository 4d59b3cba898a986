"""What alerts and pushed results need: when a signal ends by itself, and a call that warns.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from bot.store.migrations.columns import time_

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New columns may be empty: a replica of the version before goes on beside this one."""
    op.add_column("signals", time_("expires_at", null=True))
    op.create_index("ix_signals_expires_at", "signals", ["expires_at"])
    op.add_column("heartbeats", time_("warn_at", null=True))


def downgrade() -> None:
    """The columns go, with what they held."""
    op.drop_column("heartbeats", "warn_at")
    op.drop_index("ix_signals_expires_at", "signals")
    op.drop_column("signals", "expires_at")
