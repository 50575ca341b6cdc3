"""Runs may also be frontiers and tornados."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_COLUMNS = (
    "id, kind, inputs_hash, baseline_id, scenario_id, scenario_version, overlay, guardrail_version_id, options, state, requested_by, "
    "requested_at, reason, started_at, finished_at, process, progress, certificate, artifacts, best_plan, error, cancel_requested, "
    "approved_state"
)


def upgrade() -> None:
    """Let the database take the two kinds. Rows stay as they are, and so do their fingerprints."""
    if op.get_bind().dialect.name == "sqlite":
        _made_again()
        return
    op.drop_constraint(op.f("ck_run_kind"), "run", type_="check")
    op.create_check_constraint(
        op.f("ck_run_kind"), "run", "kind IN ('plan', 'calibrate', 'frontier', 'tornado')"
    )


def _made_again() -> None:
    """The table again with what is in it: SQLite cannot drop a constraint."""
    # Other tables refer to runs by their numbers, which are the same again when the transaction ends; only then are they looked at.
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE run_before AS SELECT * FROM run")
    op.drop_table("run")
    _runs()
    op.execute(f"INSERT INTO run ({_COLUMNS}) SELECT {_COLUMNS} FROM run_before ORDER BY id")
    op.execute("DROP TABLE run_before")


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", _words("kind", "plan", "calibrate", "frontier", "tornado"), nullable=False),
        sa.Column("inputs_hash", sa.Text(), nullable=False),
        sa.Column("baseline_id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=True),
        sa.Column("scenario_version", sa.Integer(), nullable=True),
        sa.Column("overlay", sa.JSON(), nullable=False),
        sa.Column("guardrail_version_id", sa.Integer(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            _words("state", "queued", "running", "finished", "failed", "cancelled", "interrupted"),
            nullable=False,
        ),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("process", sa.JSON(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=True),
        sa.Column("certificate", sa.JSON(), nullable=True),
        sa.Column("artifacts", sa.JSON(), nullable=False),
        sa.Column("best_plan", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("approved_state", _words("approved_state", "none", "approved", "rejected"), nullable=False),
        sa.ForeignKeyConstraint(["baseline_id"], ["baseline_version.id"], name="fk_run_baseline_id"),
        sa.ForeignKeyConstraint(
            ["guardrail_version_id"], ["guardrail_version.id"], name="fk_run_guardrail_version_id"
        ),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name="fk_run_scenario_id"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_inputs_hash", "run", ["inputs_hash"], unique=False)
    op.create_index("ix_run_state", "run", ["state"], unique=False)
