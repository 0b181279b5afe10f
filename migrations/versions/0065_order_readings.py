"""channels: up to where orders are read, and records that are asked for again

Revision: 0065, after 0064. A process of the release before goes on and knows none of them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_TABLE = "channel_retry"
_INSTANT = sa.DateTime(timezone=True)
_KINDS = (
    "CHECK", "SYNC_LISTINGS", "SYNC_ORDERS", "SYNC_CASES", "SYNC_CONVERSATIONS", "PUBLISH", "UPDATE", "END", "SHIP",
    "CANCEL", "REFUND", "CASE_ACTION", "SEND_MESSAGE",
)  # fmt: skip
_LISTED = ", ".join(f"'{kind}'" for kind in _KINDS)


def upgrade() -> None:
    op.add_column("channel", sa.Column("orders_read_to", _INSTANT))
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("next_try_at", _INSTANT, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "channel_id", "kind", "external_id", name=op.f("pk_channel_retry")),
        sa.CheckConstraint(f"kind in ({_LISTED})", name=op.f("ck_channel_retry_kind")),
    )
    protect_tenant_table(_TABLE)
    op.create_foreign_key(
        op.f("fk_channel_retry_tenant_id_channel_id"),
        _TABLE,
        "channel",
        ["tenant_id", "channel_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
    op.drop_column("channel", "orders_read_to")
