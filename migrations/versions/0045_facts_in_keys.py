"""the key of ad-days has the facts that most questions read, so that these are answered from the index alone

Revision: 0045, after 0044. The index is built anew, some 5 s for a million ad-days, in which ad-days are neither read nor written.
Pages must be known to be visible to everybody for such a read. So autovacuum comes after a fiftieth of the rows has changed,
not after a fifth.
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_KEY = "tenant_id, ad_account_id, day, ad_id"
_FACTS = "ad_set_id, campaign_id, currency, spend, impressions, clicks_all, link_clicks, video_views_3s, purchases, purchase_value"
_VACUUM = ("autovacuum_vacuum_scale_factor", "autovacuum_vacuum_insert_scale_factor")


def upgrade() -> None:
    _replace_key(f"({_KEY}) include ({_FACTS})")
    op.execute(f"alter table insight set ({', '.join(f'{name} = 0.02' for name in _VACUUM)})")


def downgrade() -> None:
    op.execute(f"alter table insight reset ({', '.join(_VACUUM)})")
    _replace_key(f"({_KEY})")


def _replace_key(columns: str) -> None:
    # Two statements, since shards refuse to add a constraint beside anything else.
    op.execute("alter table insight drop constraint pk_insight")
    op.execute(f"alter table insight add constraint pk_insight primary key {columns}")
