"""Limits: how large a document, and how many objects in its answer."""

from typing import Any

import pytest

from execution import documents
from execution.limits import cost, shape
from execution.masking import LONGEST_MESSAGE
from tests.doors.http import GraphQLClient
from tests.execution.conftest import ENGINE


def nested(levels: int) -> str:
    return "{ paged { nodes " + "{ things { nodes " * levels + "{ name }" + "} }" * levels + " } }"


BOMB = "{ ...a0 } " + " ".join(f"fragment a{n} on Query {{ ...a{n + 1} ...a{n + 1} }}" for n in range(30))
TOO_MANY_ROOTS = shape.MAX_ROOT_FIELDS + 1
REPEATEDLY = "@a " * (shape.MAX_DIRECTIVES_AT_ONE_PLACE + 1)
TOO_LARGE = {
    "depth": nested(12),
    "aliases": "{" + " ".join(f"a{n}: hello" for n in range(shape.MAX_ALIASES + 1)) + "}",
    "a thousand aliases": "{ paged { nodes { " + " ".join(f"a{n}: name" for n in range(1_000)) + " } } }",
    "root fields": "{" + "hello " * TOO_MANY_ROOTS + "}",
    "root fields in fragments": "{ ... { ...f } } fragment f on Query {" + "hello " * (shape.MAX_ROOT_FIELDS + 1) + "}",
    "directives": "{ paged { nodes { " + "name @include(if: true) " * (shape.MAX_DIRECTIVES + 1) + "} } }",
    "directives at a field": "{ hello " + REPEATEDLY + " }",
    "directives at an operation": "query " + REPEATEDLY + " { hello }",
    "directives at a variable": "query ($v: Int " + REPEATEDLY + ") { hello }",
    "directives at a spread": "{ ...f " + REPEATEDLY + " } fragment f on Query { hello }",
    "directives at an inline fragment": "{ ... " + REPEATEDLY + " { hello } }",
    "directives at a fragment": "{ ...f } fragment f on Query " + REPEATEDLY + " { hello }",
    "directives in an unused fragment": "{ hello } fragment f on Query { hello " + REPEATEDLY + " }",
    "fields": "{ paged { nodes {" + "name " * (shape.MAX_FIELDS + 1) + "} } }",
    "tokens": "{ hello }" + " #\n" + "query a { hello }" * shape.MAX_TOKENS,
    "characters": "{ hello }" + "," * shape.MAX_CHARACTERS,
    "definitions": "{ hello }" + "query a { hello }" * shape.MAX_DEFINITIONS,
    "the same field": "{ paged { " + "nodes { name } " * 100 + "} }",
    "the same field in fragments": "{ paged { nodes { "
    + " ".join(f"...f{n} " for n in range(60))
    + "} } }"
    + " ".join(f"fragment f{n} on Thing {{ name things {{ nodes {{ name }} }} }}" for n in range(60)),
    "the same field in a fragment that nobody spreads": "{ hello } fragment f on ThingConnection { "
    + "nodes { name } " * 100
    + "}",
    "doubling fragments without an end": BOMB + " fragment a30 on Query { ...missing }",
    "fragment bomb": BOMB + " fragment a30 on Query { hello hello }",
    "nesting of braces": "{ hello " + "... { hello " * 1500 + "}" * 1500 + "}",
}


@pytest.mark.parametrize("what", TOO_LARGE)
async def test_a_document_beyond_a_limit_is_refused(client: GraphQLClient, what: str) -> None:
    reply = await client.send(
        "POST", json={"query": TOO_LARGE[what]}, headers={"accept": "application/graphql-response+json"}
    )
    assert (reply.status, set(reply.codes)) == (400, {"QUERY_TOO_COMPLEX"})


async def test_doubling_fragments_that_end_in_a_cycle_are_told_by_validation(client: GraphQLClient) -> None:
    reply = await client.ask(f"{BOMB} fragment a30 on Query {{ ...a0 }}")
    assert set(reply.codes) == {"BAD_USER_INPUT"}


async def test_a_cycle_of_fragments_is_told_by_validation(client: GraphQLClient) -> None:
    reply = await client.ask("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }")
    assert set(reply.codes) == {"BAD_USER_INPUT"}


SPREAD = """
{ ...p }
fragment p on Query { paged(first: 1000) { ... on ThingConnection { nodes { ...t } } } }
fragment t on Thing { things(first: 500) { nodes { name } } }
"""


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ paged(first: 1000) { nodes { things(first: 1000) { nodes { name } } } } }", {}),
        ("query ($n: Int) { paged(first: $n) { nodes { things(first: $n) { nodes { name } } } } }", {"n": 999}),
        ("{ paged { nodes { things { nodes { things { nodes { name } } } } } } }", {}),
        (SPREAD, {}),
    ],
)
async def test_an_answer_of_too_many_objects_is_refused(
    client: GraphQLClient, query: str, variables: dict[str, int]
) -> None:
    reply = await client.ask(query, **variables)
    assert reply.codes == ["QUERY_TOO_COMPLEX"]
    assert str(cost.MAX_COST) in reply.errors[0]["message"]


@pytest.mark.parametrize(
    ("query", "variables", "field", "page"),
    [
        ("{ paged(first: %s) { nodes { things(first: 1000) { nodes { name } } } } }", {}, "paged", 99),
        (
            "query ($n: Int) { paged(first: $n) { nodes { things(first: %s) { nodes { name } } } } }",
            {"n": 500},
            "things",
            197,
        ),
        (SPREAD.replace("1000", "%s"), {}, "paged", 199),
    ],
)
async def test_a_refusal_names_a_field_and_the_page_that_would_fit(
    client: GraphQLClient, query: str, variables: dict[str, int], field: str, page: int
) -> None:
    refused = await client.ask(query % 1000, **variables)
    assert f"`{field}(first: {page})` would fit" in refused.errors[0]["message"]
    assert (await client.ask(query % page, **variables)).codes == []
    assert (await client.ask(query % (page + 1), **variables)).codes == ["QUERY_TOO_COMPLEX"]


async def test_where_no_page_alone_would_fit_levels_are_named(client: GraphQLClient) -> None:
    levels = "things(first: 400) { nodes { " * 5 + "name" + " } }" * 5
    message = (await client.ask(f"{{ paged(first: 400) {{ nodes {{ {levels} }} }} }}")).errors[0]["message"]
    assert "`paged` asks for the largest pages; no page of one field alone can be small enough" in message


async def test_pages_within_the_budget_pass(client: GraphQLClient) -> None:
    reply = await client.ask(
        "query ($n: Int) { paged(first: $n) { nodes { things(first: 40) { nodes { name } } } } }", n=50
    )
    assert reply.data == {"paged": {"nodes": [{"things": {"nodes": []}}]}}


async def test_introspection_for_tools_passes(client: GraphQLClient) -> None:
    deep = "type { kind name ofType { kind name ofType { kind name ofType { name } } } }"
    reply = await client.ask(f"{{ __schema {{ types {{ fields {{ args {{ {deep} }} {deep} }} }} }} }}")
    assert reply.codes == []


async def test_too_many_values_are_refused_before_they_are_read(client: GraphQLClient) -> None:
    text = "query ($name: String!) { hello(name: $name) }"
    within: Any = {"name": "you", "unused": [1] * (shape.MAX_VALUES - 3)}
    assert (await client.ask(text, **within)).data == {"hello": "hello you"}
    within["unused"].append({})
    assert (await client.ask(text, **within)).codes == ["QUERY_TOO_COMPLEX"]


# Each error of it repeats the whole object.
REPEATED = "{ find(where: { " + " ".join(f"x{n}: 1" for n in range(1_200)) + " }) }"
# Told with each level indented: some megabytes.
INDENTED = "{ find(where: " + "{ a: " * 150 + '"""' + "\nx" * 3_000 + '"""' + " }" * 150 + ") }"


@pytest.mark.parametrize("text", [REPEATED, INDENTED], ids=["repeated", "indented"])
async def test_what_is_wrong_with_a_long_document_is_told_in_short(client: GraphQLClient, text: str) -> None:
    reply = await client.ask(text)
    assert set(reply.codes) == {"BAD_USER_INPUT"}
    assert len(reply.errors) <= 5
    assert all(len(error["message"].encode()) <= LONGEST_MESSAGE for error in reply.errors)


async def test_what_is_wrong_with_a_value_is_told_in_short(client: GraphQLClient) -> None:
    reply = await client.ask("query ($where: Where!) { find(where: $where) }", where={"name": "x", "y" * 50_000: 1})
    assert reply.codes == ["BAD_USER_INPUT"]
    assert reply.errors[0]["message"].startswith("Variable '$where' has invalid value")
    assert len(reply.errors[0]["message"].encode()) <= LONGEST_MESSAGE


async def test_a_mistake_that_is_repeated_is_told_once_with_all_its_places(client: GraphQLClient) -> None:
    reply = await client.ask("{ hello @nope @nope @nope @nope @nope paged { nodes { name @nope } } }")
    [error] = reply.errors
    assert error["message"] == "Unknown directive '@nope'."
    assert len(error["locations"]) == 6
    variables = {"where": [{"nome": "x"}] * 10}
    given = await client.ask("query ($where: [Where!]!, $v: Int!, $w: Int!) { hello }", **variables)
    assert len(given.errors) == len({error["message"] for error in given.errors})


def test_a_document_with_errors_is_not_kept() -> None:
    def prepare(text: str) -> documents.Prepared:
        return documents.prepared(ENGINE.core, text, hides_names=True)

    assert prepare("{ hello }") is prepare("{ hello }")
    assert prepare("{ unknown }") is not prepare("{ unknown }")
