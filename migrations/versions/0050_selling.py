"""channels, products with their vocabulary, orders, and links from ads to products

Revision: 0050, after 0049. A process of the release before goes on and knows none of them.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.policies import READ_AND_WRITE, grant, protect_tenant_table, unprotect

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)
_AMOUNT = sa.Numeric(18, 4)
_KEY = "key ~ '^[a-z0-9][a-z0-9_-]{0,63}$'"
_KINDS = ("CATEGORY", "BRAND", "COLOUR", "CONDITION", "MATERIAL", "SIZE", "GENDER", "SEASON", "PATTERN", "FIT")
_OWNED = (
    "channel", "product", "own_attribute", "product_attribute", "sales_order", "order_line",
    "order_refund", "ad_link",
)  # fmt: skip


def _one_of(table: str, column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return _check(table, column, f"{column} in ({listed})")


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def _rows(table: str, *parts: sa.Column[Any] | sa.Constraint) -> None:
    """A table of one tenant's rows that have an id of their own."""
    op.create_table(
        table,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *parts,
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f(f"pk_{table}")),
    )


def _refer(table: str, column: str, to: str) -> None:
    op.create_foreign_key(
        op.f(f"fk_{table}_tenant_id_{column}"),
        table,
        to,
        ["tenant_id", column],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def upgrade() -> None:
    _create_channels()
    _create_products()
    _create_vocabulary()
    _create_orders()
    _create_links()


def _create_channels() -> None:
    _rows(
        "channel",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("issue", sa.String()),
        sa.Column("reason", sa.String()),
        sa.Column("external_id", sa.String()),
        sa.Column("account_name", sa.String()),
        sa.Column("market", sa.String()),
        sa.Column("sync_every_minutes", sa.Integer()),
        sa.Column("ends_elsewhere_on_sale", sa.Boolean(), nullable=False),
        sa.Column("included_tax_rate", sa.Numeric(7, 6)),
        sa.Column("connected_by_user_id", sa.Uuid()),
        sa.Column("orders_synced_at", _INSTANT),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("disconnected_at", _INSTANT),
        sa.Column("frozen_at", _INSTANT),
        _unique("channel", "tenant_id", "kind", "external_id"),
        _one_of("channel", "kind", "EBAY", "ETSY", "VINTED", "SHOP"),
        _one_of("channel", "status", "PENDING", "CONNECTED", "ATTENTION", "DISCONNECTED"),
        _one_of(
            "channel", "issue", "REAUTHORIZE", "SIGN_IN", "CHALLENGE", "FORBIDDEN", "AGENT_MISSING", "AGENT_OUTDATED",
            "CONFIGURATION",
        ),
        _check("channel", "included_tax_rate", "included_tax_rate >= 0 and included_tax_rate < 1"),
        _check("channel", "disconnected", "(status = 'DISCONNECTED') = (disconnected_at is not null)"),
    )  # fmt: skip
    protect_tenant_table("channel", system="select, update")
    _index("channel", "tenant_id", "created_at", "id")


def _create_products() -> None:
    _rows(
        "product",
        sa.Column("sku", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("price", _AMOUNT, nullable=False),
        sa.Column("cost", _AMOUNT),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("page_urls", sa.ARRAY(sa.String()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("deleted_at", _INSTANT),
        sa.Column("frozen_at", _INSTANT),
        _one_of("product", "status", "DRAFT", "PUBLISHED", "SOLD", "ARCHIVED"),
        _check("product", "sku", "char_length(sku) between 1 and 50"),
        _check("product", "currency", "currency ~ '^[A-Z]{3}$'"),
        *(_check("product", name, f"{name} >= 0") for name in ("price", "cost", "quantity")),
    )
    protect_tenant_table("product", system="select, delete")
    deleted = sa.text("deleted_at is not null")
    op.create_index(
        "uq_product_sku",
        "product",
        ["tenant_id", "sku"],
        unique=True,
        postgresql_where=sa.text("deleted_at is null"),
    )
    _index("product", "tenant_id", "created_at", "id")
    _index("product", "tenant_id", "updated_at", "id")
    op.create_index("ix_product_deleted", "product", ["deleted_at"], postgresql_where=deleted)


def _create_vocabulary() -> None:
    def columns(table: str) -> tuple[sa.Column[Any] | sa.Constraint, ...]:
        return (
            sa.Column("kind", sa.String(), nullable=False),
            sa.Column("key", sa.String(), nullable=False),
            sa.Column("label", sa.String(), nullable=False),
            sa.Column("parent_id", sa.Uuid()),
            sa.Column("is_active", sa.Boolean(), nullable=False),
            sa.Column("mappings", JSONB(), nullable=False),
            sa.Column("created_at", _INSTANT, nullable=False),
            sa.Column("updated_at", _INSTANT, nullable=False),
            _one_of(table, "kind", *_KINDS),
            _check(table, "key", _KEY),
        )

    op.create_table(
        "shared_attribute",
        sa.Column("id", sa.Uuid(), nullable=False),
        *columns("shared_attribute"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shared_attribute")),
        _unique("shared_attribute", "kind", "key"),
    )
    grant("shared_attribute", runtime="select", system=READ_AND_WRITE)
    _rows("own_attribute", *columns("own_attribute"), _unique("own_attribute", "tenant_id", "kind", "key"))
    protect_tenant_table("own_attribute")
    op.create_table(
        "product_attribute",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("attribute_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "product_id", "attribute_id", name=op.f("pk_product_attribute")),
    )
    # The system role looks whether a shared value is used before it is deleted.
    protect_tenant_table("product_attribute", system="select")
    _index("product_attribute", "tenant_id", "attribute_id")
    _refer("product_attribute", "product_id", "product")


def _create_orders() -> None:
    amounts = ("subtotal", "discount", "shipping", "tax", "total")
    _rows(
        "sales_order",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("url", sa.String()),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("placed_at", _INSTANT, nullable=False),
        sa.Column("updated_at", _INSTANT, nullable=False),
        sa.Column("buyer_handle", sa.String()),
        sa.Column("buyer_country", sa.String()),
        sa.Column("buyer_erased_at", _INSTANT),
        *(sa.Column(name, _AMOUNT, nullable=False) for name in amounts),
        sa.Column("fees", _AMOUNT),
        sa.Column("stored_at", _INSTANT, nullable=False),
        _unique("sales_order", "tenant_id", "channel_id", "external_id"),
        _one_of("sales_order", "status", "AWAITING_PAYMENT", "PAID", "SHIPPED", "COMPLETED", "CANCELLED"),
        _check("sales_order", "currency", "currency ~ '^[A-Z]{3}$'"),
        _check("sales_order", "buyer_country", "buyer_country ~ '^[A-Z]{2}$'"),
    )
    protect_tenant_table("sales_order", system="select")
    _index("sales_order", "tenant_id", "placed_at", "id")
    _index("sales_order", "tenant_id", "channel_id", "placed_at")
    _refer("sales_order", "channel_id", "channel")
    _rows(
        "order_line",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("sku", sa.String()),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", _AMOUNT, nullable=False),
        sa.Column("discount", _AMOUNT, nullable=False),
        sa.Column("product_id", sa.Uuid()),
        sa.Column("unit_cost", _AMOUNT),
        _unique("order_line", "tenant_id", "order_id", "external_id"),
        _check("order_line", "quantity", "quantity > 0"),
    )
    _rows(
        "order_refund",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("amount", _AMOUNT, nullable=False),
        sa.Column("refunded_at", _INSTANT, nullable=False),
        sa.Column("is_settled", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String()),
        _unique("order_refund", "tenant_id", "order_id", "external_id"),
        _check("order_refund", "amount", "amount >= 0"),
    )
    for table, columns in (("order_line", ("product_id", "sku")), ("order_refund", ("refunded_at",))):
        protect_tenant_table(table)
        for column in columns:
            _index(table, "tenant_id", column)
        _refer(table, "order_id", "sales_order")


def _create_links() -> None:
    op.create_table(
        "ad_link",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ad_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("matched", sa.String()),
        sa.Column("is_removed", sa.Boolean(), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "ad_id", "product_id", name=op.f("pk_ad_link")),
        _one_of("ad_link", "source", "MANUAL", "TAG", "URL", "SKU"),
    )
    protect_tenant_table("ad_link")
    _index("ad_link", "tenant_id", "product_id")
    _index("ad_link", "tenant_id", "ad_account_id")
    _refer("ad_link", "product_id", "product")
    _refer("ad_link", "ad_account_id", "ad_account")


def downgrade() -> None:
    for table in reversed(_OWNED):
        unprotect(table)
        op.drop_table(table)
    op.drop_table("shared_attribute")
