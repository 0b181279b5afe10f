"""an index by which the newest version of the exchange rates is found at once

Revision: 0047, after 0046.
"""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_fx_rate_version"), "fx_rate", ["version"])


def downgrade() -> None:
    op.drop_index(op.f("ix_fx_rate_version"), table_name="fx_rate")
