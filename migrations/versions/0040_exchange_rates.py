"""exchange rates of the installation: units per euro by currency and day, carried over days without publication

Revision: 0040, after 0039. The table belongs to no tenant and stays on the coordinator. The runtime role reads it, and the
system role alone writes it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import grant

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_TABLE = "fx_rate"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("per_eur", sa.Numeric(27, 18), nullable=False),
        sa.Column("published_on", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("currency <> 'EUR'", name=op.f("ck_fx_rate_currency")),
        sa.CheckConstraint("per_eur > 0", name=op.f("ck_fx_rate_per_eur")),
        sa.CheckConstraint("day - published_on between 0 and 7", name=op.f("ck_fx_rate_published_on")),
        sa.PrimaryKeyConstraint("currency", "day", name=op.f("pk_fx_rate")),
    )
    grant(_TABLE, runtime="select", system="select, insert, update")


def downgrade() -> None:
    op.drop_table(_TABLE)
