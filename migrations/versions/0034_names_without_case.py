"""lists in order of name: indexes over names without case

Revision: 0034, after 0033. The release before puts names in another order, which it then sorts without an index.
"""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_BEFORE = "left(name, 300)"
_FOLDED = "normalize(lower(left(name, 300)))"
_INDEXES = (
    ("ad_account", ()),
    ("campaign", ()),
    ("campaign", ("ad_account_id",)),
    ("ad_set", ()),
    ("ad_set", ("ad_account_id",)),
    ("ad_set", ("campaign_id",)),
    ("ad", ()),
    ("ad", ("ad_account_id",)),
    ("ad", ("ad_set_id",)),
    ("ad", ("creative_id",)),
    ("creative", ()),
    ("creative", ("ad_account_id",)),
)


def upgrade() -> None:
    _rebuild(_FOLDED)


def downgrade() -> None:
    _rebuild(_BEFORE)


def _rebuild(name: str) -> None:
    for table, within in _INDEXES:
        columns = ("tenant_id", *within)
        index = f"ix_{table}_{'_'.join(columns)}_name_id"
        op.execute(f"drop index {index}")
        op.execute(f"create index {index} on {table} ({', '.join((*columns, name, 'id'))})")
