"""Migrations are known by where they lie; what undoes one, and tests, are none."""

import pytest

from bot.core.commit import Commit
from bot.core.database_changes import (
    DatabaseChange,
    Seen,
    database_changes,
    framework_of,
    known_changes,
)


@pytest.mark.parametrize(
    ("path", "framework"),
    [
        ("alembic/versions/1a2b_add.py", "Alembic"),
        ("app/migrations/versions/1a2b_add.py", "Alembic"),  # Flask-Migrate
        ("shop/migrations/0007_voucher.py", "Django"),
        ("shop/migrations/__init__.py", None),
        ("db/migrate/20261124031200_add_voucher.rb", "Rails"),
        ("db/animals_migrate/20261124031200_add.rb", "Rails"),
        ("src/main/resources/db/migration/V1__init.sql", "Flyway"),
        ("sql/V2.1__more.sql", "Flyway"),
        ("sql/R__views.sql", "Flyway"),
        ("sql/U2__undo.sql", None),
        ("db/changelog/db.changelog-master.yaml", "Liquibase"),
        ("liquibase/2026/add.xml", "Liquibase"),
        ("prisma/migrations/20261124_x/migration.sql", "Prisma"),
        ("db/migrations/000001_init.up.sql", "golang-migrate"),
        ("db/migrations/000001_init.down.sql", None),
        ("migrations/20261124031200_add.ts", "Knex"),
        ("db/migrations/7.sql", "SQL"),
        ("db/migrate/7.sql", "SQL"),
        ("queries/report.sql", None),
        ("tests/migrations/0001_x.py", None),
        ("docs/migrations.md", None),
        ("CHANGELOG.md", None),
    ],
)
def test_a_migration_is_known_by_its_place(path: str, framework: str | None) -> None:
    assert framework_of(path) == framework


def test_each_is_listed_once_and_what_was_seen_of_it_stays() -> None:
    path = "db/migrate/7.sql"
    commits = [Commit("1", files=(path, "a.py")), Commit("2", files=(path,))]
    assert database_changes(commits) == (DatabaseChange(path, "SQL"),)
    seen = DatabaseChange(path, "SQL", Seen.INSPECTED)
    assert known_changes(commits, [seen]) == (seen,)
