"""which days were read by each set of breakdowns, and when

Revision: 0041, after 0040. Days that have parts are entered from them; of days without parts nobody knows whether they were read.
A day was read when a refresh of its set last stored a slice with it. Where no slice is left, it counts as read at its beginning,
so that the next refresh of the set reads it again. Parts that a process of the release before stores meanwhile are entered by
the next refresh of their days.

Refreshes wait while this runs, some seconds for a million parts; nothing else does.
"""

import sqlalchemy as sa
from alembic import op

from migrations.policies import protect_tenant_table, unprotect

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_TABLE = "breakdown_day"

# `array_to_string` makes the name of a set from the list that a refresh has.
_FILL = """
insert into breakdown_day (tenant_id, ad_account_id, day, breakdown_set, status, rows, refreshed_at)
select parts.tenant_id, parts.ad_account_id, parts.day, parts.breakdown_set, 'PROVISIONAL', parts.rows,
  coalesce(max(slice.completed_at), parts.day::timestamp at time zone 'UTC')
from (
  select tenant_id, ad_account_id, breakdown_set, day, count(*) as rows
  from insight_breakdown where tenant_id = :tenant_id group by 1, 2, 3, 4
) as parts
join ad_account account on account.tenant_id = parts.tenant_id and account.id = parts.ad_account_id
left join refresh_job job on job.tenant_id = parts.tenant_id and job.ad_account_id = parts.ad_account_id
  and array_to_string(job.breakdowns, ',') = parts.breakdown_set and parts.day between job.range_start and job.range_end
left join refresh_slice slice on slice.tenant_id = job.tenant_id and slice.refresh_job_id = job.id
  and parts.day between slice.start_on and slice.end_on
group by parts.tenant_id, parts.ad_account_id, parts.breakdown_set, parts.day, parts.rows
"""


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("ad_account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("breakdown_set", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gap_kind", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "ad_account_id", "breakdown_set", "day", name=op.f("pk_breakdown_day")),
        sa.CheckConstraint("status in ('PROVISIONAL', 'SETTLED', 'GAP')", name=op.f("ck_breakdown_day_status")),
        sa.CheckConstraint("gap_kind in ('AGAIN', 'FIELD', 'REFUSED')", name=op.f("ck_breakdown_day_gap_kind")),
    )
    protect_tenant_table(_TABLE)
    op.create_foreign_key(
        "fk_breakdown_day_tenant_id_ad_account_id",
        _TABLE,
        "ad_account",
        ["tenant_id", "ad_account_id"],
        ["tenant_id", "id"],
        ondelete="CASCADE",
    )
    _fill()


def _fill() -> None:
    """The owner sees no row under FORCE, so it learns here whose parts there are, and enters them as each of them."""
    connection = op.get_bind()
    op.execute("alter table insight_breakdown no force row level security")
    tenants = connection.scalars(sa.text("select distinct tenant_id from insight_breakdown order by 1")).all()
    op.execute("alter table insight_breakdown force row level security")
    for tenant_id in tenants:
        op.execute(f"set local app.tenant_id = '{tenant_id}'")
        connection.execute(sa.text(_FILL), {"tenant_id": tenant_id})
    op.execute("set local app.tenant_id = ''")


def downgrade() -> None:
    unprotect(_TABLE)
    op.drop_table(_TABLE)
