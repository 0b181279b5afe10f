"""returns, cancellations, inquiries and disputes of buyers

Revision: 0066, after 0065. A process of the release before goes on and knows none of them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.policies import protect_tenant_table, unprotect

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_TABLE = "order_case"
_INSTANT = sa.DateTime(timezone=True)


def _check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{_TABLE}_{name}"))


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("order_external_id", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String()),
        sa.Column("currency", sa.String()),
        sa.Column("amount", sa.Numeric(18, 4)),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("respond_by", _INSTANT),
        sa.Column("closed_at", _INSTANT),
        sa.Column("outcome", sa.String()),
        sa.Column("actions", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint(
            "tenant_id",
            "channel_id",
            "kind",
            "external_id",
            name=op.f(f"uq_{_TABLE}_tenant_id_channel_id_kind_external_id"),
        ),
        _check("kind", "kind in ('RETURN', 'CANCELLATION', 'INQUIRY', 'DISPUTE')"),
        _check("status", "status in ('AWAITING_SELLER', 'AWAITING_BUYER', 'AWAITING_CHANNEL', 'CLOSED')"),
        _check("currency", "currency ~ '^[A-Z]{3}$'"),
        _check("amount", "(currency is null) = (amount is null)"),
    )
    protect_tenant_table(_TABLE)
    for columns in (["tenant_id", "opened_at", "id"], ["tenant_id", "channel_id", "order_external_id"]):
        op.create_index(op.f(f"ix_{_TABLE}_{'_'.join(columns)}"), _TABLE, columns)
    op.create_foreign_key(
        op.f(f"fk_{_TABLE}_tenant_id_channel_id"),
        _TABLE,
        "channel",
        ["tenant_id", "channel_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
