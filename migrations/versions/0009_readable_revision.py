"""everybody may read which revision the database is at, so that readiness can tell

Revision: 0009, after 0008.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("grant select on alembic_version to adgraph_runtime, adgraph_system")


def downgrade() -> None:
    op.execute("revoke select on alembic_version from adgraph_runtime, adgraph_system")
