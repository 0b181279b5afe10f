"""The three database roles and what each is; what each may touch is granted by the revisions.

The owner (any name) migrates. The runtime role serves requests and jobs and is bound by the policies. The system role
bypasses them and is granted only what webhooks, schedules, rescue and administration need.
"""

from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

OWNER = "adgraph_owner"
RUNTIME = "adgraph_runtime"
SYSTEM = "adgraph_system"

_ROLE_SETTINGS = {
    # Planning with JIT costs more than it saves on queries of milliseconds (docs/benchmarks.md).
    "jit": "off",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
}

# Nodes of Citus hear of a tenant by `SET LOCAL`, if the role passes such settings on.
PROPAGATED_SETTING = ("citus.propagate_set_commands", "local")


class RoleError(ValueError):
    """A URL names another role than the grants do; the message says which."""


def create_database(admin_url: str, name: str) -> None:
    """Makes the owner's login role and an empty database that it owns, unless they exist."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        if not _exists(connection, "select 1 from pg_roles where rolname = %s", OWNER):
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(OWNER)))
        if not _exists(connection, "select 1 from pg_database where datname = %s", name):
            statement = sql.SQL("create database {} owner {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER)))


def create_roles(admin_url: str, *, runtime_url: str, system_url: str) -> None:
    """Makes the runtime and the system role, with the passwords of their URLs; nobody but the owner makes tables.

    Can be repeated. `admin_url` is a superuser's, or a role's that may create roles and give BYPASSRLS.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        _ensure_role(connection, RUNTIME, runtime_url, bypass=False)
        _ensure_role(connection, SYSTEM, system_url, bypass=True)
        connection.execute("revoke create on schema public from public")
        _keep_temporary_tables_to_the_owner(connection)
        for role in (RUNTIME, SYSTEM):
            connection.execute(sql.SQL("grant usage on schema public to {}").format(sql.Identifier(role)))


def _keep_temporary_tables_to_the_owner(connection: psycopg.Connection) -> None:
    """Of the database, not of its tables: a copy or a restored dump begins with Postgres' own grants again."""
    row = connection.execute(
        "select datname, pg_get_userbyid(datdba) from pg_database where datname = current_database()"
    ).fetchone()
    assert row is not None
    database, owner = map(sql.Identifier, row)
    connection.execute(sql.SQL("grant temporary on database {} to {}, current_user").format(database, owner))
    roles = sql.SQL("public, {}, {}").format(sql.Identifier(RUNTIME), sql.Identifier(SYSTEM))
    connection.execute(sql.SQL("revoke temporary on database {} from {}").format(database, roles))


def _ensure_role(connection: psycopg.Connection, role: str, url: str, *, bypass: bool) -> None:
    parts = urlsplit(url)
    if parts.username != role:
        raise RoleError(f"The URL must sign in as {role}, not as {parts.username!r}.")
    name = sql.Identifier(role)
    if not _exists(connection, "select 1 from pg_roles where rolname = %s", role):
        connection.execute(sql.SQL("create role {} login").format(name))
    attributes = "nosuperuser nocreatedb nocreaterole noreplication " + ("bypassrls" if bypass else "nobypassrls")
    if not _has_attributes(connection, role, bypass=bypass):
        connection.execute(sql.SQL("alter role {} {}").format(name, sql.SQL(attributes)))
    if parts.password is not None:
        password = sql.Literal(unquote(parts.password))
        connection.execute(sql.SQL("alter role {} password {}").format(name, password))
    is_on_citus = _exists(connection, "select 1 from pg_extension where extname = %s", "citus")
    settings = {**_ROLE_SETTINGS, **dict([PROPAGATED_SETTING] if is_on_citus else [])}
    for setting, value in settings.items():
        statement = sql.SQL("alter role {} set {} = {}")
        connection.execute(statement.format(name, sql.Identifier(setting), sql.Literal(value)))


def _has_attributes(connection: psycopg.Connection, role: str, *, bypass: bool) -> bool:
    query = "select rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls from pg_roles"
    found = connection.execute(query.encode() + b" where rolname = %s", [role]).fetchone()
    return found == (True, False, False, False, False, bypass)


def _exists(connection: psycopg.Connection, query: str, value: str) -> bool:
    return connection.execute(query.encode(), [value]).fetchone() is not None
