"""What Citus asks of a distributed table, read from the catalogue of plain Postgres; of each rule what breaks it."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import tuple_row

from embedded.postgres import DatabaseUrls
from models.placement import DISTRIBUTED

pytestmark = pytest.mark.one_node(reason="the rules are for tables before they are spread, which adds triggers")

# Each answers what breaks the rule, as the names of the table and of the thing; `%(distributed)s` are the tables.
RULES = {
    "keys and unique indexes begin with the tenant": """
        select i.indrelid::regclass::text, i.indexrelid::regclass::text from pg_index i
        left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
        where i.indisunique and i.indrelid::regclass::text = any (%(distributed)s)
          and a.attname is distinct from 'tenant_id'
    """,
    "no exclusion constraint without the tenant": """
        select conrelid::regclass::text, conname from pg_constraint
        where contype = 'x' and conrelid::regclass::text = any (%(distributed)s)
    """,
    "foreign keys begin with the tenant on both sides": """
        select conrelid::regclass::text, conname from pg_constraint
        join pg_attribute a on a.attrelid = conrelid and a.attnum = conkey[1]
        join pg_attribute b on b.attrelid = confrelid and b.attnum = confkey[1]
        where contype = 'f' and conrelid::regclass::text = any (%(distributed)s)
          and (a.attname, b.attname) <> ('tenant_id', 'tenant_id')
    """,
    "no foreign key between a distributed table and another": """
        select conrelid::regclass::text, conname from pg_constraint
        where contype = 'f'
          and (conrelid::regclass::text = any (%(distributed)s)) <> (confrelid::regclass::text = any (%(distributed)s))
    """,
    "no foreign key sets null or a default": """
        select conrelid::regclass::text, conname from pg_constraint
        where contype = 'f' and conrelid::regclass::text = any (%(distributed)s)
          and (confdeltype in ('n', 'd') or confupdtype in ('n', 'd'))
    """,
    # The tree of a policy's condition, as Postgres stores it: its text could hold the word in a name.
    "no sub-select in a policy": """
        select polrelid::regclass::text, polname from pg_policy
        where polrelid::regclass::text = any (%(distributed)s)
          and coalesce(polqual::text, '') || coalesce(polwithcheck::text, '') like '%%{SUBLINK%%'
    """,
    "no trigger": """
        select tgrelid::regclass::text, tgname from pg_trigger
        where not tgisinternal and tgrelid::regclass::text = any (%(distributed)s)
    """,
    "no identity and no sequence": """
        select a.attrelid::regclass::text, a.attname from pg_attribute a
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attnum > 0 and a.attrelid::regclass::text = any (%(distributed)s)
          and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like '%%nextval(%%')
    """,
    "no table inherits or is a partition": """
        select inhrelid::regclass::text, inhparent::regclass::text from pg_inherits
        where inhrelid::regclass::text = any (%(distributed)s)
    """,
}
NEW = "create table {name} (tenant_id uuid not null, id uuid not null, other uuid{more})"
# Of each rule: what is made beside the real tables, all of it in a transaction that is rolled back.
BREACHES = {
    "keys and unique indexes begin with the tenant": (
        NEW.format(name="bad", more=", primary key (id, tenant_id)"),
        NEW.format(name="bad", more=", unique (other)"),
        NEW.format(name="bad", more="") + "; create unique index on bad (id) where other is null",
        NEW.format(name="bad", more="") + "; create unique index on bad ((other is null), tenant_id)",
    ),
    "no exclusion constraint without the tenant": (NEW.format(name="bad", more=", exclude (other with =)"),),
    "foreign keys begin with the tenant on both sides": (
        NEW.format(name="bad", more=", foreign key (other, tenant_id) references ad_account (id, tenant_id)"),
        NEW.format(name="bad", more=", foreign key (other) references tenant (id)"),
    ),
    "no foreign key between a distributed table and another": (
        NEW.format(name="bad", more=", foreign key (tenant_id) references tenant (id)"),
        "alter table invitation add foreign key (tenant_id, id) references ad_account (tenant_id, id)",
    ),
    "no foreign key sets null or a default": (
        NEW.format(
            name="bad", more=", foreign key (tenant_id, other) references ad_account (tenant_id, id) on delete set null"
        ),
        NEW.format(
            name="bad",
            more=", foreign key (tenant_id, other) references ad_account (tenant_id, id) on delete set default",
        ),
    ),
    "no sub-select in a policy": (
        NEW.format(name="bad", more="")
        + "; create policy p on bad using (tenant_id = (select current_setting('app.tenant_id', true)::uuid))",
        NEW.format(name="bad", more="")
        + "; create policy p on bad for insert with check (exists (select from membership m where m.user_id = other))",
    ),
    "no trigger": (
        NEW.format(name="bad", more="")
        + "; create trigger t before update on bad for each row execute function suppress_redundant_updates_trigger()",
    ),
    "no identity and no sequence": (
        NEW.format(name="bad", more=", number bigint generated always as identity"),
        NEW.format(name="bad", more=", number bigserial"),
    ),
    "no table inherits or is a partition": (
        NEW.format(name="mother", more="") + "; create table bad () inherits (mother)",
    ),
}


@pytest.fixture
def catalogue(postgres: DatabaseUrls) -> Iterator[psycopg.Connection]:
    with psycopg.connect(postgres.migration, row_factory=tuple_row) as connection:
        yield connection
        connection.rollback()


def breaches(catalogue: psycopg.Connection, rule: str, *besides: str) -> list[tuple[Any, ...]]:
    return catalogue.execute(RULES[rule].encode(), {"distributed": [*DISTRIBUTED, *besides]}).fetchall()


@pytest.mark.parametrize("rule", RULES)
def test_distributed_tables_keep_to(catalogue: psycopg.Connection, rule: str) -> None:
    assert breaches(catalogue, rule) == []


@pytest.mark.parametrize(("rule", "made"), [(rule, made) for rule in RULES for made in BREACHES[rule]])
def test_what_breaks_a_rule_is_caught(catalogue: psycopg.Connection, rule: str, made: str) -> None:
    catalogue.execute(made.encode())
    assert {table for table, _ in breaches(catalogue, rule, "bad")} & {"bad", "invitation"}


def test_distributed_tables_are_under_forced_policies(catalogue: psycopg.Connection) -> None:
    query = "select relname from pg_class where relrowsecurity and relforcerowsecurity"
    assert set(DISTRIBUTED) <= {name for (name,) in catalogue.execute(query.encode())}
