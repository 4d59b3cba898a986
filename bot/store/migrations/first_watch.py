"""The first version's tables of what is watched and remembered."""

import sqlalchemy as sa
from alembic import op

from bot.store.migrations.columns import big_, flag_, float_, int_, text_, time_, when_


def make_watch() -> None:
    """Make them."""
    _signals()
    _silences()
    _marks()
    _facts()
    _counters()
    _services_seen()
    _results()
    _results_latest()
    _result_changes()
    _results_hourly()
    _streaks()
    _heartbeats()
    _sources()
    _pushes()
    _nonces()
    _leases()


def _signals() -> None:
    op.create_table(
        "signals",
        text_("service"),
        text_("name"),
        text_("source"),
        text_("level"),
        time_("began_at"),
        time_("at"),
        text_("detail"),
        text_("reason"),
        time_("last_good_at", null=True),
        int_("tries"),
        int_("needed"),
        sa.PrimaryKeyConstraint("service", "name", name="pk_signals"),
    )
    op.create_index("ix_signals_down", "signals", ["service"], **when_("level = 'down'"))


def _silences() -> None:
    op.create_table(
        "silences",
        text_("id"),
        text_("service", null=True),
        time_("since"),
        time_("until"),
        text_("reason"),
        text_("by", null=True),
        text_("kind"),
        flag_("ended"),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
    )
    op.create_index("ix_silences_until", "silences", ["until"])


def _marks() -> None:
    op.create_table(
        "marks",
        text_("person"),
        text_("channel"),
        text_("address", null=True),
        text_("mark", null=True),
        time_("mark_at", null=True),
        time_("silent_since", null=True),
        time_("answered_at", null=True),
        sa.PrimaryKeyConstraint("person", "channel", name="pk_marks"),
    )


def _facts() -> None:
    op.create_table(
        "facts", text_("name"), time_("at"), sa.PrimaryKeyConstraint("name", name="pk_facts")
    )


def _counters() -> None:
    op.create_table(
        "counters",
        text_("name"),
        big_("value"),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )


def _services_seen() -> None:
    op.create_table(
        "services_seen",
        text_("service"),
        time_("first_seen"),
        sa.PrimaryKeyConstraint("service", name="pk_services_seen"),
    )


def _results() -> None:
    op.create_table(
        "results",
        text_("kind"),
        text_("outcome"),
        text_("reason"),
        text_("detail"),
        float_("first_byte", null=True),
        float_("total", null=True),
        float_("dns", null=True),
        float_("connect", null=True),
        float_("tls", null=True),
        big_("id"),
        text_("service"),
        text_("check_name"),
        time_("at"),
        sa.PrimaryKeyConstraint("id", name="pk_results"),
    )
    op.create_index("ix_results_at", "results", ["at"])
    op.create_index("ix_results_check", "results", ["service", "check_name", "at"])


def _results_latest() -> None:
    op.create_table(
        "results_latest",
        text_("kind"),
        text_("outcome"),
        text_("reason"),
        text_("detail"),
        float_("first_byte", null=True),
        float_("total", null=True),
        float_("dns", null=True),
        float_("connect", null=True),
        float_("tls", null=True),
        text_("service"),
        text_("check_name"),
        time_("at"),
        time_("since"),
        sa.PrimaryKeyConstraint("service", "check_name", name="pk_results_latest"),
    )


def _result_changes() -> None:
    op.create_table(
        "result_changes",
        text_("service"),
        text_("check_name"),
        time_("at"),
        text_("before", null=True),
        text_("outcome"),
        text_("reason"),
        text_("detail"),
        sa.PrimaryKeyConstraint("service", "check_name", "at", name="pk_result_changes"),
    )


def _results_hourly() -> None:
    op.create_table(
        "results_hourly",
        text_("service"),
        text_("check_name"),
        time_("hour"),
        int_("up"),
        int_("degraded"),
        int_("down"),
        int_("unknown"),
        int_("timed"),
        float_("total_sum"),
        float_("total_max", null=True),
        sa.PrimaryKeyConstraint("service", "check_name", "hour", name="pk_results_hourly"),
    )
    op.create_index("ix_results_hourly_hour", "results_hourly", ["hour"])


def _streaks() -> None:
    op.create_table(
        "streaks",
        text_("check_name"),
        text_("document"),
        time_("at"),
        sa.PrimaryKeyConstraint("check_name", name="pk_streaks"),
    )


def _heartbeats() -> None:
    op.create_table(
        "heartbeats",
        text_("name"),
        time_("created_at"),
        time_("ok_at", null=True),
        time_("start_at", null=True),
        time_("fail_at", null=True),
        text_("message"),
        sa.PrimaryKeyConstraint("name", name="pk_heartbeats"),
    )


def _sources() -> None:
    op.create_table(
        "sources",
        text_("name"),
        time_("seen_at", null=True),
        time_("error_at", null=True),
        text_("error", null=True),
        text_("cursor", null=True),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )


def _pushes() -> None:
    op.create_table(
        "pushes",
        text_("repository"),
        text_("after"),
        text_("before"),
        time_("at"),
        sa.Column("commits", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repository", "after", name="pk_pushes"),
    )
    op.create_index("ix_pushes_at", "pushes", ["at"])


def _nonces() -> None:
    op.create_table(
        "nonces",
        text_("digest"),
        time_("expires_at"),
        sa.PrimaryKeyConstraint("digest", name="pk_nonces"),
    )
    op.create_index("ix_nonces_expires_at", "nonces", ["expires_at"])


def _leases() -> None:
    op.create_table(
        "leases",
        text_("name"),
        text_("owner"),
        time_("until"),
        big_("token"),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
