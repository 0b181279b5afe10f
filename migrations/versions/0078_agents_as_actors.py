"""the browser extension of a channel is an actor

Revision: 0078, after 0077. A process of the release before goes on, and no such actor acts in it.
"""

from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

_COLUMNS = {
    "audit_log": "actor_kind",
    "refresh_job": "requested_by_kind",
    "export": "requested_by_kind",
    "channel_job": "requested_by_kind",
}
_BEFORE = ("USER", "API_KEY", "SCHEDULE", "WEBHOOK", "STAFF", "SYSTEM")


def upgrade() -> None:
    _allow(*_BEFORE, "AGENT")


def downgrade() -> None:
    # Entries that name such an actor stay in the audit log, which only grows.
    _allow(*_BEFORE, is_checked=False)


def _allow(*kinds: str, is_checked: bool = True) -> None:
    op.execute("set local lock_timeout = '5s'")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table, column in _COLUMNS.items():
        name = op.f(f"ck_{table}_{column}")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"{column} in ({listed})", postgresql_not_valid=not is_checked)
