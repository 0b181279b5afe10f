"""The stand-in of Citus refuses what a cluster refused: else `db distribute` would pass here and fail there."""

import psycopg
import pytest

from models.placement import DISTRIBUTED
from tests.worlds.shards import Spread

pytestmark = pytest.mark.one_node(reason="The stand-in of Citus cannot be where Citus is.")

NEW = "create table bad (tenant_id uuid not null, id uuid not null, other uuid{more})"
MOVE = "select create_distributed_table('bad', 'tenant_id', colocate_with => 'none')"


def refused(there: Spread, *statements: str) -> str:
    """What the owner is told by the last of the statements, in one transaction."""
    with psycopg.connect(there.url) as connection:
        connection.execute("set search_path = public, citus_stand_in")
        for statement in statements[:-1]:
            connection.execute(statement.encode())
        with pytest.raises(psycopg.Error) as error:
            connection.execute(statements[-1].encode())
    return f"{error.value.diag.message_primary} {error.value.diag.message_detail}"


def unkeyed(there: Spread) -> list[str]:
    """Statements that end every foreign key."""
    return [f"alter table {table} drop constraint {name}" for name, table, *_ in there.rows(OURS)]


OURS = """
    select conname, conrelid::regclass::text from pg_constraint
    where contype = 'f' and connamespace = 'public'::regnamespace and conrelid::regclass::text not like 'procrastinate%'
"""


def move(table: str, near: str = "none") -> str:
    return f"select create_distributed_table('{table}', 'tenant_id', colocate_with => '{near}')"


def test_rows_under_forced_policies_are_not_copied(there: Spread) -> None:
    assert "COPY FROM not supported" in refused(there, *unkeyed(there), move("insight"))


def test_a_table_that_is_referred_to_is_not_taken(there: Spread) -> None:
    assert "foreign key" in refused(there, "alter table access_grant no force row level security", move("access_grant"))


def test_a_table_that_refers_to_another_kind_is_not_taken(there: Spread) -> None:
    made = NEW.format(more=", foreign key (tenant_id) references tenant (id)")
    assert "must be a distributed table" in refused(there, made, MOVE)


@pytest.mark.parametrize(
    ("more", "then", "said"),
    [
        (", primary key (id)", "select", "cannot create constraint"),
        (
            "",
            "create policy p on bad using (tenant_id = (select current_setting('app.tenant_id')::uuid))",
            "cannot create policy",
        ),
        (
            "",
            "create trigger t before update on bad for each row execute function suppress_redundant_updates_trigger()",
            "triggers",
        ),
    ],
)
def test_a_bad_table_is_not_taken_and_a_good_one_does_not_turn_bad(
    there: Spread, more: str, then: str, said: str
) -> None:
    assert said in refused(there, NEW.format(more=more), then, MOVE)
    if not more:
        assert said in refused(there, NEW.format(more=""), MOVE, then)


def test_keys_lead_from_and_to_distributed_tables_alone(there: Spread) -> None:
    distributed = [*unkeyed(there), "alter table access_grant no force row level security", move("access_grant")]
    to_it = (
        "alter table invitation add constraint k foreign key (tenant_id, id) references access_grant (tenant_id, id)"
    )
    from_it = "alter table access_grant add constraint k foreign key (tenant_id) references tenant (id)"
    assert "failed to postpone qual" in refused(there, "truncate invitation", *distributed, to_it)
    tenants_seen = "alter table tenant no force row level security"
    assert "must be a distributed table" in refused(there, *distributed, tenants_seen, from_it)


def test_only_what_is_distributed_is_emptied(there: Spread) -> None:
    emptied = "select truncate_local_data_after_distributing_table('bad')"
    assert "not a distributed relation" in refused(there, NEW.format(more=""), emptied)
    assert "already distributed" in refused(there, NEW.format(more=""), MOVE, MOVE)
    assert "is not distributed" in refused(there, NEW.format(more=""), move("bad", near=DISTRIBUTED[0]))
