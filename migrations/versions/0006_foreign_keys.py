"""foreign keys, apart from the tables

Revision: 0006, after 0005. On shards a table is distributed before anything may refer to it, so keys come last.
"""

from alembic import op

from migrations.shards import is_distributed

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Between rows of one tenant: (tenant_id, column) -> (tenant_id, id), so that no row can point into another tenant.
_WITHIN_TENANT = (
    ("ad_account", "grant_id", "access_grant", None),
    ("campaign", "ad_account_id", "ad_account", "CASCADE"),
    ("ad_set", "ad_account_id", "ad_account", "CASCADE"),
    ("ad_set", "campaign_id", "campaign", "CASCADE"),
    ("creative", "ad_account_id", "ad_account", "CASCADE"),
    ("ad", "ad_account_id", "ad_account", "CASCADE"),
    ("ad", "ad_set_id", "ad_set", "CASCADE"),
    ("ad", "campaign_id", "campaign", "CASCADE"),
    ("ad", "creative_id", "creative", None),
    ("refresh_job", "ad_account_id", "ad_account", "CASCADE"),
    ("refresh_slice", "refresh_job_id", "refresh_job", "CASCADE"),
)
_BY_ID = (
    ("membership", "tenant_id", "tenant", "CASCADE"),
    ("auth_session", "user_id", "user_account", None),
    ("refresh_token", "session_id", "auth_session", "CASCADE"),
    ("oauth_identity", "user_id", "user_account", None),
    ("api_key", "tenant_id", "tenant", "CASCADE"),
    ("access_grant", "tenant_id", "tenant", "CASCADE"),
    ("ad_account", "tenant_id", "tenant", "CASCADE"),
    ("idempotency_key", "tenant_id", "tenant", "CASCADE"),
)


def upgrade() -> None:
    for table, column, target, on_delete in _WITHIN_TENANT:
        key = f"fk_{table}_tenant_id_{column}"
        op.create_foreign_key(key, table, target, ["tenant_id", column], ["tenant_id", "id"], ondelete=on_delete)
    for table, column, target, on_delete in _BY_ID:
        # What lies on shards refers to nothing on the coordinator: 0039 ends these keys everywhere.
        if is_distributed(table):
            continue
        op.create_foreign_key(f"fk_{table}_{column}", table, target, [column], ["id"], ondelete=on_delete)


def downgrade() -> None:
    for table, column, _, _ in _BY_ID:
        op.execute(f"alter table {table} drop constraint if exists fk_{table}_{column}")
    for table, column, _, _ in _WITHIN_TENANT:
        op.drop_constraint(f"fk_{table}_tenant_id_{column}", table, type_="foreignkey")
