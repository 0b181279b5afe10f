"""messages of marketplaces to the installation, and the index by which a buyer who is to be forgotten is found

Revision: 0068, after 0067. A process of the release before goes on and knows none of them.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.policies import grant

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.create_table(
        "seller_message",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("about", JSONB(), nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("handled_at", _INSTANT),
        sa.PrimaryKeyConstraint("source", "message_id", name=op.f("pk_seller_message")),
        sa.CheckConstraint("source in ('EBAY')", name=op.f("ck_seller_message_source")),
    )
    op.create_index(
        "ix_seller_message_open",
        "seller_message",
        ["received_at"],
        postgresql_where=sa.text("handled_at is null"),
    )
    grant("seller_message", runtime="select, insert, update")
    op.create_index(
        "ix_sales_order_buyer",
        "sales_order",
        ["buyer_handle"],
        postgresql_where=sa.text("buyer_handle is not null"),
    )


def downgrade() -> None:
    op.drop_index("ix_sales_order_buyer", "sales_order")
    op.drop_table("seller_message")
