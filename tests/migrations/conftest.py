"""A database of its own with tenants in every table and the stand-in of Citus, for each test that asks for it."""

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from embedded.postgres import DatabaseUrls
from migrations.roles import RUNTIME, SYSTEM
from migrations.run import upgrade
from tests.given_server import alone
from tests.stand_ins import citus
from tests.worlds.shards import Spread, drop, fill, make, spread


@pytest.fixture(scope="module")
def template(postgres: DatabaseUrls, superuser: str) -> Iterator[str]:
    """A migrated database with two tenants in every table and the stand-in; the roles have their setting.

    Another worker on the same server waits until these tests are over, since their roles are its roles too.
    """
    name = f"t{uuid4().hex}"
    make(superuser, name)
    there = spread(postgres, superuser, name)
    upgrade(there.migrating)
    asyncio.run(fill(there.runtime, postgres.system))
    citus.install(there.admin)
    with alone(superuser):
        there.execute(*(f"alter role {role} set citus.propagate_set_commands = 'local'" for role in (RUNTIME, SYSTEM)))
        yield name
        there.execute(*(f"alter role {role} reset citus.propagate_set_commands" for role in (RUNTIME, SYSTEM)))
    drop(superuser, name)


@pytest.fixture
def there(postgres: DatabaseUrls, superuser: str, template: str) -> Iterator[Spread]:
    name = f"t{uuid4().hex}"
    make(superuser, name, template=template)
    yield spread(postgres, superuser, name)
    drop(superuser, name)


@pytest.fixture
def empty(postgres: DatabaseUrls, superuser: str) -> Iterator[str]:
    """An empty database of the owner's in the cluster of the tests."""
    name = f"m{uuid4().hex}"
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} owner adgraph_owner").format(sql.Identifier(name)))
    parts = urlsplit(postgres.migration)
    yield parts._replace(path=f"/{name}").geturl()
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
