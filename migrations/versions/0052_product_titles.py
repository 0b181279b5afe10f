"""products: the key by which lists are ordered by title

Revision: 0052, after 0051. The table is empty until now, so that it is rewritten in no time. A process of the release
before knows no products.
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

_INDEX = "ix_product_tenant_id_title_key_id"


def upgrade() -> None:
    key = sa.Computed("name_key(title)", persisted=True)
    op.add_column("product", sa.Column("title_key", sa.String(collation="C"), key, nullable=False))
    op.create_index(op.f(_INDEX), "product", ["tenant_id", "title_key", "id"])


def downgrade() -> None:
    op.drop_index(op.f(_INDEX), "product")
    op.drop_column("product", "title_key")
