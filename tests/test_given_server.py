"""A given server: a database for each worker, at the same time, gone at the end, with the roles of every other one."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from migrations.run import current, head
from tests.given_server import database_on, url_at


def databases(superuser: str) -> set[str]:
    with psycopg.connect(superuser) as connection:
        return {name for (name,) in connection.execute("select datname from pg_database")}


def users(*urls: str) -> list[tuple[str, bool]]:
    """Who each URL signs in as, and whether that is a superuser."""
    found = []
    for url in urls:
        with psycopg.connect(url) as connection:
            query = "select current_user::text, rolsuper from pg_roles where rolname = current_user"
            found += connection.execute(query).fetchall()
    return [(name, is_superuser) for name, is_superuser in found]


def work(superuser: str) -> str:
    """What each worker of the suite does, as far as it concerns the server; the name of its database."""
    with database_on(superuser) as urls:
        assert current(urls.migration) == head()
        named = [("adgraph_runtime", False), ("adgraph_owner", False), ("adgraph_system", False)]
        assert users(urls.runtime, urls.migration, urls.system) == named
        return str(conninfo_to_dict(urls.runtime)["dbname"])


@pytest.mark.drill
def test_workers_have_databases_of_their_own_that_end_with_them(superuser: str) -> None:
    before = databases(superuser)
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        made = set(pool.map(work, [superuser] * 3))
    assert len(made) == 3
    assert databases(superuser) == before


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://root:p%40ss%2F@db.test:6432/postgres?sslmode=require",
        "postgresql://root@/postgres?host=%2Ftmp%2Fpg",
    ],
)
def test_a_url_of_another_role_leads_to_the_same_server(url: str) -> None:
    given, found = conninfo_to_dict(url), conninfo_to_dict(url_at(url, user="adgraph_runtime", dbname="one"))
    assert found == given | {"user": "adgraph_runtime", "dbname": "one"}
