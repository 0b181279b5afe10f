"""what a person is to decide about listings and products

Revision: 0070, after 0069. A process of the release before goes on and knows none of them.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_KINDS = "kind in ('END_LISTING', 'LINK_LISTING', 'MARK_SOLD', 'ARCHIVE_PRODUCT')"
_STATUSES = "status in ('OPEN', 'ACCEPTED', 'REJECTED', 'EXPIRED')"


def upgrade() -> None:
    op.create_table(
        "suggestion",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("sameness", sa.String(), nullable=False),
        sa.Column("product_id", sa.Uuid()),
        sa.Column("listing_id", sa.Uuid()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
        sa.Column("decided_by_user_id", sa.Uuid()),
        sa.Column("decided_at", _INSTANT),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_suggestion")),
        sa.CheckConstraint(_KINDS, name=op.f("ck_suggestion_kind")),
        sa.CheckConstraint(_STATUSES, name=op.f("ck_suggestion_status")),
    )
    protect_tenant_table("suggestion", system="select")
    op.create_index(
        op.f("ix_suggestion_tenant_id_status_created_at_id"), "suggestion", ["tenant_id", "status", "created_at", "id"]
    )
    is_open = sa.text("status = 'OPEN'")
    op.create_index(
        "uq_suggestion_open", "suggestion", ["tenant_id", "sameness"], unique=True, postgresql_where=is_open
    )
    op.create_index("ix_suggestion_expires", "suggestion", ["expires_at"], postgresql_where=is_open)
    for column in ("product_id", "listing_id"):
        op.create_foreign_key(
            op.f(f"fk_suggestion_tenant_id_{column}"),
            "suggestion",
            column.removesuffix("_id"),
            ["tenant_id", column],
            ["tenant_id", "id"],
            ondelete="CASCADE",
        )


def downgrade() -> None:
    unprotect("suggestion")
    op.drop_table("suggestion")
