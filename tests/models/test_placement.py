"""Every table is placed: its rows are spread over the nodes of a sharded database, or stay on the coordinator."""

import psycopg

from embedded.postgres import DatabaseUrls
from models.placement import DISTRIBUTED, ON_COORDINATOR
from models.tables import metadata

TABLES = "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"


def test_every_table_of_the_database_stands_in_exactly_one_kind(postgres: DatabaseUrls) -> None:
    with psycopg.connect(postgres.migration) as connection:
        there = sorted(name for (name,) in connection.execute(TABLES))
    assert sorted([*DISTRIBUTED, *ON_COORDINATOR]) == there


def test_what_is_distributed_has_a_tenant() -> None:
    tables = [metadata.tables[name] for name in DISTRIBUTED]
    assert all("tenant_id" in table.columns for table in tables)


def test_a_table_is_distributed_after_those_that_it_refers_to() -> None:
    """Keys to a table of the other kind are the catalogue's to find (`tests/migrations`)."""
    for place, name in enumerate(DISTRIBUTED):
        referred = {key.referred_table.name for key in metadata.tables[name].foreign_key_constraints}
        assert referred.isdisjoint(DISTRIBUTED[place:])
