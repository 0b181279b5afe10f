"""foreign keys of insights, of the two small tables only

Revision: 0008, after 0007. A check per stored ad-day would cost more than storing it: a slice's ids were looked up by
the same refresh, and the policy's WITH CHECK keeps every row in its tenant.
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = ("insight_account_day", "insight_day")


def upgrade() -> None:
    for table in _TABLES:
        key = f"fk_{table}_tenant_id_ad_account_id"
        columns = ["tenant_id", "ad_account_id"]
        op.create_foreign_key(key, table, "ad_account", columns, ["tenant_id", "id"], ondelete="CASCADE")


def downgrade() -> None:
    for table in _TABLES:
        op.drop_constraint(f"fk_{table}_tenant_id_ad_account_id", table, type_="foreignkey")
