"""row-level security and what each role may touch

Revision: 0005, after 0004. The runtime role sees what the policies show; the system role sees all rows, of few tables.
"""

from migrations.policies import TENANT, USER, also_readable, grant, protect, protect_tenant_table, unprotect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Besides what the application may do with its own tenant's rows: what schedules, rescue and administration need.
_TENANT_TABLES = {
    "api_key": None,
    "access_grant": "select",
    "ad_account": "select, update",
    "campaign": None,
    "ad_set": None,
    "creative": None,
    "ad": None,
    "refresh_job": "select, insert, update",
    "refresh_slice": "select",
    "idempotency_key": "select, delete",
}
_OTHER_PROTECTED = ("tenant", "membership", "auth_session", "oauth_identity", "audit_log")
_GLOBAL_TABLES = {
    "user_account": "select",
    "refresh_token": "select, delete",
    "oauth_flow": "select, delete",
    "vendor_throttle": "select, delete",
}


def upgrade() -> None:
    for table, system in _TENANT_TABLES.items():
        protect_tenant_table(table, system=system, on_coordinator=table == "api_key")
    _protect_tenants_and_memberships()
    _protect_what_belongs_to_a_person()
    # Append-only: nobody who serves requests can change what was recorded.
    protect_tenant_table("audit_log", runtime="select, insert", system="select, insert")
    for table, system in _GLOBAL_TABLES.items():
        grant(table, system=system)


def downgrade() -> None:
    for table in (*_TENANT_TABLES, *_OTHER_PROTECTED, *_GLOBAL_TABLES):
        unprotect(table)


def _protect_tenants_and_memberships() -> None:
    """A person sees their own memberships and those tenants before one of them is chosen."""
    protect("tenant", f"id = {TENANT}")
    also_readable("tenant", f"exists (select from membership m where m.tenant_id = tenant.id and m.user_id = {USER})")
    protect("membership", f"tenant_id = {TENANT}")
    also_readable("membership", f"user_id = {USER}")
    for table in ("tenant", "membership"):
        grant(table, system="select")


def _protect_what_belongs_to_a_person() -> None:
    for table in ("auth_session", "oauth_identity"):
        protect(table, f"user_id = {USER}")
    grant("auth_session", system="select, delete")
    grant("oauth_identity", system="select")
