"""the browser extensions of channels without an API, and the steps that jobs ask them for

Revision: 0080, after 0079. A process of the release before goes on, and hands no work to an extension.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.policies import protect_tenant_table, unprotect

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

_AGENT, _STEP = "relay_agent", "relay_step"
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    _create_agents()
    _create_steps()


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for table in (_STEP, _AGENT):
        unprotect(table)
        op.drop_table(table)


def _create_agents() -> None:
    op.create_table(
        _AGENT,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("paired_by_user_id", sa.Uuid()),
        sa.Column("paired_at", _INSTANT),
        sa.Column("version", sa.String()),
        sa.Column("seen_at", _INSTANT),
        sa.Column("lease_id", sa.Uuid()),
        sa.Column("lease_job_id", sa.Uuid()),
        sa.Column("lease_ends_at", _INSTANT),
        sa.Column("next_create_at", _INSTANT),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_AGENT}")),
    )
    protect_tenant_table(_AGENT, system="select")
    _refer(_AGENT, "id", "channel")
    op.create_index("ix_relay_agent_lease_ends", _AGENT, ["lease_ends_at"], postgresql_where="lease_id is not null")


def _create_steps() -> None:
    states = "'WANTED', 'STARTED', 'DONE', 'FAILED', 'UNKNOWN'"
    op.create_table(
        _STEP,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("arguments", JSONB(), nullable=False),
        sa.Column("is_unsafe", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lease_id", sa.Uuid()),
        sa.Column("place", sa.Integer()),
        sa.Column("result", JSONB()),
        sa.Column("error", sa.String()),
        sa.Column("message", sa.String()),
        sa.Column("http_status", sa.Integer()),
        sa.Column("retry_after_s", sa.Integer()),
        sa.Column("started_at", _INSTANT),
        sa.Column("ended_at", _INSTANT),
        sa.CheckConstraint(f"state in ({states})", name=op.f(f"ck_{_STEP}_state")),
        sa.PrimaryKeyConstraint("tenant_id", "job_id", "key", name=op.f(f"pk_{_STEP}")),
    )
    protect_tenant_table(_STEP, system="select")
    _refer(_STEP, "job_id", "channel_job")
    op.create_index(op.f(f"ix_{_STEP}_tenant_id_lease_id_place"), _STEP, ["tenant_id", "lease_id", "place"])


def _refer(table: str, column: str, to: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_tenant_id_{column}"),
        table,
        to,
        ["tenant_id", column],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
