"""What the runtime role may not do even with SQL of its own: read a password's hash, make staff, delete a person."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from models.database import Database
from services.toolbox import Toolbox
from tests.worlds.sign_in import PASSWORD, sign_in_world

NEW_PERSON = """
    insert into user_account (id, name, token_version, created_at, {column})
    values (gen_random_uuid(), 'x', 0, now(), {value})
"""
RAISED_IN_PLACE = """
    insert into user_password (user_id, hash) select user_id, 'x' from user_password
    on conflict (user_id) do update set hash = user_password.hash || 'x'
"""
NEW_FUNCTION = """
    create or replace function password_recipe(person uuid) returns text language sql
    as 'select hash from user_password where user_id = person'
"""


@pytest.mark.parametrize(
    "statement",
    [
        "update user_account set is_staff = true",
        "select name from sealed_value",
        "insert into sealed_value values ('a', 'b', now())",
        "update user_account set is_staff = false",
        "update user_account set id = id",
        "update user_account set created_at = now()",
        "delete from user_account",
        "create temporary table mine ()",
        "create table pg_temp.mine ()",
        "create table mine ()",
        "create table public.mine ()",
        "select 1 as one into temporary mine",
        NEW_PERSON.format(column="is_staff", value="true"),
        NEW_PERSON.format(column="deleted_at", value="now()"),
    ],
)
async def test_the_runtime_role_is_refused(db: Database, statement: str) -> None:
    await refused(db, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "select hash from user_password",
        "select * from user_password",
        "select user_password from user_password",
        "select user_password::text from user_password",
        "copy user_password to stdout",
        "select count(*) from user_password where hash like '$argon2id$v=19$m=8,t=1,p=1$a%'",
        "select user_id from user_password order by hash",
        "select max(length(hash)) from user_password",
        "update user_password set hash = hash returning user_id",
        "update user_password set user_id = user_id",
        "delete from user_password returning hash",
        "delete from user_password where hash > 'a'",
        RAISED_IN_PLACE,
        "update user_account set name = hash from user_password where user_id = id",
        "create index on user_password (hash)",
        NEW_FUNCTION,
    ],
)
async def test_no_statement_of_the_runtime_role_reads_a_hash(db: Database, statement: str) -> None:
    await refused(db, statement)


async def test_what_is_told_of_all_hashes_holds_none(tools: Toolbox) -> None:
    world = sign_in_world(tools)
    person_id = (await world.person()).viewer.responsible_id
    [candidate] = {await world.tools.credentials.passwords.hash_again(PASSWORD, await world.recipe(person_id))}
    async with world.db.read(None) as session:
        query = text("select password_recipe(user_id) from user_password")
        recipes = (await (await session.connection()).execute(query)).scalars().all()
    assert any(candidate.startswith(recipe) for recipe in recipes)
    assert {recipe.rpartition("$")[2] for recipe in recipes} == {""}
    world.tools.credentials.passwords.close()


async def refused(db: Database, *statements: str) -> None:
    """The last of them."""
    async with db.write(None) as session:
        connection = await session.connection()
        for each in statements[:-1]:
            await connection.execute(text(each))
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            await connection.execute(text(statements[-1]))
        await session.rollback()


STAGES = pytest.mark.parametrize(
    ("function", "table"),
    [("stage_insights", "insight_stage"), ("stage_breakdowns", "breakdown_stage"), ("stage_tags", "tag_stage")],
)


@STAGES
@pytest.mark.parametrize(
    "statement", ["alter table {} add column x int", "drop table {}", "truncate {}", "delete from {}"]
)
async def test_a_staging_table_is_the_owners(db: Database, function: str, table: str, statement: str) -> None:
    await refused(db, f"select {function}()", statement.format(table))


@STAGES
async def test_a_staging_table_that_is_made_again_is_empty(db: Database, function: str, table: str) -> None:
    async with db.write(None) as session:
        connection = await session.connection()
        for _ in range(2):
            await connection.execute(text(f"select {function}()"))
            assert (await connection.execute(text(f"select * from {table}"))).all() == []
            await connection.execute(text(f"insert into {table} default values"))
