"""lists in order of name: an index over the beginning of each

Revision: 0031, after 0030. A name of more than some 670 characters did not fit an entry of an index over whole names.
"""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_WHOLE, _PREFIX = "name", "left(name, 300)"
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
    _rebuild(_PREFIX)


def downgrade() -> None:
    """Fails where a name is stored that is too long for an index over all of it."""
    _rebuild(_WHOLE)


def _rebuild(name: str) -> None:
    for table, within in _INDEXES:
        columns = ("tenant_id", *within)
        index = f"ix_{table}_{'_'.join(columns)}_name_id"
        op.execute(f"drop index {index}")
        op.execute(f"create index {index} on {table} ({', '.join((*columns, name, 'id'))})")
