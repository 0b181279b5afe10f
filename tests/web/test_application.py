"""The application as it is put together: front door, headers, CORS, foreign hosts, and the database behind it."""

from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from cryptography.fernet import Fernet

from schema import schema_text
from services.toolbox import Toolbox
from settings.model import AppEnv, Settings
from startup.server import build_app
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving

REGISTER = """
mutation ($email: String!, $password: String!) {
  register(input: { email: $email, password: $password, name: "Ann", tenantName: "Acme" }) {
    accessToken refreshToken viewer { role tenant { name } } userErrors { code message }
  }
}
"""
SPREAD_SCHEMA = "query { ...f @include(if: true) } fragment f on Query { a: __schema { types { name } } }"
IN_PRODUCTION = {
    "database_url": "postgresql://a@db/a",
    "database_system_url": "postgresql://b@db/a",
    "jwt_secret_key": "Zq8vT1nR5wXb7mKd3pLs9fHj2yGc6uEa",
    "token_encryption_key": Fernet.generate_key().decode(),
    "meta_app_id": "1029384756",
    "meta_app_secret": "Kp4xV8rW2nQz6tYb",
}
PASSWORD = "correct horse battery"


@pytest.fixture
async def ann(server: GraphQLClient) -> GraphQLClient:
    reply = await server.ask(REGISTER, email=f"{uuid4().hex}@example.com", password=PASSWORD)
    return server.signed_in(reply.data["register"]["accessToken"])


async def test_a_new_person_is_signed_in_and_known(ann: GraphQLClient) -> None:
    reply = await ann.ask("{ viewer { role tenant { name } } adAccounts { totalCount nodes { id } } }")
    assert reply.data == {
        "viewer": {"role": "OWNER", "tenant": {"name": "Acme"}},
        "adAccounts": {"totalCount": 0, "nodes": []},
    }


async def test_without_credentials_only_the_open_fields_answer(server: GraphQLClient) -> None:
    reply = await server.ask("{ viewer { role } metricDefinitions { key } adAccounts { totalCount } }")
    assert reply.data["viewer"] is None
    assert reply.data["metricDefinitions"]
    assert reply.data["adAccounts"] is None
    assert (reply.status, reply.codes) == (200, ["UNAUTHENTICATED"])


@pytest.mark.parametrize("presented", ["Bearer forged", "Basic YTpi", "Bearer", "", "Bearer " + "x" * 9000])
async def test_bad_credentials_are_401_and_do_not_close_the_open_fields(server: GraphQLClient, presented: str) -> None:
    headers = {"authorization": presented}
    closed = await server.send("POST", json={"query": "{ tenant { name } }"}, headers=headers)
    assert (closed.status, closed.codes) == (401, ["UNAUTHENTICATED"])
    opened = await server.send("POST", json={"query": "{ viewer { role } }"}, headers=headers)
    assert (opened.status, opened.data) == (200, {"viewer": None})


async def test_a_socket_knows_its_viewer(ann: GraphQLClient) -> None:
    async with ann.subscribe("{ viewer { role } }") as events:
        assert (await events.next())["data"] == {"viewer": {"role": "OWNER"}}


async def test_a_socket_with_a_forged_token_is_closed(server: GraphQLClient) -> None:
    async with server.socket() as socket:
        await socket.say({"type": "connection_init", "payload": {"Authorization": "Bearer forged"}})
        assert await socket.closed() == 4401


async def test_the_health_of_the_whole_is_good(server: GraphQLClient) -> None:
    reply = await server.send("GET", "/health")
    assert reply.body == {"status": "ok", "checks": {"database": True, "migrations": True, "accepting": True}}


async def test_every_answer_carries_its_id_and_careful_headers(server: GraphQLClient) -> None:
    for path in ("/", "/health/live", "/nowhere", "/graphql"):
        reply = await server.send("GET", path)
        assert len(reply.headers["x-request-id"]) == 32
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert "server" not in reply.headers


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [("https://app.test", True), ("https://evil.test", False), ("https://app.test.evil.test", False), ("null", False)],
)
async def test_only_listed_origins_may_read_answers(server: GraphQLClient, origin: str, is_allowed: bool) -> None:
    reply = await server.send("POST", json={"query": "{ __typename }"}, headers={"origin": origin})
    assert ("access-control-allow-origin" in reply.headers) is is_allowed
    assert "access-control-allow-credentials" not in reply.headers
    preflight = {"origin": origin, "access-control-request-method": "POST"}
    asked = await server.send("OPTIONS", headers=preflight)
    assert (asked.headers.get("access-control-allow-origin") == origin) is is_allowed


async def test_a_foreign_host_name_is_refused_on_a_developers_machine(server: GraphQLClient) -> None:
    reply = await server.send("GET", "/", headers={"host": "rebound.evil.test"})
    assert reply.status == 400


async def test_an_answer_is_never_a_page_of_the_framework(server: GraphQLClient) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{server.url}/graphql?query=%7Bnope%7D") as response:
        assert response.content_type == "application/json"


async def test_production_shows_neither_schema_nor_page_and_answers_to_its_names_alone(tools: Toolbox) -> None:
    wanted: dict[str, Any] = {"public_url": "https://api.acme.test", "allowed_hosts": ("10.1.2.3",), **IN_PRODUCTION}
    async with serving(build_app(tools, Settings(_env_file=None, app_env=AppEnv.PRODUCTION, **wanted))) as (url, _):
        client = GraphQLClient(url, headers={"host": "api.acme.test"})
        for hidden in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }', SPREAD_SCHEMA):
            reply = await client.ask(hidden)
            assert (reply.data, reply.codes) == (None, ["FORBIDDEN"])
        assert (await client.ask("{ __typename }")).data == {"__typename": "Query"}
        assert (await client.send("GET", "/schema.graphql")).status == 404
        page = await client.send("GET", "/")
        assert page.status == 404
        assert page.headers["strict-transport-security"].startswith("max-age=")
        for host, status in (("10.1.2.3", 404), ("evil.test", 400), ("api.acme.test.evil.test", 400)):
            assert (await client.send("GET", "/", headers={"host": host})).status == status
        assert (await client.send("GET", "/health/live", headers={"host": "192.0.2.9"})).status == 200


async def test_the_schema_is_a_file_to_read_and_nothing_else(server: GraphQLClient) -> None:
    file = await server.send("GET", "/schema.graphql")
    assert (file.status, file.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert file.text == schema_text()
    assert (await server.send("POST", "/schema.graphql")).status == 405


async def test_every_answer_tells_browsers_to_be_careful(server: GraphQLClient) -> None:
    for path in ("/health", "/nowhere", "/graphql?query={__typename}", "/webhooks/meta/deauthorize"):
        reply = await server.send("GET", path)
        assert "default-src 'none'" in reply.headers["content-security-policy"], path
        assert reply.headers["cache-control"] == "no-store"
        assert reply.headers["x-frame-options"] == "DENY"
        assert "strict-transport-security" not in reply.headers


async def test_an_address_with_a_last_slash_answers_or_is_unknown(server: GraphQLClient) -> None:
    """A redirect would name http behind a proxy that ends https, and a browser would send it what it must not."""
    sent = {"json": {"query": "{ __typename }"}}
    assert (await server.send("POST", "/graphql/", **sent)).data == {"__typename": "Query"}
    assert (await server.send("GET", "/graphql/", params={"query": "{ __typename }"})).status == 200
    for method, path in (
        ("GET", "/health/"),
        ("POST", "/graphql//"),
        ("POST", "/auth/logout/"),
        ("GET", "/auth/google/login/"),
    ):
        assert (await server.send(method, path)).status == 404
