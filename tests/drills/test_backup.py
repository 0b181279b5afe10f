"""A backup is worth what its restore is: dump a database that is in use, restore it beside, serve from it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from embedded.binaries import find_binaries
from tests.doors.http import GraphQLClient
from tests.processes import ROOT, data_directory, free_port, server_process

pytestmark = pytest.mark.drill

PASSWORD = "adgraph-demo"
COUNTS = "{ adAccounts { totalCount } campaigns { totalCount } refreshJobs { totalCount } }"
UNFINISHED = "{ unfinished: refreshJobs(filter: { status: [QUEUED, RUNNING, WAITING] }) { totalCount } }"
TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
# What a dump without privileges or policies would lose.
GUARDS = """
select count(*), (select count(*) from information_schema.role_table_grants where grantee like 'adgraph_%')
from pg_policies
"""


@dataclass(frozen=True, slots=True)
class World:
    folder: Path
    client: GraphQLClient
    runtime: str
    system: str
    superuser: str

    def restored(self, url: str) -> str:
        return url.replace("/adgraph?", "/restored?")

    async def script(self, name: str, file: Path) -> tuple[int, str]:
        """The exit code and what it said."""
        binaries = find_binaries(None, copy_to=self.folder)
        assert binaries is not None
        chosen = {"BACKUP_URL": self.superuser, "RESTORE_URL": self.restored(self.superuser)}
        chosen |= {each.upper(): str(binaries.directory / each) for each in ("pg_dump", "pg_restore", "psql")}
        process = await asyncio.create_subprocess_exec(
            ROOT / "deploy" / name,
            file,
            env={**os.environ, **chosen},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    with data_directory() as folder:
        async with server_process(folder) as (client, _):
            addresses = json.loads((folder / "addresses.json").read_text())
            superuser = addresses["migration"].replace("adgraph_owner@", "postgres@")
            yield World(folder, client, addresses["runtime"], addresses["system"], superuser)


def contents(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        names = [row[0] for row in connection.execute(TABLES)]
        count = sql.SQL("select count(*) from {}")
        return {name: connection.execute(count.format(sql.Identifier(name))).fetchall()[0][0] for name in names}


def guards(url: str) -> tuple[int, int]:
    with psycopg.connect(url) as connection:
        policies, grants = connection.execute(GUARDS).fetchall()[0]
        return policies, grants


async def settled(client: GraphQLClient) -> Any:
    """What is there once the refreshes that a new demo begins with have ended."""
    async with asyncio.timeout(60):
        while True:
            found = (await client.ask(UNFINISHED)).data
            if not found["unfinished"]["totalCount"]:
                return (await client.ask(COUNTS)).data
            await asyncio.sleep(0.2)


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_a_restored_backup_serves_what_was_there(world: World) -> None:
    owner = await world.client.login("demo@example.com", PASSWORD)
    before = await settled(owner)
    file = world.folder / "adgraph.dump"
    assert (await world.script("backup.sh", file))[0] == 0
    with psycopg.connect(world.superuser, autocommit=True) as connection:
        connection.execute("create database restored owner adgraph_owner")
    code, said = await world.script("restore.sh", file)
    assert (code, "restored" in said) == (0, True), said
    restored = world.restored(world.superuser)
    assert contents(restored)["insight"] == contents(world.superuser)["insight"]
    assert guards(restored) == guards(world.superuser)
    assert guards(restored)[0] > 20
    key = (world.folder / "secrets" / "token_encryption_key").read_text()
    urls = {"DATABASE_URL": world.restored(world.runtime), "DATABASE_SYSTEM_URL": world.restored(world.system)}
    other = world.folder / "other"
    other.mkdir()
    async with server_process(other, TOKEN_ENCRYPTION_KEY=key, PORT=free_port(), **urls) as (client, _):
        again = await client.login("demo@example.com", PASSWORD)
        assert (await again.ask(COUNTS)).data == before
    code, said = await world.script("restore.sh", file)
    assert (code, "not empty" in said) == (1, True)


async def test_a_backup_that_fails_leaves_no_file(tmp_path: Path) -> None:
    nowhere = World(tmp_path, GraphQLClient(""), "", "", "postgresql://nobody@127.0.0.1:9/none")
    assert (await nowhere.script("backup.sh", tmp_path / "adgraph.dump"))[0] != 0
    assert files(tmp_path) == []
