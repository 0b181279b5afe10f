"""what tenants bought, what Stripe told, what quotas were used, and what a smaller plan froze

Revision: 0016, after 0015. Stripe's events belong to no tenant: Stripe does not know ours.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant, protect_tenant_table, unprotect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_PLANS = "plan in ('FREE', 'STARTER', 'PRO', 'AGENCY')"
_STATUSES = (
    "status in ('FREE', 'TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'CANCELED', 'INCOMPLETE', 'INCOMPLETE_EXPIRED', "
    "'PAUSED', 'UNKNOWN')"
)
_FROZEN = ("ad_account", "membership")


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "billing_subscription",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("interval", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("current_period_end", instant, nullable=True),
        sa.Column("cancel_at_period_end", sa.Boolean(), nullable=False),
        sa.Column("trial_ends_at", instant, nullable=True),
        sa.Column("past_due_since", instant, nullable=True),
        sa.Column("has_subscribed", sa.Boolean(), nullable=False),
        sa.Column("customer_key", sa.String(), nullable=False),
        sa.Column("stripe_customer_id", sa.String(), nullable=True),
        sa.Column("stripe_subscription_id", sa.String(), nullable=True),
        sa.Column("checkout_key", sa.String(), nullable=True),
        sa.Column("checkout_for", sa.String(), nullable=True),
        sa.Column("checkout_at", instant, nullable=True),
        sa.Column("checkout_session_id", sa.String(), nullable=True),
        sa.Column("sync_number", sa.Integer(), nullable=False),
        sa.Column("synced_at", instant, nullable=True),
        sa.CheckConstraint(_PLANS, name=op.f("ck_billing_subscription_plan")),
        sa.CheckConstraint("interval in ('MONTH', 'YEAR')", name=op.f("ck_billing_subscription_interval")),
        sa.CheckConstraint(_STATUSES, name=op.f("ck_billing_subscription_status")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_billing_subscription_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_billing_subscription")),
    )
    op.create_index(op.f("ix_billing_subscription_stripe_customer_id"), "billing_subscription", ["stripe_customer_id"])
    op.create_table(
        "usage_counter",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("quota", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_usage_counter_used")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenant.id"], name=op.f("fk_usage_counter_tenant_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant_id", "quota", "day", name=op.f("pk_usage_counter")),
    )
    op.create_table(
        "stripe_event",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("api_version", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("processed_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stripe_event")),
    )
    for column in ("customer_id", "received_at"):
        op.create_index(op.f(f"ix_stripe_event_{column}"), "stripe_event", [column])
    for table in _FROZEN:
        op.add_column(table, sa.Column("frozen_at", instant, nullable=True))
    protect_tenant_table("billing_subscription", system="select", on_coordinator=True)
    protect_tenant_table("usage_counter", system="select, delete", on_coordinator=True)
    grant("stripe_event")


def downgrade() -> None:
    for table in _FROZEN:
        op.drop_column(table, "frozen_at")
    for table in ("billing_subscription", "usage_counter"):
        unprotect(table)
        op.drop_table(table)
    op.drop_table("stripe_event")
