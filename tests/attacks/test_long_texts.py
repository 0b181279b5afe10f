"""Attack 17: texts that cost their square to compose, unquote, match or convert. Each would outlast the client."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from auth.cookies import cookies_of
from execution.transport.json_text import MAX_FLOATS
from models.cursor_text import LONGEST_CURSOR
from models.text_match import LONGEST_TEXT
from services.connections.available_accounts import LONGEST_SEARCH
from telemetry.redaction import redact
from tests.attacks.front import Front
from tests.doors.http import GraphQLClient, Reply
from tests.worlds.sign_in import PASSWORD, new_email

ROOT = Path(__file__).resolve().parents[2]
# Two accents in the wrong order, again and again: putting them in order is an insertion sort.
ACCENTS = "a" + "\u0300\u0323" * 50_000
REGISTER = "mutation ($input: RegisterInput!) { register(input: $input) { userErrors { code field } } }"
AS_JSON = {"content-type": "application/json"}
CAMPAIGNS = "query ($name: TextMatchInput, $after: String) { campaigns(filter: { name: $name }, after: $after) { %s } }"


async def ask(client: GraphQLClient, query: str, **variables: Any) -> Reply:
    """Unlike the client's own `ask`, without escapes, which would make a body too large to be read."""
    body = json.dumps({"query": query, "variables": variables}, ensure_ascii=False)
    return await client.send("POST", data=body.encode(), headers=AS_JSON)


@pytest.mark.parametrize(
    ("field", "code"),
    [("name", "INVALID"), ("tenantName", "INVALID"), ("email", "INVALID"), ("password", "WEAK_PASSWORD")],
)
async def test_a_text_that_is_composed_is_measured_first(front: Front, field: str, code: str) -> None:
    wanted = {"email": new_email(), "password": PASSWORD, "name": "Ann", "tenantName": "Acme", field: ACCENTS}
    reply = await ask(front.client, REGISTER, input=wanted)
    assert reply.data["register"]["userErrors"] == [{"code": code, "field": ["input", field]}]


@pytest.mark.parametrize(
    "mutation",
    [
        "updateProfile(name: $text) { userErrors { code } }",
        "updateTenant(input: { name: $text }) { userErrors { code } }",
        "createTenant(input: { name: $text }) { userErrors { code } }",
        "createApiKey(input: { name: $text, role: VIEWER }) { userErrors { code } }",
        "inviteMember(email: $text, role: VIEWER) { userErrors { code } }",
        'createTenant(input: { name: "B" }, idempotencyKey: $text) { userErrors { code } }',
    ],
)
async def test_so_is_each_text_of_who_is_signed_in(front: Front, mutation: str) -> None:
    person = await front.person()
    reply = await ask(person.client, f"mutation ($text: String!) {{ {mutation} }}", text=ACCENTS)
    assert [error["code"] for error in next(iter(reply.data.values()))["userErrors"]] == ["INVALID"]


@pytest.mark.parametrize(
    "variables",
    [
        {"name": {"contains": "a" * (LONGEST_TEXT + 1)}},
        {"name": {"eq": ACCENTS}},
        {"name": {"in": ["a", ACCENTS]}},
        {"name": {"startsWith": ACCENTS}},
        {"after": "a" * (LONGEST_CURSOR + 1)},
        {"after": ACCENTS},
    ],
    ids=["contains", "eq", "in", "startsWith", "a long cursor", "no cursor"],
)
async def test_filters_and_cursors_have_a_length(front: Front, variables: dict[str, Any]) -> None:
    person = await front.person()
    reply = await ask(person.client, CAMPAIGNS % "nodes { id }", **variables)
    assert reply.codes == ["BAD_USER_INPUT"]


async def test_a_search_has_a_length(front: Front) -> None:
    person = await front.person()
    text = 'query ($s: String) { availableAdAccounts(grantId: "x", search: $s) { nodes { name } } }'
    assert (await ask(person.client, text, s="a" * (LONGEST_SEARCH + 1))).codes == ["BAD_USER_INPUT"]


async def test_a_scalar_has_a_length(front: Front) -> None:
    person = await front.person()
    zone = "mutation ($v: TimeZone) { updateTenant(input: { timeZone: $v }) { userErrors { code } } }"
    instant = "query ($v: DateTime) { auditLog(filter: { since: $v }) { nodes { id } } }"
    assert (await ask(person.client, zone, v=ACCENTS)).codes == ["BAD_USER_INPUT"]
    assert (await ask(person.client, instant, v=ACCENTS)).codes == ["BAD_USER_INPUT"]


async def test_a_body_of_nothing_but_numbers_is_refused(front: Front) -> None:
    def body(count: int) -> str:
        return f'{{"query": "{{ __typename }}", "variables": {{"v": [{", ".join(["1.5"] * count)}]}}}}'

    assert (await front.client.send("POST", data=body(MAX_FLOATS - 10), headers=AS_JSON)).status == 200
    assert (await front.client.send("POST", data=body(2 * MAX_FLOATS), headers=AS_JSON)).status == 400


def test_cookies_are_taken_literally() -> None:
    assert cookies_of(['a=1; b="\\142"; nothing', " a = 2;c=d=e"]) == {"a": "1", "b": '"\\142"', "c": "d=e"}
    assert cookies_of(['a="' + "\\" * 32_000 + '"'])


def test_nobody_reads_cookies_as_the_library_does() -> None:
    """Its unquoting costs seconds for one header."""
    folders = ("auth", "execution", "resolvers", "services", "web")
    sources = {path: path.read_text() for folder in folders for path in (ROOT / folder).rglob("*.py")}
    found = [
        path.name
        for path, text in sources.items()
        if re.search(r"(request|socket|connection)\.cookies\b|cookie_parser", text)
    ]
    assert found == ["cookies.py"]


def test_a_line_of_the_log_is_masked_in_one_pass() -> None:
    assert redact("eyJ" * 350_000) == "***"
    assert redact("a eyJhbGciOiJI.eyJpc3Mi.c2ln b") == "a *** b"
