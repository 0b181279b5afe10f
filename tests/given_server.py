"""Lets the suite run on a Postgres that somebody else has started, for one that the tests cannot start: that of Citus.

`TEST_DATABASE_ADMIN_URL` is the URL of a superuser on it, whose database is not touched. Each worker of pytest makes a
database of its own there and drops it at the end. Where the superuser's database has Citus with nodes, the tests'
databases get the same nodes, and their tables are distributed. The three roles are the server's: they are made if they
do not exist, and get the superuser's password, so give a server that nothing else uses.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from urllib.parse import quote, urlencode
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from embedded.postgres import DatabaseUrls
from migrations.distribution import distribute
from migrations.roles import OWNER, RUNTIME, SYSTEM, create_database, create_roles
from migrations.run import upgrade

_log = logging.getLogger(__name__)

_VARIABLE = "TEST_DATABASE_ADMIN_URL"
# Roles belong to the whole server, and Postgres refuses to change one from two sessions at once.
_ROLES_LOCK = 7_340_009
_NODES = "select nodename, nodeport from pg_dist_node where isactive and noderole = 'primary' order by groupid"
_MARKER = "one_node(reason): looks at or changes what only a single node has; skipped where tables are on shards"


def admin_url() -> str | None:
    """The superuser's URL; None when the tests start a server themselves."""
    return os.environ.get(_VARIABLE) or None


def add_marker(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


def skip_if_unfit(item: pytest.Item) -> None:
    """Skips a test that is marked as one for a single node where the suite runs on several."""
    url = admin_url()
    for mark in item.iter_markers("one_node"):
        if set(mark.kwargs) != {"reason"}:
            raise pytest.UsageError(f"{item.nodeid}: say why, one_node(reason=...)")
        if url is not None and nodes_of(url):
            pytest.skip(mark.kwargs["reason"])


@cache
def nodes_of(url: str) -> tuple[tuple[str, int], ...]:
    """Host and port of the nodes of Citus, the coordinator first; none on plain Postgres."""
    with psycopg.connect(url) as connection:
        if connection.execute("select to_regclass('pg_dist_node')").fetchone() == (None,):
            return ()
        return tuple((str(host), int(port)) for host, port in connection.execute(_NODES))


@contextmanager
def database_on(url: str) -> Iterator[DatabaseUrls]:
    """A migrated database of its own on the server of this superuser; it is dropped when the block ends."""
    name = f"adgraph_test_{uuid4().hex}"
    # The coordinator is reached as the URL says: its own name for itself may lead nowhere from here.
    servers = [url, *(url_at(url, host=host, port=port) for host, port in nodes_of(url)[1:])]
    with ExitStack() as stack:
        with alone(url):
            for server in servers:
                create_database(server, name)
                stack.callback(_drop, server, name)
            urls = _urls(url, name)
            _give_owner_a_password(url)
            _join(url, name)
            create_roles(url_at(url, dbname=name), runtime_url=urls.runtime, system_url=urls.system)
        upgrade(urls.migration)
        if nodes_of(url):
            distribute(urls.migration, _log.info)
        yield urls


def url_at(url: str, **changed: str | int) -> str:
    """The URL with other parts: user, password, host, port or dbname."""
    parts = {**conninfo_to_dict(url), **changed}
    user, password = str(parts.pop("user", "")), parts.pop("password", None)
    login = quote(user, safe="") + (f":{quote(str(password), safe='')}" if password else "")
    dbname = quote(str(parts.pop("dbname", user)), safe="")
    return f"postgresql://{login}@/{dbname}?{urlencode(parts)}"


@contextmanager
def alone(url: str) -> Iterator[None]:
    """One worker of pytest at a time, for what changes roles: they are the server's, `url` is its superuser's.

    The lock is one of the superuser's database, which all workers connect to.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [_ROLES_LOCK])
        yield


def _urls(url: str, name: str) -> DatabaseUrls:
    runtime, owner, system = (url_at(url, user=role, dbname=name) for role in (RUNTIME, OWNER, SYSTEM))
    return DatabaseUrls(runtime=runtime, migration=owner, system=system, listen=runtime)


def _give_owner_a_password(url: str) -> None:
    password = conninfo_to_dict(url).get("password")
    if password is None:
        return  # the server trusts whoever connects, or looks at the account
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(OWNER), sql.Literal(password)))


def _join(url: str, name: str) -> None:
    """Makes the new database that of a coordinator with the same nodes as the superuser's."""
    nodes = nodes_of(url)
    if not nodes:
        return
    password = conninfo_to_dict(url).get("password")
    places = [url, *(url_at(url, host=host, port=port) for host, port in nodes[1:])]
    for place in places:
        with psycopg.connect(url_at(place, dbname=name), autocommit=True) as connection:
            connection.execute("create extension if not exists citus")
            for role in (OWNER, RUNTIME, SYSTEM) if password else ():
                known = "insert into pg_dist_authinfo (nodeid, rolename, authinfo) values (0, %s, %s)"
                connection.execute(known, [role, f"password={password}"])
    with psycopg.connect(url_at(url, dbname=name), autocommit=True) as connection:
        connection.execute("select citus_set_coordinator_host(%s, %s)", nodes[0])
        for node in nodes[1:]:
            connection.execute("select citus_add_node(%s, %s)", node)


def _drop(url: str, name: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
