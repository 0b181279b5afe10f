"""The migrations and the models say the same, and every way between the revisions works."""

from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from embedded.postgres import DatabaseUrls
from migrations.run import check, current, downgrade, head, history, upgrade
from models.tables import metadata


def test_each_revision_has_the_next_number_and_its_file_begins_with_it() -> None:
    """A server compares numbers to tell an older database from a newer one."""
    script = ScriptDirectory(str(Path(__file__).parents[2] / "migrations"))
    chain = [*script.walk_revisions()][::-1]
    assert [each.revision for each in chain] == [f"{number:04}" for number in range(1, len(chain) + 1)]
    assert all(Path(each.path).name.startswith(f"{each.revision}_") for each in chain)


def tables(url: str) -> set[str]:
    query = "select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'"
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute(query.encode())}


def test_the_models_and_the_migrations_agree(postgres: DatabaseUrls) -> None:
    check(postgres.migration)


def described(url: str) -> set[tuple[str, ...]]:
    """Constraints and indexes of our tables in Postgres' own words."""
    query = """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace and contype <> 'n' and conrelid <> 0
        union all
        select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'
    """
    with psycopg.connect(url) as connection:
        found = connection.execute(query.encode()).fetchall()
    return {row for row in found if not row[0].startswith(("procrastinate", "alembic"))}


def test_checks_keys_and_indexes_are_those_of_the_models(postgres: DatabaseUrls, empty: str) -> None:
    """Alembic compares no CHECK: a new member of an enum would pass unseen."""
    with psycopg.connect(postgres.migration) as migrated, psycopg.connect(empty) as connection:
        # The migrations' own, as policies are.
        [function] = migrated.execute("select pg_get_functiondef('name_key'::regproc)").fetchone() or []
        connection.execute(function)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(empty), poolclass=NullPool)
    metadata.create_all(engine)
    assert len(described(empty)) > 100
    assert described(postgres.migration) ^ described(empty) == set()


def test_a_difference_between_them_is_found(empty: str) -> None:
    upgrade(empty)
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute("alter table campaign drop column objective")
    with pytest.raises(CommandError, match="objective"):
        check(empty)


def test_all_the_way_up_down_and_up_again(empty: str) -> None:
    assert current(empty) is None
    upgrade(empty)
    whole = tables(empty)
    assert "insight" in whole
    assert current(empty) == head()
    downgrade(empty, "base")
    assert tables(empty) == set()
    upgrade(empty)
    assert tables(empty) == whole


def test_names_that_are_stored_already_get_their_keys(empty: str) -> None:
    upgrade(empty, "0034")
    with psycopg.connect(empty) as connection:
        account_of_nobody(connection)
    upgrade(empty)
    with psycopg.connect(empty) as connection:
        assert connection.execute("select name_key from ad_account").fetchall() == [("eclair",)]


def account_of_nobody(connection: psycopg.Connection) -> tuple[UUID, UUID]:
    """A tenant and its account, which the owner writes for a tenant that no policy lets in."""
    tenant, account = uuid4(), uuid4()
    for table in ("tenant", "ad_account"):
        connection.execute(sql.SQL("alter table {} no force row level security").format(sql.Identifier(table)))
    connection.execute(
        "insert into tenant (id, name, slug, currency, time_zone, created_at)"
        " values (%s, 'Team', %s, 'EUR', 'UTC', now())",
        (tenant, str(tenant)),
    )
    connection.execute(
        "insert into ad_account (tenant_id, id, platform, external_id, name, currency, time_zone, status,"
        " data_version, lookback_days, created_at)"
        " values (%s, %s, 'META', 'act_1', '\u00c9clair', 'EUR', 'UTC', 'ACTIVE', 0, 28, now())",
        (tenant, account),
    )
    return tenant, account


PARTS = (("AGE,GENDER", "2026-11-03", 2), ("AGE,GENDER", "2026-11-05", 1), ("COUNTRY", "2026-11-03", 3))
READ_AT = "2026-11-20T10:00:00+00:00"


def store_parts(connection: psycopg.Connection, tenant: UUID, account: UUID) -> None:
    """Some parts, and the refresh by which those of one day were stored."""
    for table in ("insight_breakdown", "refresh_job", "refresh_slice"):
        connection.execute(sql.SQL("alter table {} no force row level security").format(sql.Identifier(table)))
    job = uuid4()
    connection.execute(
        "insert into refresh_job (tenant_id, id, ad_account_id, status, trigger, requested_by_kind, range_start,"
        " range_end, breakdowns, progress, days_total, days_done, rows_fetched, rows_stored, rows_removed, api_calls,"
        " attempt, gaps, warnings, queued_at, version, outages)"
        " values (%s, %s, %s, 'SUCCEEDED', 'SCHEDULED', 'SCHEDULE', '2026-11-01', '2026-11-04', '{AGE,GENDER}', 1,"
        " 4, 4, 0, 0, 0, 0, 1, '[]', '{}', now(), 1, 0)",
        (tenant, job, account),
    )
    connection.execute(
        "insert into refresh_slice (tenant_id, refresh_job_id, start_on, end_on, rows_fetched, rows_stored,"
        " rows_removed, api_calls, completed_at) values (%s, %s, '2026-11-01', '2026-11-04', 0, 0, 0, 0, %s)",
        (tenant, job, READ_AT),
    )
    for breakdown_set, day, count in PARTS:
        for _ in range(count):
            connection.execute(
                "insert into insight_breakdown (tenant_id, ad_account_id, day, breakdown_set, ad_id, first_value,"
                " second_value, ad_set_id, campaign_id, currency, impressions)"
                " values (%s, %s, %s, %s, %s, 'a', '', %s, %s, 'EUR', 5)",
                (tenant, account, day, breakdown_set, uuid4(), uuid4(), uuid4()),
            )


def test_stored_parts_get_their_days_and_sums(empty: str) -> None:
    upgrade(empty, "0040")
    with psycopg.connect(empty) as connection:
        pairs = [account_of_nobody(connection) for _ in range(2)]
        for tenant, account in pairs:
            store_parts(connection, tenant, account)
        for table in ("tenant", "ad_account", "insight_breakdown", "refresh_job", "refresh_slice"):
            connection.execute(sql.SQL("alter table {} force row level security").format(sql.Identifier(table)))
    upgrade(empty)
    with psycopg.connect(empty) as connection:
        forced = connection.execute("select relname from pg_class where relrowsecurity and not relforcerowsecurity")
        assert forced.fetchall() == []
        for table in ("breakdown_day", "insight_breakdown_account_day"):
            connection.execute(sql.SQL("alter table {} no force row level security").format(sql.Identifier(table)))
        sums = connection.execute(
            "select tenant_id, ad_account_id, breakdown_set, day::text, first_value, impressions, spend, leads"
            " from insight_breakdown_account_day"
        ).fetchall()
        found = connection.execute(
            "select tenant_id, ad_account_id, breakdown_set, day::text, rows, status, gap_kind,"
            " refreshed_at at time zone 'UTC' from breakdown_day"
        ).fetchall()
    read_at = datetime.fromisoformat(READ_AT).replace(tzinfo=None)
    expected = {
        (*pair, name, day, count, "PROVISIONAL", None, read_at if count == 2 else datetime.fromisoformat(day))
        for pair in pairs
        for name, day, count in PARTS
    }
    assert {*found} == expected
    assert {*sums} == {(*pair, name, day, "a", 5 * count, None, None) for pair in pairs for name, day, count in PARTS}


SUB_SELECTS = """
    select tablename from pg_policies
    where coalesce(qual, '') || coalesce(with_check, '') ilike '%select%' and policyname <> 'tenant_readable'
"""


def test_policies_lose_their_sub_selects(empty: str) -> None:
    """Written before 0039, when `policies.py` had another form."""
    upgrade(empty, "0038")
    old = "tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid)"
    with psycopg.connect(empty) as connection:
        tables = connection.execute(
            "select tablename from pg_policies where cmd = 'ALL' and qual like '(tenant_id =%'"
        ).fetchall()
        for (table,) in tables:
            change = "alter policy {policy} on {table} using ({old}) with check ({old})"
            names = {"policy": sql.Identifier(f"{table}_isolation"), "table": sql.Identifier(table)}
            connection.execute(sql.SQL(change).format(old=sql.SQL(old), **names))
        assert len(connection.execute(SUB_SELECTS).fetchall()) == len(tables) == 26
    upgrade(empty)
    with psycopg.connect(empty) as connection:
        assert connection.execute(SUB_SELECTS).fetchall() == []


def test_keys_to_tenants_come_back_without_rows_of_nobody(empty: str) -> None:
    upgrade(empty)
    with psycopg.connect(empty) as connection:
        connection.execute("alter table idempotency_key no force row level security")
        connection.execute(
            "insert into idempotency_key (tenant_id, key, operation, input_hash, created_at)"
            " values (%s, 'key', 'operation', '', now())",
            (uuid4(),),
        )
        connection.execute("alter table idempotency_key force row level security")
    downgrade(empty, "0038")
    with psycopg.connect(empty) as connection:
        forced = connection.execute("select relname from pg_class where relrowsecurity and not relforcerowsecurity")
        assert forced.fetchall() == []
        keys = connection.execute("select conname from pg_constraint where confrelid = 'tenant'::regclass")
        assert {"fk_idempotency_key_tenant_id", "fk_ad_account_tenant_id", "fk_access_grant_tenant_id"} <= {
            name for (name,) in keys
        }
        connection.execute("alter table idempotency_key no force row level security")
        assert connection.execute("select count(*) from idempotency_key").fetchone() == (0,)


def test_an_upgrade_can_be_repeated(empty: str) -> None:
    upgrade(empty)
    upgrade(empty)
    assert all(revision.is_applied for revision in history(empty))


def test_every_revision_says_what_it_does(postgres: DatabaseUrls) -> None:
    revisions = history(postgres.migration)
    assert len(revisions) >= 9
    assert all(len(revision.message) > 10 for revision in revisions)
