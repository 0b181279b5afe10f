"""what marketplaces call things that cannot be asked while somebody waits

Revision: 0082, after 0081. A process of the release before goes on, and knows no such names.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.policies import protect_tenant_table, unprotect

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

_LISTS = "channel_term_list"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        _LISTS,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("terms", JSONB(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "channel_id", "kind", "parent", "search", name=op.f(f"pk_{_LISTS}")),
    )
    protect_tenant_table(_LISTS)
    op.create_foreign_key(
        op.f(f"fk_{_LISTS}_tenant_id_channel_id"),
        _LISTS,
        "channel",
        ["tenant_id", "channel_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    unprotect(_LISTS)
    op.drop_table(_LISTS)
