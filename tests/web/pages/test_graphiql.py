"""GraphiQL's page: only our own files, under a policy that allows nothing else; tabs that fit the schema."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from graphql import parse, validate
from starlette.applications import Starlette

from schema import build_schema
from tests.doors.http import GraphQLClient
from tests.doors.serving import serving
from web.pages.graphiql import content_policy, graphiql_routes, tabs
from web.pages.install_graphiql import FILES, is_installed, lock_hash


@pytest.fixture(scope="module")
async def client() -> AsyncIterator[GraphQLClient]:
    async with serving(Starlette(routes=list(graphiql_routes()))) as (url, _server):
        yield GraphQLClient(url)


async def test_the_page_loads_nothing_from_elsewhere(client: GraphQLClient) -> None:
    page = await client.send("GET", "/")
    sources = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(sources) == 12
    assert all(source.startswith("/static/") or source == "data:," for source in sources)
    assert "<style" not in page.text
    assert re.findall(r"<script(?![^>]* src=)", page.text) == []


async def test_the_policy_allows_our_own_files_and_sockets_alone(client: GraphQLClient) -> None:
    policy = (await client.send("GET", "/")).headers["content-security-policy"]
    host = client.url.removeprefix("http://")
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert f"connect-src 'self' ws://{host} wss://{host};" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("host", ["evil.test; script-src *", "a b", "", "x" * 300])
def test_a_host_that_is_none_gets_into_no_policy(host: str) -> None:
    assert "connect-src 'self';" in content_policy(host)


async def test_files_are_kept_for_ever_under_the_hash_of_their_content(client: GraphQLClient) -> None:
    page = (await client.send("GET", "/")).text
    for source in re.findall(r'"(/static/[^"]*)"', page):
        file = await client.send("GET", source)
        assert (file.status, file.headers["cache-control"]) == (200, "public, max-age=31536000, immutable")
    assert (await client.send("GET", "/static/nothing.js")).status == 404


async def test_without_its_files_the_page_says_what_to_do(tmp_path: Path) -> None:
    async with serving(Starlette(routes=list(graphiql_routes(tmp_path)))) as (url, _server):
        page = await GraphQLClient(url).send("GET", "/")
    assert page.status == 503
    assert "make install" in page.text


@pytest.mark.parametrize("tab", tabs(), ids=lambda tab: tab["query"].partition(" {")[0].split()[-1])
def test_each_tab_fits_the_schema(tab: dict[str, str]) -> None:
    assert validate(build_schema()._schema, parse(tab["query"])) == []


def test_the_installed_files_are_those_of_the_lock() -> None:
    assert is_installed()
    root = Path(__file__).resolve().parents[3]
    assert "://registry" not in (root / "package-lock.json").read_text()
    assert (root / "static" / "graphiql" / "lock.sha256").read_text() == lock_hash()
    assert {name for name in FILES if name.startswith("LICENSE")}
