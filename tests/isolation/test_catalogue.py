"""What Postgres itself says of our tables: policies, roles and keys, with no list of names to keep up."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import tuple_row

from embedded.postgres import DatabaseUrls
from migrations.roles import RUNTIME, SYSTEM

# Fewer than this and the checks below would be looking at nothing.
FEWEST_TENANT_TABLES = 15
OURS = (
    "c.relnamespace = 'public'::regnamespace and c.relname not like 'procrastinate%' and c.relname <> 'alembic_version'"
)


@pytest.fixture(scope="module")
def catalogue(postgres: DatabaseUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.migration, row_factory=tuple_row) as connection:
        yield connection


def rows(catalogue: psycopg.Connection, query: str) -> list[tuple[Any, ...]]:
    return catalogue.execute(query.encode()).fetchall()


def tenant_tables(catalogue: psycopg.Connection) -> set[str]:
    query = f"""
        select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
        where {OURS} and c.relkind in ('r', 'p') and a.attname = 'tenant_id' and not a.attisdropped
    """
    return {name for (name,) in rows(catalogue, query)}


def test_there_are_tenant_tables(catalogue: psycopg.Connection) -> None:
    assert len(tenant_tables(catalogue)) >= FEWEST_TENANT_TABLES


def test_every_tenant_table_is_under_forced_row_level_security(catalogue: psycopg.Connection) -> None:
    query = f"select c.relname from pg_class c where {OURS} and c.relrowsecurity and c.relforcerowsecurity"
    protected = {name for (name,) in rows(catalogue, query)}
    assert tenant_tables(catalogue) - protected == set()


def test_every_tenant_table_has_a_policy_with_both_clauses(catalogue: psycopg.Connection) -> None:
    query = """
        select tablename from pg_policies where cmd = 'ALL' and permissive = 'PERMISSIVE'
          and qual like '%app.%' and with_check like '%app.%'
    """
    assert tenant_tables(catalogue) - {name for (name,) in rows(catalogue, query)} == set()


def test_no_policy_has_a_switch_that_sql_could_set(catalogue: psycopg.Connection) -> None:
    query = "select coalesce(qual, '') || coalesce(with_check, '') from pg_policies"
    for (condition,) in rows(catalogue, query):
        settings = set(condition.split("current_setting('")[1:])
        assert {each.split("'")[0] for each in settings} <= {"app.tenant_id", "app.user_id"}
        assert condition != "true"


def test_the_roles_are_what_they_should_be(catalogue: psycopg.Connection) -> None:
    query = (
        "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles where rolname like 'adgraph%'"
    )
    found = {name: attributes for name, *attributes in rows(catalogue, query)}
    assert found[RUNTIME] == [False, False, False, False]
    assert found[SYSTEM] == [False, True, False, False]


def test_neither_role_owns_anything(catalogue: psycopg.Connection) -> None:
    query = f"""
        select c.relname from pg_class c join pg_roles r on r.oid = c.relowner
        where r.rolname in ('{RUNTIME}', '{SYSTEM}')
    """
    assert rows(catalogue, query) == []


def test_keys_of_tenant_tables_begin_with_the_tenant(catalogue: psycopg.Connection) -> None:
    query = """
        select conrelid::regclass::text, conname,
          (select attname from pg_attribute where attrelid = conrelid and attnum = conkey[1]) as first
        from pg_constraint where contype in ('p', 'u', 'f') and connamespace = 'public'::regnamespace
    """
    # A session is found by its person before its tenant is known; its key is a random id.
    mine = tenant_tables(catalogue) - {"auth_session"}
    assert [name for table, name, first in rows(catalogue, query) if table in mine and first != "tenant_id"] == []


def test_unique_indexes_of_tenant_tables_begin_with_the_tenant(catalogue: psycopg.Connection) -> None:
    query = """
        select i.indrelid::regclass::text, i.indexrelid::regclass::text, a.attname
        from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        join pg_class c on c.oid = i.indrelid where i.indisunique and c.relnamespace = 'public'::regnamespace
    """
    mine = tenant_tables(catalogue) - {"auth_session"}
    assert [name for table, name, first in rows(catalogue, query) if table in mine and first != "tenant_id"] == []


def test_foreign_keys_of_tenant_tables_lead_to_the_same_tenant(catalogue: psycopg.Connection) -> None:
    query = """
        select conrelid::regclass::text, conname, confrelid::regclass::text,
          (select attname from pg_attribute where attrelid = confrelid and attnum = confkey[1]) as first
        from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace
    """
    mine = tenant_tables(catalogue) - {"auth_session"}
    ends = {(name, target, first) for table, name, target, first in rows(catalogue, query) if table in mine}
    assert len(ends) >= FEWEST_TENANT_TABLES
    assert [name for name, target, first in ends if (target, first) != ("tenant", "id") and first != "tenant_id"] == []


def test_no_foreign_key_sets_null(catalogue: psycopg.Connection) -> None:
    query = """
        select conname from pg_constraint where contype = 'f' and conname not like 'procrastinate%'
          and (confdeltype in ('n', 'd') or confupdtype <> 'a')
    """
    assert rows(catalogue, query) == []


def test_there_are_no_triggers_and_no_views_of_the_owner(catalogue: psycopg.Connection) -> None:
    triggers = """
        select t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where not t.tgisinternal and c.relname not like 'procrastinate%'
    """
    views = f"""
        select c.relname from pg_class c where {OURS} and c.relkind in ('v', 'm')
          and not coalesce(c.reloptions::text like '%security_invoker=true%', false)
    """
    assert rows(catalogue, triggers) == []
    assert rows(catalogue, views) == []


def test_the_audit_log_can_only_grow(catalogue: psycopg.Connection) -> None:
    query = f"""
        select privilege_type from information_schema.role_table_grants
        where table_name = 'audit_log' and grantee = '{RUNTIME}'
    """
    assert {kind for (kind,) in rows(catalogue, query)} == {"INSERT", "SELECT"}


def test_the_system_role_changes_no_audit_entry(catalogue: psycopg.Connection) -> None:
    """It deletes old ones."""
    query = f"""
        select privilege_type from information_schema.role_table_grants
        where table_name = 'audit_log' and grantee = '{SYSTEM}'
    """
    assert {kind for (kind,) in rows(catalogue, query)} == {"INSERT", "SELECT", "DELETE"}


def test_the_system_role_is_not_granted_what_it_does_not_need(catalogue: psycopg.Connection) -> None:
    query = f"select table_name from information_schema.role_table_grants where grantee = '{SYSTEM}'"
    granted = {name for (name,) in rows(catalogue, query)}
    assert {"refresh_job"} <= granted
    assert granted.isdisjoint({"insight", "campaign", "ad_set", "ad", "creative"})


def test_no_role_but_the_owner_changes_who_is_staff(catalogue: psycopg.Connection) -> None:
    query = """
        select grantee from information_schema.column_privileges
        where table_name = 'user_account' and column_name = 'is_staff' and privilege_type in ('INSERT', 'UPDATE')
    """
    owner = catalogue.execute("select tableowner from pg_tables where tablename = 'user_account'").fetchone()
    assert {grantee for (grantee,) in rows(catalogue, query)} == {*(owner or ())}


# What the runtime role may do with tables of people and secrets, column by column: "*" is all of them.
SENSITIVE: dict[str, dict[str, set[str]]] = {
    "user_account": {
        "SELECT": {"*"},
        "INSERT": {"id", "email", "email_verified_at", "name", "token_version", "created_at"},
        "UPDATE": {"email", "email_verified_at", "name", "token_version", "disabled_at", "deleted_at"},
    },
    "user_password": {"SELECT": {"user_id"}, "INSERT": {"*"}, "UPDATE": {"hash"}, "DELETE": {"*"}},
    "refresh_token": {"SELECT": {"*"}, "INSERT": {"*"}, "UPDATE": {"*"}, "DELETE": {"*"}},
    "one_time_token": {"SELECT": {"*"}, "INSERT": {"*"}, "UPDATE": {"*"}},
    "api_key_secret": {"SELECT": {"*"}, "INSERT": {"*"}},
    "relay_secret": {"SELECT": {"*"}, "INSERT": {"*"}, "DELETE": {"*"}},
    "sealed_value": {},
    "outgoing_mail": {"SELECT": {"*"}, "INSERT": {"*"}, "DELETE": {"*"}},
}


@pytest.mark.parametrize("table", SENSITIVE)
def test_the_runtime_role_may_do_with_secrets_exactly_this(catalogue: psycopg.Connection, table: str) -> None:
    found: dict[str, set[str]] = {}
    of_columns = f"""
        select privilege_type, column_name from information_schema.column_privileges
        where table_name = '{table}' and grantee = '{RUNTIME}'
    """
    of_tables = f"""
        select privilege_type, '*' from information_schema.role_table_grants
        where table_name = '{table}' and grantee = '{RUNTIME}'
    """
    for kind, name in rows(catalogue, of_columns + " union " + of_tables):
        found.setdefault(kind, set()).add(name)
    whole = {kind: {"*"} if "*" in names else names for kind, names in found.items()}
    assert whole == SENSITIVE[table]


def test_functions_with_the_owners_rights_are_these_and_nobody_elses(catalogue: psycopg.Connection) -> None:
    """Their search path is fixed, with the temporary schema last, and only the runtime role may call them."""
    query = f"""
        select p.proname, array_to_string(p.proconfig, ' '), has_function_privilege('{RUNTIME}', p.oid, 'execute'),
          array(select grantee::regrole::text from aclexplode(p.proacl) where grantee <> p.proowner), p.proacl is null
        from pg_proc p where p.prosecdef and p.pronamespace = 'public'::regnamespace
    """
    found = {name: rest for name, *rest in rows(catalogue, query)}
    ours = ("password_recipe", "is_password", "stage_insights", "stage_breakdowns", "stage_tags")
    assert found == {name: ["search_path=pg_catalog, pg_temp", True, [RUNTIME], False] for name in ours}


def test_nobody_but_the_owner_makes_temporary_tables(catalogue: psycopg.Connection) -> None:
    query = """
        select grantee::regrole::text from pg_database, aclexplode(datacl)
        where datname = current_database() and privilege_type = 'TEMPORARY' and grantee <> datdba
    """
    assert {name for (name,) in rows(catalogue, query)} <= {"postgres"}
