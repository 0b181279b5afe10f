"""Each rule finds the statements that a sharded database refuses, and lets those pass that say the same for it."""

from collections.abc import Iterator

import pytest

from embedded.postgres import DatabaseUrls
from tests.statements.plan import conjuncts
from tests.statements.reader import Reader, unbound
from tests.statements.rules import Rule

BREAKING = {
    Rule.READS_ALL: """
        select id from campaign where id = $1::uuid;
        select id from campaign where tenant_id = $1 or id = $2;
        select id from campaign where tenant_id = any($1::uuid[]);
        select a.id from ad a left join campaign c on c.id = a.campaign_id where a.tenant_id = $1;
        select a.id from ad a join campaign c using (tenant_id) where a.id = $1::uuid;
        select id from ad where tenant_id = $1 and creative_id in (select id from creative);
        with c as materialized (select id from campaign) select id from c;
        select id from ad where tenant_id = (select tenant_id from api_key where id = $1);
        select a.id from ad a
        where not exists (select from campaign c where a.tenant_id = $1 and c.tenant_id = $1 and c.id = a.campaign_id);
        select c.id from unnest($1::uuid[]) as given (id)
        join lateral (select id from campaign where ad_account_id = given.id order by name_key limit 3) c on true
    """,
    Rule.LOCKS_ALL: """
        select id from refresh_job where id = $1::uuid for update;
        select id from refresh_job order by id limit 1 for no key update skip locked
    """,
    Rule.CHANGES_ALL: """
        update refresh_job set outages = 0 where id = $1::uuid;
        delete from audit_log where ctid = any(array(select ctid from audit_log where tenant_id = $1))
    """,
    Rule.MEETING: """
        select a.id from ad a join membership m on m.tenant_id = a.tenant_id where a.tenant_id = $1;
        select id from refresh_job j where tenant_id = $1
          and not exists (select from procrastinate_jobs q where q.args ->> 'job_id' = j.id::text);
        select t.id, (select count(*) from ad_account a where a.tenant_id = t.id and a.tenant_id = $1) from tenant t;
        update ad_account a set frozen_at = now() from tenant t where a.tenant_id = $1 and t.id = a.tenant_id
    """,
    Rule.INSERT_SELECT: """
        insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
        select $1, $2, day, 'GAP', 0, $3 from unnest($4::date[]) d (day);

        insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
        select $1, $2, day::date, 'GAP', 0, now() from generate_series($3::date, $4::date, '1 day') d (day);

        insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
        select $1, $2, day, 'GAP', 0, now() from insight_stage;

        -- the tenant's own rows, but the tenant is a parameter
        insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
        select $1, $2, day, 'GAP', 0, now() from insight where tenant_id = $1;

        with own as materialized (select tenant_id, ad_account_id from insight where tenant_id = $1)
        insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
        select own.*, given.day, 'GAP', 0, now() from own, unnest($2::date[]) given (day)
    """,
    Rule.CHANGING_WITH: """
        with gone as (delete from ad where tenant_id = $1 returning campaign_id)
        select id from campaign where tenant_id = $1 and id in (select campaign_id from gone)
    """,
    Rule.ROW_IN: """
        delete from unique_insight where tenant_id = $1
          and (level, entity_id) in (select level, entity_id from unique_period where tenant_id = $1);
        delete from unique_insight where tenant_id = $1
          and (lower(level), period_start) not in (select level, period_start from unique_period where tenant_id = $1);
        delete from unique_insight where tenant_id = $1
          and (level, period_start) = any (select level, period_start from unique_period where tenant_id = $1)
    """,
    Rule.CONFLICT_SET: """
        insert into ad_account (tenant_id, id) values ($1, $2)
        on conflict (tenant_id, id) do update set disconnected_at = now();

        insert into ad_account (tenant_id, id) values ($1, $2)
        on conflict (tenant_id, id) do update set disconnected_at = current_timestamp returning id;

        insert into insight_day (tenant_id, ad_account_id, day) values ($1, $2, $3)
        on conflict (tenant_id, ad_account_id, day) do update set refreshed_at = date_trunc('month', excluded.day)
    """,
    Rule.STABLE_CHANGE: """
        delete from insight_day where tenant_id = $1 and date_trunc('month', day) = $2::timestamptz;
        delete from insight_day where tenant_id = $1 and refreshed_at::date = $2::date;
        update ad_account set name = to_char(disconnected_at, 'YYYY') where tenant_id = $1;
        update ad_account set name = disconnected_at::text where tenant_id = $1;
        delete from insight_day where tenant_id = $1 and refreshed_at + interval '1 day' < $2
    """,
    Rule.COPY: "copy insight",
    Rule.NOT_PLANNED: "select column_of_none from campaign where tenant_id = $1",
}

KEEPING = """
    select id from campaign where tenant_id = $1 and id = $2;
    select id from campaign where ((tenant_id = $1) and (id = $2 or id = $3)) and name like '(and)';

    -- Postgres derives the tenant of the other table
    select a.id from ad a join campaign c using (tenant_id) where a.tenant_id = $1;
    select a.id from ad a left join campaign c on c.tenant_id = a.tenant_id and c.id = a.campaign_id
    where a.tenant_id = $1;
    select a.id from ad a where a.tenant_id = $1
      and not exists (select from campaign c where c.tenant_id = a.tenant_id and c.id = a.campaign_id);
    select id, (select count(*) from ad a where a.tenant_id = c.tenant_id and a.campaign_id = c.id)
    from campaign c where tenant_id = '018f0000-0000-7000-8000-000000000000';
    select c.id from unnest($1::uuid[]) as given (id) join lateral (
      select id from campaign where tenant_id = $2 and ad_account_id = given.id order by name_key limit 3
    ) c on true;

    select id from refresh_job where tenant_id = $1 and id = $2 for update;
    delete from audit_log where tenant_id = $1 and ctid = any(array(select ctid from audit_log where tenant_id = $1));
    update refresh_job set heartbeat_at = now() where tenant_id = $1;
    delete from insight_day where tenant_id = $1 and refreshed_at < now() - interval '1 day';

    -- tables of the coordinator among themselves
    select m.user_id from membership m join user_account u on u.id = m.user_id for update;
    with gone as (delete from refresh_token returning user_id)
    select id from user_account where id in (select user_id from gone);

    delete from refresh_token where (session_id, user_id) in (select id, user_id from auth_session);
    insert into usage_counter (tenant_id, quota, day) values ($1, $2, $3)
    on conflict (tenant_id, quota, day) do update set day = current_date;

    -- read once, whatever the other kind holds
    with t as materialized (select id from tenant)
    select a.id from ad a where tenant_id = $1 and id in (select id from t);
    select id from ad where tenant_id = $1 and id = any(array(select user_id from membership));

    insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
    values ($1, $2, $3, 'GAP', 0, now());

    insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
    values ($1, $2, $3, 'GAP', 0, now()), ($1, $2, $4, 'GAP', 0, now());

    insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
    select $1, $2, day, 'GAP', 0, $3 from unnest($4::date[]) d (day) returning 1;

    insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
    select $1, $2, day, 'GAP', 0, $3 from unnest($4::date[]) d (day)
    on conflict (tenant_id, ad_account_id, day) do update set status = excluded.status;

    insert into insight_day (tenant_id, ad_account_id, day, status, rows, refreshed_at)
    select tenant_id, ad_account_id, day, 'GAP', 0, now() from insight where tenant_id = $1;

    -- what a WITH changed is only counted beside staged rows
    with gone as (delete from insight where tenant_id = $1 returning day, ad_id)
    select count(*) from gone left join insight_stage using (day, ad_id);

    delete from unique_insight u where tenant_id = $1
      and exists (select from unique_period p where p.tenant_id = $1 and p.level = u.level);
    select id from ad where tenant_id = $1 and (id, name) in (select id, name from campaign where tenant_id = $1);

    insert into ad_account (tenant_id, id) values ($1, $2)
    on conflict (tenant_id, id) do update set disconnected_at = excluded.disconnected_at, name = lower(excluded.name);

    delete from insight_day where tenant_id = $1 and date_trunc('month', day::timestamp) = $2::timestamp;
    update ad_account set name = to_char($2::timestamptz, 'YYYY') where tenant_id = $1;
    copy insight_stage
"""


def statements(block: str) -> list[str]:
    return [text.strip() for text in block.split(";")]


@pytest.fixture(scope="module")
def reader(postgres: DatabaseUrls) -> Iterator[Reader]:
    with unbound(postgres.migration) as connection:
        yield Reader(connection)


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule in BREAKING for text in statements(BREAKING[rule])])
def test_a_statement_breaks_its_rule_alone(reader: Reader, rule: Rule, text: str) -> None:
    assert reader.rules_broken(text) == {rule}


@pytest.mark.parametrize("text", statements(KEEPING))
def test_a_statement_keeps_to_every_rule(reader: Reader, text: str) -> None:
    assert reader.rules_broken(text) == set()


def test_every_rule_has_a_statement_that_breaks_it() -> None:
    assert set(BREAKING) == set(Rule)


def test_a_plan_with_bitmaps_is_read_as_well(reader: Reader) -> None:
    """Which scan Postgres takes depends on what other tests have stored."""
    with reader.connection.transaction(force_rollback=True):
        for scan in ("seqscan", "indexscan", "indexonlyscan"):
            reader.connection.execute(f"set local enable_{scan} = off".encode())
        for text in statements(KEEPING):
            assert reader.rules_broken(text) == set(), text
        for rule, block in BREAKING.items():
            assert [text for text in statements(block) if reader.rules_broken(text) != {rule}] == []


def test_what_all_sides_of_an_or_ask_for_holds() -> None:
    """Postgres makes such a bitmap of `tenant_id = $1 and (id = $2 or name = $3)` where the table is large enough."""
    one = "((ad.tenant_id = $1) AND (ad.id = $2)) OR ((ad.tenant_id = $1) AND (ad.name = $3))"
    assert conjuncts(f"({one}) AND (ad.status = $4)") == [one, "ad.tenant_id = $1", "ad.status = $4"]
    assert conjuncts("(ad.tenant_id = $1) OR (ad.id = $2)") == ["(ad.tenant_id = $1) OR (ad.id = $2)"]
