"""The pages behind the links of mails: our own files alone, and each mutation of their script fits the schema."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from schema import build_schema
from tests.client import GraphQLClient
from web.account_pages import PATHS

SCRIPT = Path(__file__).resolve().parents[2] / "static" / "account" / "account.js"


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_loads_our_own_files_alone(server: GraphQLClient, path: str) -> None:
    page = await server.send("GET", path)
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    sources = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert sources == ["data:,", "/account/account.css", "/account/account.js"]
    for source in sources[1:]:
        assert (await server.send("GET", source)).status == 200
    assert f'"{path}"' in SCRIPT.read_text()


def test_the_mutations_of_the_script_fit_the_schema() -> None:
    mutations = re.findall(r"`(mutation .*?)`;", SCRIPT.read_text(), re.DOTALL)
    assert len(mutations) == 5
    for mutation in mutations:
        document = parse(mutation.replace("${ERRORS}", "userErrors { message }"))
        assert validate(build_schema()._schema, document) == []
