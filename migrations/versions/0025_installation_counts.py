"""the installation's staff can count what is stored, without reading it

Revision: 0025, after 0024. One column is enough to count by tenant; the numbers stay out of the system role's reach.
"""

from alembic import op

from migrations.roles import SYSTEM

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(f"grant select (tenant_id) on insight to {SYSTEM}")
    op.create_index(op.f("ix_audit_log_at_id"), "audit_log", ["at", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_log_at_id"), "audit_log")
    op.execute(f"revoke select (tenant_id) on insight from {SYSTEM}")  # noqa: S608 - our own role
