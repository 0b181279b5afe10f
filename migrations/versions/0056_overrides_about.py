"""what naming overrides speak of, as an id

Revision: 0056, after 0055. Those of a refresh's ads are found by it among a hundred thousand. Stored ones, and those that a process of
the release before stores, have the id that stands for anything: they are found for everything.
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_TABLE = "naming_override"
_ANYTHING = "00000000-0000-0000-0000-000000000000"


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("about", sa.Uuid(), nullable=False, server_default=_ANYTHING))
    op.create_index(op.f(f"ix_{_TABLE}_tenant_id_about"), _TABLE, ["tenant_id", "about"])


def downgrade() -> None:
    op.drop_index(op.f(f"ix_{_TABLE}_tenant_id_about"))
    op.drop_column(_TABLE, "about")
