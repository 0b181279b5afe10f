"""policies without sub-selects, and no foreign keys from what is distributed to what is not

Revision: 0039, after 0038. Citus takes neither (`migrations/shards.py`). Both forms of a policy mean the same, so going back
leaves them as they are. A process of the release before goes on; what it adds to a tenant that is deleted meanwhile may stay.

Each statement commits by itself: together they would hold all tables at once against everybody. Any of them can be repeated.
"""

from alembic import op

from migrations.policies import TENANT, USER
from migrations.shards import is_distributed

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_OF_TENANTS = (
    "access_grant",
    "ad",
    "ad_account",
    "ad_set",
    "api_key",
    "audit_log",
    "billing_subscription",
    "campaign",
    "creative",
    "entity_name",
    "entity_reading",
    "fetch_memory",
    "idempotency_key",
    "insight",
    "insight_account_day",
    "insight_breakdown",
    "insight_campaign_day",
    "insight_day",
    "invitation",
    "membership",
    "refresh_job",
    "refresh_slice",
    "unique_insight",
    "unique_period",
    "usage_counter",
    "vendor_turn",
)
_CONDITIONS = {
    **dict.fromkeys(_OF_TENANTS, f"tenant_id = {TENANT}"),
    "tenant": f"id = {TENANT}",
    "auth_session": f"user_id = {USER}",
    "oauth_identity": f"user_id = {USER}",
}
# Both tables of the sub-select stay on the coordinator.
_READABLE = {
    "membership": f"user_id = {USER}",
    "tenant": f"exists (select from membership m where m.tenant_id = tenant.id and m.user_id = {USER})",
}
# A table after those that refer to it, so that rows of nobody can be deleted in this order.
_REFER_TO_TENANTS = ("idempotency_key", "ad_account", "access_grant")


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for table, condition in _CONDITIONS.items():
            op.execute(f"alter policy {table}_isolation on {table} using ({condition}) with check ({condition})")
        for table, condition in _READABLE.items():
            op.execute(f"alter policy {table}_readable on {table} using ({condition})")
        for table in _REFER_TO_TENANTS:
            op.execute(f"alter table {table} drop constraint if exists fk_{table}_tenant_id")


def downgrade() -> None:
    """On shards the keys cannot come back."""
    for table in _REFER_TO_TENANTS:
        if is_distributed(table):
            continue
        # The owner sees no row under FORCE: nothing would be deleted, and the key would be checked against no row.
        op.execute(f"alter table {table} no force row level security")
        op.execute("alter table tenant no force row level security")
        nobodys = "not exists (select from tenant where tenant.id = tenant_id)"
        op.execute(f"delete from {table} where {nobodys}")  # noqa: S608 - a name of this list
        op.create_foreign_key(f"fk_{table}_tenant_id", table, "tenant", ["tenant_id"], ["id"], ondelete="CASCADE")
        op.execute(f"alter table {table} force row level security")
        op.execute("alter table tenant force row level security")
