"""where ads lead: the addresses of what they show, and what is added to them

Revision: 0059, after 0058. Stored ads have none until a refresh reads them. They are of the ad and not of the creative: a creative is an
asset, which several ads may show and lead from it to several pages.
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ad", sa.Column("landing_urls", sa.ARRAY(sa.String()), nullable=True))
    op.add_column("ad", sa.Column("url_tags", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("ad", "url_tags")
    op.drop_column("ad", "landing_urls")
