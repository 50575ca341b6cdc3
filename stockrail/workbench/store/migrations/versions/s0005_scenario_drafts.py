"""Drafts of scenarios: what somebody has edited and not saved yet."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "scenario_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("scenario_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("overlay", sa.JSON(), nullable=False),
        sa.Column("baseline_id", sa.Integer(), nullable=False),
        sa.Column("edits", sa.JSON(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["baseline_id"], ["baseline_version.id"], name="fk_scenario_draft_baseline_id"
        ),
        sa.ForeignKeyConstraint(["scenario_id"], ["scenario.id"], name="fk_scenario_draft_scenario_id"),
        sa.PrimaryKeyConstraint("id", name="pk_scenario_draft"),
        sa.UniqueConstraint("actor", "scenario_id", name="uq_scenario_draft_actor_scenario_id"),
    )
