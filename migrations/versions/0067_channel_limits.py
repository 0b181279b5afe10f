"""the limits of marketplaces, which all channels share, and whose turn it is

Revision: 0067, after 0066. A process of the release before goes on: each of its jobs meets a limit for itself.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import READ_AND_WRITE, grant, protect_tenant_table, unprotect

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

_THROTTLE, _TURN = "channel_throttle", "channel_turn"
_INSTANT = sa.DateTime(timezone=True)
_KINDS = "kind in ('EBAY', 'ETSY', 'VINTED', 'SHOP')"


def upgrade() -> None:
    op.create_table(
        _THROTTLE,
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("blocked_until", _INSTANT, nullable=False),
        sa.CheckConstraint(_KINDS, name=op.f(f"ck_{_THROTTLE}_kind")),
        sa.PrimaryKeyConstraint("kind", "area", name=op.f(f"pk_{_THROTTLE}")),
    )
    grant(_THROTTLE, system="select, delete")
    op.create_table(
        _TURN,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("wanted_until", _INSTANT, nullable=False),
        sa.CheckConstraint(_KINDS, name=op.f(f"ck_{_TURN}_kind")),
        sa.PrimaryKeyConstraint("tenant_id", "channel_id", name=op.f(f"pk_{_TURN}")),
    )
    op.create_foreign_key(f"fk_{_TURN}_tenant_id", _TURN, "tenant", ["tenant_id"], ["id"], ondelete="CASCADE")
    protect_tenant_table(_TURN, system=READ_AND_WRITE, on_coordinator=True)


def downgrade() -> None:
    for table in (_TURN, _THROTTLE):
        unprotect(table)
        op.drop_table(table)
