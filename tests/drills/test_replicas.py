"""Two servers with a standby that lags, freezes, dies or is promoted: no request fails, and none shows the past."""

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from prometheus_client import REGISTRY

from analytics.clock import utc_now
from auth.authenticator import Authenticator
from embedded.postgres import DatabaseUrls
from models.ads.ad_account import AdAccount
from models.replicas.replica import Replica, ReplicaState
from resolvers.node_id import encode_id
from services.sign_in.by_password import Registration, register
from services.toolbox import Toolbox
from settings.loading import load_settings
from settings.model import AppEnv
from startup.server import build_app
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from tests.processes import data_directory, server_process
from tests.worlds.ads import EntityWorld
from tests.worlds.refreshes import MONTH, refresh_world
from tests.worlds.replicas import Server, names, reads_replica, server, until
from tests.worlds.sign_in import ORIGIN, PASSWORD, new_email
from tests.worlds.standby import Standby, standby_of

pytestmark = [pytest.mark.drill, pytest.mark.one_node(reason="read replicas do not go with shards")]

ACCOUNTS = "{ adAccounts { nodes { name campaigns { nodes { name } } } } }"
RENAME = "mutation ($name: String!) { updateTenant(input: { name: $name }) { tenant { name } } }"
TENANT = "{ tenant { name } }"
PROGRESS = "subscription ($id: ID!) { refreshProgress(jobId: $id) { status version } }"
JOB = "query ($id: ID!) { refreshJob(id: $id) { status version rowsStored adAccount { lastRefreshedAt } } }"
REFRESH = "mutation ($id: ID!) { refreshAdAccount(input: { adAccountId: $id }) { refreshJob { id } } }"
LEFT_OUT_S = 2
CLIENTS = 6


@pytest.fixture
def standby(postgres: DatabaseUrls) -> Iterator[Standby]:
    with standby_of(postgres) as made:
        yield made


@dataclass(frozen=True, slots=True)
class Pair:
    """Two servers behind HTTP, and a person who is signed in at both."""

    servers: tuple[Server, Server]
    clients: tuple[GraphQLClient, GraphQLClient]
    tools: Toolbox
    entities: EntityWorld

    @property
    def replicas(self) -> list[Replica]:
        return [replica for each in self.servers for replica in each.replicas.all]

    def all_are(self, state: ReplicaState) -> bool:
        return all(replica.state is state for replica in self.replicas)


@asynccontextmanager
async def pair(
    tools: Toolbox, urls: DatabaseUrls, standby: Standby, folder: Path, **options: Any
) -> AsyncIterator[Pair]:
    settings = load_settings(_env_file=None, app_env=AppEnv.TEST, data_dir=folder)
    async with AsyncExitStack() as stack:
        servers, clients = [], []
        for _ in range(2):
            one = await stack.enter_async_context(server(urls, standby.url, **options))
            authenticator = Authenticator(one.db, tools.credentials.tokens, utc_now)
            its = replace(tools, db=one.db, credentials=replace(tools.credentials, authenticator=authenticator))
            url, _server = await stack.enter_async_context(serving(build_app(its, settings)))
            servers.append(one)
            clients.append(GraphQLClient(url))
        owner = await register(
            replace(tools, db=servers[0].db), ORIGIN, Registration(new_email(), PASSWORD, "Some Body", "Team")
        )
        assert owner.viewer.tenant_id is not None
        first, second = (client.signed_in(owner.access_token.text) for client in clients)
        entities = EntityWorld(servers[0].db, owner.viewer.tenant_id, owner.viewer.responsible_id)
        yield Pair((servers[0], servers[1]), (first, second), replace(tools, db=servers[0].db), entities)


@dataclass
class Load:
    """Clients that ask one server after the other, until the block ends."""

    clients: tuple[GraphQLClient, ...]
    answers: int = 0
    slowest_s: float = 0.0
    failures: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._ask_forever()) for _ in range(CLIENTS)]
        await asyncio.sleep(1)
        yield
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        self.failures += [repr(error) for error in ended if not isinstance(error, asyncio.CancelledError)]

    async def _ask_forever(self) -> None:
        for client in cycle(self.clients):
            began = monotonic()
            reply = await client.ask(ACCOUNTS)
            self.slowest_s = max(self.slowest_s, monotonic() - began)
            self.answers += 1
            if reply.status != 200 or reply.errors or len(reply.data["adAccounts"]["nodes"]) != 1:
                self.failures.append(reply.text)


async def kept_entities(world: EntityWorld) -> AdAccount:
    account = await world.account(name="Ours")
    await world.campaigns(account, "Summer", "Winter")
    return account


@pytest.mark.parametrize("delay", ["0", "300ms"])
async def test_what_a_mutation_answers_is_read_on_the_other_server(
    tools: Toolbox, postgres: DatabaseUrls, standby: Standby, tmp_path: Path, delay: str
) -> None:
    standby.stop()
    standby.start(recovery_min_apply_delay=delay)
    async with pair(tools, postgres, standby, tmp_path) as both:
        await until(lambda: reads_replica(both.servers[1].db))
        for number in range(40):
            writer, reader = both.clients if number % 2 else both.clients[::-1]
            assert (await writer.ask(RENAME, name=str(number))).errors == []
            assert (await reader.ask(TENANT)).data == {"tenant": {"name": str(number)}}


@pytest.mark.parametrize("delay", ["0", "300ms"])
async def test_after_the_last_event_of_a_refresh_every_server_knows_its_end(
    tools: Toolbox, postgres: DatabaseUrls, standby: Standby, tmp_path: Path, delay: str
) -> None:
    standby.stop()
    standby.start(recovery_min_apply_delay=delay)
    async with pair(tools, postgres, standby, tmp_path) as both, refresh_world(both.tools) as world:
        world.entities = both.entities
        world.tools = replace(world.tools, clock=utc_now)
        account = await world.connected(name="Shop")
        for _ in range(3):
            job = await world.requested(account, MONTH)
            job_id = encode_id("RefreshJob", job.id)
            async with both.clients[1].subscribe(PROGRESS, id=job_id) as events:
                await events.next()
                running = asyncio.create_task(world.run(job))
                async for event in events:
                    told = event["data"]["refreshProgress"]
                    for client in both.clients:
                        seen = (await client.ask(JOB, id=job_id)).data["refreshJob"]
                        assert seen["version"] >= told["version"]
                assert (told["status"], seen["status"]) == ("SUCCEEDED", "SUCCEEDED")
                assert seen["rowsStored"] > 0
                await running


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_standby_that_is_killed_or_freezes_under_load_fails_no_request(
    tools: Toolbox, postgres: DatabaseUrls, standby: Standby, tmp_path: Path, how: signal.Signals
) -> None:
    async with pair(tools, postgres, standby, tmp_path) as both:
        await kept_entities(both.entities)
        await until(lambda: reads_replica(both.servers[0].db))
        load = Load(both.clients)
        async with load.running():
            if how is signal.SIGKILL:
                standby.kill()
            else:
                standby.signal(how)
            assert await until(lambda: both.all_are(ReplicaState.GONE)) < LEFT_OUT_S
            await asyncio.sleep(1)
            if how is signal.SIGKILL:
                standby.start()
            else:
                standby.signal(signal.SIGCONT)
            await until(lambda: both.all_are(ReplicaState.USED))
            await until(lambda: reads_replica(both.servers[1].db))
        assert load.failures == []
        assert load.answers > CLIENTS
        assert load.slowest_s < LEFT_OUT_S + 2, "what waited for the standby was read from the primary"


async def test_a_query_over_a_socket_reads_from_the_standby(
    tools: Toolbox, postgres: DatabaseUrls, standby: Standby, tmp_path: Path
) -> None:
    async with pair(tools, postgres, standby, tmp_path) as both:
        await kept_entities(both.entities)
        await until(lambda: reads_replica(both.servers[0].db))
        before = REGISTRY.get_sample_value("adgraph_query_reads_total", {"server": "1"}) or 0
        async with both.clients[0].subscribe(ACCOUNTS) as answers:
            assert len((await answers.next())["data"]["adAccounts"]["nodes"]) == 1
        assert REGISTRY.get_sample_value("adgraph_query_reads_total", {"server": "1"}) == before + 1


async def test_a_standby_that_is_promoted_under_load_is_read_no_more(
    tools: Toolbox, postgres: DatabaseUrls, standby: Standby, tmp_path: Path
) -> None:
    async with pair(tools, postgres, standby, tmp_path) as both:
        account = await kept_entities(both.entities)
        await until(lambda: reads_replica(both.servers[0].db))
        load = Load(both.clients)
        async with load.running():
            await standby.promote()
            assert await until(lambda: both.all_are(ReplicaState.PROMOTED)) < LEFT_OUT_S
            await standby.execute(f"update ad_account set name = 'Elsewhere' where id = '{account.id}'")
            await asyncio.sleep(1)
        assert load.failures == []
        for each in both.servers:
            assert await names(each.db, both.entities.tenant_id) == ["Ours"]


async def test_a_server_process_reads_from_its_standby_what_another_one_has_stored() -> None:
    """The first process owns Postgres and has the worker; the second one has the replica."""
    with data_directory() as folder:
        shared = {"PUBLIC_URL": "http://127.0.0.1:8000", "JWT_SECRET_KEY": "Zq8vT1nR5wXb7mKd3pLs9fHj2yGc6uEa"}
        async with server_process(folder, **shared) as (owner, _running):
            found = json.loads((folder / "addresses.json").read_text())
            urls = DatabaseUrls(found["runtime"], found["migration"], found["system"], found["runtime"])
            with standby_of(urls) as standby:
                second = {
                    "DATABASE_URL": urls.runtime,
                    "DATABASE_SYSTEM_URL": urls.system,
                    "DATABASE_READ_URL": standby.url,
                    "WORKER": "external",
                    "SANDBOX": "off",
                    "TOKEN_ENCRYPTION_KEY": (folder / "secrets" / "token_encryption_key").read_text(),
                    "METRICS_TOKEN": "a token of the drill",
                }
                (folder / "second").mkdir()
                async with server_process(folder / "second", **shared, **second) as (client, running):
                    person = await client.login("demo@example.com", "adgraph-demo")
                    await refreshed_everywhere(person, owner.signed_in(person.token))
                    assert (await client.send("GET", "/health")).body["replicas"] == {"1": "used"}
                    bearer = {"authorization": "Bearer a token of the drill"}
                    shown = (await client.send("GET", "/metrics", headers=bearer)).text
                    assert re.search(r'adgraph_query_reads_total\{server="1"\} [1-9]', shown)
                    await standby.promote()
                    await until(lambda: "replica_left_out" in running.output, within_s=LEFT_OUT_S)
                    assert (await person.ask(TENANT)).errors == []


async def refreshed_everywhere(*clients: GraphQLClient) -> None:
    """A refresh is asked for at the first server; both tell the same of it, whichever heard of its end."""
    ids = (await clients[0].ask("{ adAccounts { nodes { id } } }")).data["adAccounts"]["nodes"]
    asked = await clients[0].ask(REFRESH, id=ids[0]["id"])
    job_id = asked.data["refreshAdAccount"]["refreshJob"]["id"]
    async with clients[1].subscribe(PROGRESS, id=job_id) as events:
        async for event in events:
            told = event["data"]["refreshProgress"]
            for client in clients:
                assert (await client.ask(JOB, id=job_id)).data["refreshJob"]["version"] >= told["version"]
    assert told["status"] == "SUCCEEDED"
