"""Actuals know what was served, when it was ordered and from which account it was paid; misses of plans are kept; runs say why."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WITHOUT_ORDER = sa.text("ordered_on IS NULL")


def upgrade() -> None:
    """Make the table of actuals again with what is in it, and the table of misses."""
    # SQLite cannot drop a constraint of a table. Nothing refers to the numbers of these rows: they are given anew.
    op.execute("CREATE TEMPORARY TABLE actual_before AS SELECT * FROM actual")
    op.drop_table("actual")
    _actuals()
    op.execute(
        "INSERT INTO actual (kind, item, supplier, account, date, units, money, source) "
        "SELECT kind, item, supplier, '', date, units, money, source FROM actual_before ORDER BY id"
    )
    op.execute("DROP TABLE actual_before")
    _misses()
    op.add_column("run", sa.Column("reason", sa.Text(), nullable=True))


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _actuals() -> None:
    key = ["kind", "item", "supplier", "account", "date"]
    op.create_table(
        "actual",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _words("kind", "demand", "receipts", "stock", "spend"), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=True),
        sa.Column("units", sa.Double(), nullable=True),
        sa.Column("served_units", sa.Double(), nullable=True),
        sa.Column("money", sa.Double(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_actual"),
        sa.UniqueConstraint(*key, "ordered_on", name="uq_actual_kind_item_supplier_account_date_ordered_on"),
    )
    # To a unique constraint every NULL is another one.
    op.create_index(
        "uq_actual_without_order",
        "actual",
        key,
        unique=True,
        sqlite_where=_WITHOUT_ORDER,
        postgresql_where=_WITHOUT_ORDER,
    )


def _misses() -> None:
    op.create_table(
        "miss",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _words("kind", "stockout", "excess", "breach", "expedite_spike"), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("segment", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("units", sa.Double(), nullable=True),
        sa.Column("money", sa.Double(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_miss_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_miss"),
        sa.UniqueConstraint("kind", "subject", "date", "run_id", name="uq_miss_kind_subject_date_run_id"),
    )
    op.create_index("ix_miss_run_id", "miss", ["run_id"], unique=False)
