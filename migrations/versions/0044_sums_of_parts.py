"""the sums of parts by account and day, which most questions by breakdowns are answered from

Revision: 0044, after 0043. The parts that are there are summed here, some minutes for ten million; refreshes wait meanwhile. Parts
that a process of the release before stores afterwards have no sums until their days are refreshed again.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_TABLE = "insight_breakdown_account_day"
_KEY = ("tenant_id", "ad_account_id", "breakdown_set", "day", "first_value", "second_value", "currency")
_BY_AD = ("ad_id", "ad_set_id", "campaign_id")


def upgrade() -> None:
    op.execute(f"create table {_TABLE} (like insight_breakdown)")
    op.execute(f"alter table {_TABLE} " + ", ".join(f"drop column {name}" for name in _BY_AD))
    op.create_primary_key(f"pk_{_TABLE}", _TABLE, [*_KEY])
    protect_tenant_table(_TABLE)
    _fill()


def _fill() -> None:
    """The owner sees no row under FORCE, so it learns here whose parts there are, and sums them as each of them."""
    connection = op.get_bind()
    columns = [column["name"] for column in sa.inspect(connection).get_columns(_TABLE)]
    facts = [name for name in columns if name not in _KEY]
    key, sums = ", ".join(_KEY), ", ".join(f"sum({name})" for name in facts)
    op.execute("alter table insight_breakdown no force row level security")
    tenants = connection.scalars(sa.text("select distinct tenant_id from insight_breakdown order by 1")).all()
    op.execute("alter table insight_breakdown force row level security")
    for tenant_id in tenants:
        op.execute(f"set local app.tenant_id = '{tenant_id}'")
        query = (
            f"select {key}, {sums} from insight_breakdown where tenant_id = :tenant_id group by {key} order by {key}"  # noqa: S608 - names of this table
        )
        insert = f"insert into {_TABLE} ({key}, {', '.join(facts)}) {query}"
        connection.execute(sa.text(insert), {"tenant_id": tenant_id})
    op.execute("set local app.tenant_id = ''")


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
