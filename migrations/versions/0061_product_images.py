"""products: their pictures

Revision: 0061, after 0060. A process of the release before goes on and knows none of them; where it erases a product, the
rows go with it, and the files are found by the sweep of this release.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

_TABLE = "product_image"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("object_key", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("alt", sa.String()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_product_image")),
        *(
            sa.UniqueConstraint(
                "tenant_id", "product_id", name, name=op.f(f"uq_product_image_tenant_id_product_id_{name}")
            )
            for name in ("position", "sha256")
        ),
        sa.CheckConstraint("position <> 0", name=op.f("ck_product_image_position")),
        sa.CheckConstraint("width > 0 and height > 0 and bytes > 0", name=op.f("ck_product_image_size")),
    )
    # The system role looks which files are named by a picture before it sweeps the others.
    protect_tenant_table(_TABLE, system="select")
    op.create_index("ix_product_image_object_key", _TABLE, ["object_key"])
    op.create_foreign_key(
        op.f("fk_product_image_tenant_id_product_id"),
        _TABLE,
        "product",
        ["tenant_id", "product_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
