"""Attack 12: what errors, pages and headers give away, and links that go where a forged Host says."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from integrations.http import HttpClient
from integrations.meta.client import MetaPlatform
from integrations.meta.graph import MetaApp
from models.database import Database
from services.toolbox import Toolbox
from settings.model import AppEnv, Settings
from startup.server import build_app
from tests.attacks.front import Front
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from tests.worlds.vendors import with_meta

SITE = "http://127.0.0.1:8000"
SECRETS = re.compile(
    r"traceback|\.py\b|line \d+|select |insert |sqlalchemy|asyncpg|psycopg|postgres|/tmp|site-packages"
    r"|did you mean|0x[0-9a-f]{6}",
    re.IGNORECASE,
)
NUL, LONE = "\\u0000", "\\ud800"
BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'{"query": 1}',
    b'{"query": "{"}',
    b'{"query": "{ viewr { role } }"}',
    b'{"query": "{ node(id: \\"%s\\") { id } }"}' % NUL.encode(),
    b'{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": "%s"}}' % NUL.encode(),
    b'{"query": "query ($id: ID!) { node(id: $id) { id } }", "variables": {"id": "%s"}}' % LONE.encode(),
    b'{"query": "mutation ($e: String!) { login(input: {email: $e, password: $e}) { viewer { role } } }",'
    b' "variables": {"e": "%s"}}' % NUL.encode(),
    b'{"query": "{ campaigns(after: \\"%s\\") { totalCount } }"}' % ("A" * 4000).encode(),
    b'{"query": "{ campaigns(first: 99999999999999999999) { totalCount } }"}',
    b'{"query": "{ __typename @skip(if: \\"x\\") }"}',
    b'{"query": "query ($x: Nope!) { __typename }", "variables": {"x": 1}}',
    b"\xff\xfe\x00",
    b'{"query": "{ __typename }", "extensions": {"persistedQuery": {"sha256Hash": "x"}}}',
]


@pytest.fixture
async def silent(tools: Toolbox) -> AsyncIterator[Front]:
    """As in production: introspection is off, so that no error suggests a name."""
    settings = Settings(_env_file=None, app_env=AppEnv.TEST, introspection=False)
    async with serving(build_app(tools, settings)) as (url, _server):
        yield Front(GraphQLClient(url))


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.decode("latin1")[:50])
async def test_a_broken_request_learns_nothing(silent: Front, body: bytes) -> None:
    ann = await silent.person()
    reply = await ann.client.send("POST", data=body, headers={"content-type": "application/json"})
    assert reply.status < 500, reply.text
    assert not SECRETS.search(reply.text), reply.text
    assert "INTERNAL" not in reply.codes
    for error in reply.errors:
        assert set(error["extensions"]) <= {"code", "requestId", "reason", "retryAfter"}
        assert str(ann.client.token) not in reply.text


@pytest.mark.parametrize(
    "path", ["/nowhere", "/graphql/../etc", "/static/%2e%2e/%2e%2e/settings/model.py", "/auth/start/x", "//evil"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "TRACE"])
async def test_a_page_that_is_none_says_nothing(server: GraphQLClient, method: str, path: str) -> None:
    reply = await server.send(method, path)
    assert 400 <= reply.status < 500
    assert not SECRETS.search(reply.text)
    assert "server" not in reply.headers
    assert "x-powered-by" not in reply.headers


async def test_an_absent_database_is_told_without_its_address(tools: Toolbox) -> None:
    away = Database("postgresql://someone:hush@127.0.0.1:9/nothing", system_url="postgresql://x@127.0.0.1:9/nothing")
    app = build_app(replace(tools, db=away), Settings(_env_file=None, app_env=AppEnv.TEST))
    async with serving(app) as (url, _server):
        client = GraphQLClient(url)
        login = 'mutation { login(input: { email: "a@b.example", password: "x" }) { accessToken } }'
        for query in (login, "{ viewer { role } metricDefinitions { key } }"):
            reply = await client.ask(query)
            assert set(reply.codes) <= {"DATABASE_UNAVAILABLE"}
            assert "127.0.0.1:9" not in reply.text
            assert "hush" not in reply.text
        health = await client.send("GET", "/health")
        assert (health.status, SECRETS.search(health.text)) == (503, None)
    await away.close()


async def test_a_fault_is_an_id_for_the_client_and_a_trace_for_the_log(tools: Toolbox) -> None:
    broken: Any = None  # whatever uses it fails in a way that nobody has foreseen
    app = build_app(
        replace(tools, credentials=replace(tools.credentials, passwords=broken)),
        Settings(_env_file=None, app_env=AppEnv.TEST),
    )
    async with serving(app) as (url, _server):
        with capture_logs() as lines:
            login = 'mutation { login(input: { email: "a@b.example", password: "canary-7f" }) { accessToken } }'
            reply = await GraphQLClient(url).ask(login)
    assert reply.codes == ["INTERNAL"]
    assert not SECRETS.search(reply.text)
    assert "NoneType" not in reply.text
    failed = [line for line in lines if line["event"] == "operation_failed"]
    assert len(failed) == 1
    assert "canary-7f" not in json.dumps(lines, default=str)


@pytest.mark.parametrize(
    "host",
    ["evil.test", "127.0.0.1.evil.test", "127.0.0.1@evil.test", "evil.test/..", "localhost:x", "a b", "127.0.0.1?x"],
)
async def test_a_forged_host_is_refused_before_anything_reads_it(server: GraphQLClient, host: str) -> None:
    reply = await server.send("GET", "/", headers={"host": host})
    assert reply.status == 400
    assert "evil" not in reply.text


async def test_links_go_to_the_configured_address_whatever_the_host(tools: Toolbox) -> None:
    vendor = MetaApp("10203040", "a secret", "v26.0", "http://127.0.0.1:9", "http://127.0.0.1:9", f"{SITE}/callback")
    http = HttpClient()
    own = replace(with_meta(tools, MetaPlatform(vendor, http)), addresses=replace(tools.addresses, public_url=SITE))
    begin = """
    mutation ($challenge: String!) {
      beginConnection(input: { platform: META, codeChallenge: $challenge }) { authorizationUrl }
    }
    """
    async with serving(build_app(own, Settings(_env_file=None, app_env=AppEnv.TEST))) as (url, _server):
        forged = {"host": "localhost:4711", "x-forwarded-host": "evil.test", "forwarded": "host=evil.test"}
        ann = await Front(GraphQLClient(url, headers=forged)).person()
        reply = await ann.client.ask(begin, challenge="A" * 43)
    await http.close()
    assert reply.data["beginConnection"]["authorizationUrl"].startswith(f"{SITE}/")
