"""tags without a foreign key to their account

Revision: 0051, after 0050. The check of each stored tag took a third of the time that Postgres needs to store it. Who stores tags
holds the account locked, and who deletes an account deletes its tags first. A process of the release before stores none.
"""

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_KEY = "fk_entity_tag_tenant_id_ad_account_id"


def upgrade() -> None:
    op.drop_constraint(_KEY, "entity_tag", type_="foreignkey")


def downgrade() -> None:
    columns = ["tenant_id", "ad_account_id"]
    op.create_foreign_key(_KEY, "entity_tag", "ad_account", columns, ["tenant_id", "id"], ondelete="CASCADE")
