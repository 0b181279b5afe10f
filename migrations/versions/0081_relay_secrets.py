"""codes that pair a browser extension with a channel, and the tokens of those that are paired

Revision: 0081, after 0080. A process of the release before goes on, and lets no extension in.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

_TABLE = "relay_secret"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        _TABLE,
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("in_tenant_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("kind in ('CODE', 'TOKEN')", name=op.f("ck_relay_secret_kind")),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_relay_secret")),
        sa.ForeignKeyConstraint(
            ["in_tenant_id"], ["tenant.id"], name=op.f("fk_relay_secret_in_tenant_id"), ondelete="CASCADE"
        ),
    )
    columns = ["in_tenant_id", "channel_id", "kind"]
    op.create_index("uq_relay_secret_in_tenant_id_channel_id_kind", _TABLE, columns, unique=True)
    op.create_index(op.f("ix_relay_secret_in_tenant_id_user_id"), _TABLE, ["in_tenant_id", "user_id"])
    grant(_TABLE, runtime="select, insert, delete")


def downgrade() -> None:
    op.drop_table(_TABLE)
