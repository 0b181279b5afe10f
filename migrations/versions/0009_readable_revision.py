"""everybody may read which revision the database is at, so that readiness can tell

Revision: 0009, after 0008.
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ROLES = "adgraph_runtime, adgraph_system"


def upgrade() -> None:
    op.execute(f"grant select on alembic_version to {_ROLES}")


def downgrade() -> None:
    op.execute(f"revoke select on alembic_version from {_ROLES}")
