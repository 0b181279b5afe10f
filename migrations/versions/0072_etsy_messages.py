"""messages of Etsy are stored beside those of eBay

Revision: 0072, after 0071. A process of the release before goes on and has none of them.
"""

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

_TABLE, _NAME = "seller_message", "ck_seller_message_source"


def upgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.drop_constraint(op.f(_NAME), _TABLE, type_="check")
    op.create_check_constraint(op.f(_NAME), _TABLE, "source in ('EBAY', 'ETSY')")


def downgrade() -> None:
    op.execute("set local lock_timeout = '5s'")
    op.execute("delete from seller_message where source = 'ETSY'")
    op.drop_constraint(op.f(_NAME), _TABLE, type_="check")
    op.create_check_constraint(op.f(_NAME), _TABLE, "source in ('EBAY')")
