"""Alembic's environment: connects as the owner, one transaction per revision, one migration at a time."""

from typing import Any, Literal

import psycopg
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, TypeDecorator, create_engine, text
from sqlalchemy.pool import NullPool

from migrations.run import ONE_AT_A_TIME
from models.tables import metadata
from settings.loading import SettingsError, load_settings

# A migration that waits for a lock blocks everybody behind it: rather fail and be repeated.
_TIMEOUTS = ("set lock_timeout = '5s'", "set statement_timeout = '15min'")
_ONE_AT_A_TIME = f"select pg_advisory_lock({ONE_AT_A_TIME})"


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The queue's tables come from its own schema."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Revisions name plain types, so that they still run when ours are renamed."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    return f"sa.{item.impl_instance!r}"


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_name=include_name,
        render_item=render_item,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    url = context.config.attributes.get("url") or load_settings().database_migration_url
    if url is None:
        raise SettingsError("DATABASE_MIGRATION_URL is not set: it is the owner's, who migrates.")
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url), poolclass=NullPool)
    with engine.connect() as connection:
        for statement in (*_TIMEOUTS, _ONE_AT_A_TIME):
            connection.execute(text(statement))
        connection.commit()
        run(connection)
    engine.dispose()


run_online()
