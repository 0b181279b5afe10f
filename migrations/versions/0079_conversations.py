"""conversations with buyers and their messages, and up to when a channel's were read

Revision: 0079, after 0078. A process of the release before goes on and knows none of them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant, protect_tenant_table, unprotect

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

_TALK, _MESSAGE = "conversation", "message"
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.add_column("channel", sa.Column("conversations_read_to", _INSTANT))
    op.create_table(
        _TALK,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("with_name", sa.String(), nullable=False),
        sa.Column("listing_external_id", sa.String()),
        sa.Column("order_external_id", sa.String()),
        sa.Column("is_unread", sa.Boolean(), nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("last_message_at", _INSTANT, nullable=False),
        sa.Column("marked_read_at", _INSTANT),
        sa.Column("erased_at", _INSTANT),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_TALK}")),
        sa.UniqueConstraint(
            "tenant_id", "channel_id", "external_id", name=op.f(f"uq_{_TALK}_tenant_id_channel_id_external_id")
        ),
    )
    protect_tenant_table(_TALK)
    # Which channels have a buyer who is to be forgotten is asked over all tenants; nothing else of it is.
    grant(_TALK, runtime=None, system="select (tenant_id, channel_id, with_name, erased_at)")
    op.create_index(op.f(f"ix_{_TALK}_tenant_id_last_message_at_id"), _TALK, ["tenant_id", "last_message_at", "id"])
    op.create_index("ix_conversation_with", _TALK, ["with_name"], postgresql_where=sa.text("erased_at is null"))
    _refer(_TALK, "channel_id", "channel")
    op.create_table(
        _MESSAGE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("from_us", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sent_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{_MESSAGE}")),
        sa.UniqueConstraint(
            "tenant_id",
            "conversation_id",
            "external_id",
            name=op.f(f"uq_{_MESSAGE}_tenant_id_conversation_id_external_id"),
        ),
    )
    protect_tenant_table(_MESSAGE)
    op.create_index(
        op.f(f"ix_{_MESSAGE}_tenant_id_conversation_id_sent_at_id"),
        _MESSAGE,
        ["tenant_id", "conversation_id", "sent_at", "id"],
    )
    _refer(_MESSAGE, "conversation_id", _TALK)


def _refer(table: str, column: str, to: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_tenant_id_{column}"),
        table,
        to,
        ["tenant_id", column],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    for table in (_MESSAGE, _TALK):
        unprotect(table)
        op.drop_table(table)
    op.drop_column("channel", "conversations_read_to")
