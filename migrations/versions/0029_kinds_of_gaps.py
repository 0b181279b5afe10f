"""gaps say when they are read again

Revision: 0029, after 0028. Those that are there have no kind: the next refresh reads each of them once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("insight_day", sa.Column("gap_kind", sa.String(), nullable=True))
    op.create_check_constraint(
        op.f("ck_insight_day_gap_kind"), "insight_day", "gap_kind in ('AGAIN', 'FIELD', 'REFUSED')"
    )


def downgrade() -> None:
    op.drop_column("insight_day", "gap_kind")
