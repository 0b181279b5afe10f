"""Databases of their own with the stand-in of Citus, for what distributes tables."""

from dataclasses import dataclass
from typing import Any

import psycopg
from cryptography.fernet import Fernet
from psycopg import sql

from auth.token_cipher import TokenCipher
from embedded.postgres import DatabaseUrls
from models.database import Database
from models.placement import DISTRIBUTED
from tests.given_server import url_at
from tests.isolation.canaries import canary_tenant

KEYS = """
    select conname, conrelid::regclass::text, pg_get_constraintdef(oid), convalidated from pg_constraint
    where contype = 'f' and connamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Spread:
    """A database with the stand-in: the owner's URL as `db distribute` and as migrations use it, and a superuser's."""

    url: str
    migrating: str
    admin: str
    runtime: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.admin) as connection:
            return connection.execute(query.encode()).fetchall()

    def execute(self, *statements: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def counts(self) -> dict[str, int]:
        union = " union all ".join(f"select '{table}', count(*) from {table}" for table in DISTRIBUTED)
        return dict(self.rows(union))

    def state(self) -> tuple[int, int, int]:
        """How far a command has come: tables that are distributed, foreign keys, and copies that are not emptied."""
        [(tables,)], keys = self.rows("select count(*) from citus_stand_in.pg_dist_partition"), self.rows(KEYS)
        return tables, len(keys), len(self.rows("select from citus_stand_in.old_copy"))


def spread(postgres: DatabaseUrls, superuser: str, database: str) -> Spread:
    owner = url_at(postgres.migration, dbname=database)
    # The stand-in's functions are found before those of Postgres that have the same names.
    path = "-csearch_path=citus_stand_in,pg_catalog,public"
    return Spread(
        url_at(owner, options=path),
        owner,
        url_at(superuser, dbname=database),
        url_at(postgres.runtime, dbname=database),
    )


def make(superuser: str, name: str, *, template: str = "template1") -> None:
    with psycopg.connect(superuser, autocommit=True) as connection:
        words = (sql.Identifier(name), sql.Identifier(template))
        connection.execute(sql.SQL("create database {} owner adgraph_owner template {}").format(*words))
        # Where Citus has its catalogue, every path finds it.
        path = "alter database {} set search_path = public, citus_stand_in"
        connection.execute(sql.SQL(path).format(sql.Identifier(name)))


def drop(superuser: str, name: str) -> None:
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


async def fill(url: str, system: str) -> None:
    database = Database(url, system_url=system)
    for _ in range(2):
        await canary_tenant(
            database, TokenCipher([Fernet.generate_key().decode()]), platform_token="token", password_hash=""
        )
    await database.close()
