"""The vocabulary as clients see it: one list of shared and own values, and the values of products."""

import re
from pathlib import Path
from typing import Any

import pytest

from models.ids import new_id
from models.products.attribute import AttributeKind, OwnAttribute
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.ads import statements
from tests.worlds.products import Catalogue, catalogue

LIST = """
query ($kind: AttributeKind!, $search: String, $parentId: ID, $first: Int, $after: String) {
  attributes(kind: $kind, search: $search, parentId: $parentId, first: $first, after: $after) {
    nodes { id key label shared isActive parent { key } } totalCount pageInfo { hasNextPage endCursor }
  }
}
"""
ERRORS = "userErrors { code field }"
SHOWN = "attribute { id kind key label shared parent { id } mappings { channelKind market externalId externalName } }"
SAVE = f"mutation ($input: AttributeInput!) {{ saveAttribute(input: $input) {{ {SHOWN} {ERRORS} }} }}"
DELETE = f"mutation ($id: ID!) {{ deleteAttribute(id: $id) {{ ok id {ERRORS} }} }}"
GIVE = f"""mutation ($id: ID!, $version: Int!, $ids: [ID!]) {{
  updateProduct(id: $id, expectedVersion: $version, input: {{ attributeIds: $ids }}) {{
    product {{ version attributes {{ key kind }} }} {ERRORS} }} }}"""
PRODUCTS = """query ($ids: [ID!]) { products(filter: { attributeIds: $ids }, first: 40) {
  nodes { title attributes { key parent { key } } } totalCount } }"""


@pytest.fixture
async def world(tools: Toolbox) -> Catalogue:
    return await catalogue(tools)


async def told(world: Catalogue, operation: str, **variables: Any) -> dict[str, Any]:
    answer = await world.door.ask(operation, **variables)
    assert answer.codes == []
    [payload] = answer.data.values()
    found: dict[str, Any] = payload
    return found


def errors(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(each["code"], each["field"]) for each in payload["userErrors"]]


async def keep(world: Catalogue, *labels: str, kind: AttributeKind = AttributeKind.COLOUR) -> list[OwnAttribute]:
    made = [
        OwnAttribute(tenant_id=world.team.tenant_id, kind=kind, key=f"own-{place}", label=label)
        for place, label in enumerate(labels)
    ]
    await world.team.keep(*made)
    return made


async def test_shared_and_own_values_are_one_list_by_label(world: Catalogue) -> None:
    await keep(world, "blåish", "Zinc", "Aquamarine", "black")
    found, after = list[dict[str, Any]](), None
    while True:
        page = await told(world, LIST, kind="COLOUR", first=7, after=after)
        found += page["nodes"]
        assert page["pageInfo"]["hasNextPage"] is (len(found) < page["totalCount"])
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len({each["id"] for each in found}) == len(found) == page["totalCount"]
    labels = [each["label"] for each in found]
    assert [each.lower() for each in labels[:4]] == ["aquamarine", "beige", "black", "black"]
    assert labels.index("blåish") < labels.index("Blue") < labels.index("Zinc") == len(labels) - 1
    assert {each["shared"] for each in found} == {True, False}
    other = await catalogue(world.tools)
    assert (await told(other, LIST, kind="COLOUR"))["totalCount"] == page["totalCount"] - 4


async def test_search_and_parents(world: Catalogue) -> None:
    clothing = (await told(world, LIST, kind="CATEGORY", search="cLÖthing"))["nodes"]
    assert [each["key"] for each in clothing] == ["baby-clothing", "clothing"]
    below = await told(world, LIST, kind="CATEGORY", parentId=clothing[1]["id"], search="Tops")
    assert [(each["key"], each["parent"]) for each in below["nodes"]] == [("tops", {"key": "clothing"})]
    assert (await told(world, LIST, kind="BRAND", parentId=clothing[1]["id"]))["totalCount"] == 0
    assert (await told(world, LIST, kind="BRAND", search="100%"))["totalCount"] == 0
    for wrong in ({"search": "\0"}, {"parentId": "x"}, {"after": "x"}, {"first": 0}):
        assert (await world.door.ask(LIST, kind="BRAND", **wrong)).codes == ["BAD_USER_INPUT"]


async def test_a_value_of_your_own(world: Catalogue) -> None:
    [nike] = (await told(world, LIST, kind="BRAND", search="nike"))["nodes"]
    mapping = {"channelKind": "EBAY", "market": None, "externalId": "12"}
    wanted = {"kind": "BRAND", "key": "nike-lab", "label": "Nike Lab", "parentId": nike["id"], "mappings": [mapping]}
    made = (await told(world, SAVE, input=wanted))["attribute"]
    assert (made["parent"], made["shared"]) == ({"id": nike["id"]}, False)
    assert made["mappings"] == [{**mapping, "externalName": None}]
    node = "query ($id: ID!) { node(id: $id) { ... on Attribute { key shared } } }"
    assert await told(world, node, id=made["id"]) == {"key": "nike-lab", "shared": False}
    assert await told(world, node, id=nike["id"]) == {"key": "nike", "shared": True}
    for wrong, code, field in (
        ({"key": "nike"}, "ALREADY_EXISTS", ["input", "key"]),
        ({"key": "X"}, "INVALID", ["input", "key"]),
        ({"key": "x", "parentId": "x"}, "INVALID", ["input", "parentId"]),
        ({"id": nike["id"], "key": "nike"}, "NOT_FOUND", ["input", "id"]),
        ({"id": "x"}, "INVALID", ["input", "id"]),
        (
            {"key": "x", "mappings": [{**mapping, "externalId": ""}]},
            "INVALID",
            ["input", "mappings", "0", "externalId"],
        ),
    ):
        assert errors(await told(world, SAVE, input={**wanted, **wrong})) == [(code, field)]
    assert (await world.door.ask(SAVE, input={**wanted, "key": "y", "shared": True})).codes == ["FORBIDDEN"]
    assert (await told(world, DELETE, id=made["id"])) == {"ok": True, "id": made["id"], "userErrors": []}
    assert errors(await told(world, DELETE, id=made["id"])) == [("NOT_FOUND", ["id"])]


async def test_a_product_has_active_values_and_those_that_it_had(world: Catalogue) -> None:
    product, [own, idle] = await world.make(), await keep(world, "Zinc", "Old")
    foreign = (await keep(await catalogue(world.tools), "Foreign"))[0]
    [nike] = (await told(world, LIST, kind="BRAND", search="nike"))["nodes"]
    product_id, own_id = encode_id("Product", product.id), encode_id("Attribute", own.id)
    given = await told(world, GIVE, id=product_id, version=1, ids=[own_id, nike["id"], own_id])
    assert given["product"] == {
        "version": 2,
        "attributes": [{"key": "nike", "kind": "BRAND"}, {"key": "own-0", "kind": "COLOUR"}],
    }
    retired = {"id": own_id, "kind": "COLOUR", "key": "own-0", "label": "Zinc", "isActive": False}
    await told(world, SAVE, input=retired)
    again = await told(world, GIVE, id=product_id, version=2, ids=[own_id])
    assert (again["product"]["version"], len(again["product"]["attributes"])) == (3, 1)
    idle_id = encode_id("Attribute", idle.id)
    await told(world, SAVE, input={**retired, "id": idle_id, "key": "own-1"})
    wrong = [own_id, idle_id, encode_id("Attribute", foreign.id), encode_id("Attribute", new_id()), "x"]
    refused = await told(world, GIVE, id=product_id, version=3, ids=wrong)
    assert errors(refused) == [("INVALID", ["input", "attributeIds", str(place)]) for place in (1, 2, 3, 4)]
    assert (await told(world, GIVE, id=product_id, version=3, ids=None))["product"]["version"] == 3
    assert (await told(world, PRODUCTS, ids=[own_id, idle_id]))["totalCount"] == 1
    assert (await told(world, PRODUCTS, ids=[idle_id]))["totalCount"] == 0
    change = next(each for each in reversed(await world.log()) if each[0] == "product.changed")
    assert (len(change[2]["attribute_ids"]), change[3]["attribute_ids"]) == (2, [str(own.id)])


async def test_a_list_of_products_reads_their_values_at_once(world: Catalogue) -> None:
    [own] = await keep(world, "Zinc")
    for title in ("one", "two", "three"):
        await world.make(title, attribute_ids=[own.id])

    async def sent(first: int) -> int:
        with statements(world.tools.db) as counted:
            await told(world, PRODUCTS.replace("first: 40", f"first: {first}"), ids=[encode_id("Attribute", own.id)])
        return len(counted)

    await sent(1)  # the first one begins with what is kept afterwards
    assert await sent(1) == await sent(3)


def test_the_values_that_every_installation_begins_with() -> None:
    lines = (Path(__file__).parents[3] / "migrations" / "starter_vocabulary.csv").read_text().splitlines()
    rows = [line.split(",", 3) for line in lines[1:]]
    keys = {(kind, key) for kind, key, *_ in rows}
    assert {kind for kind, _ in keys} == set(AttributeKind)
    assert len(keys) == len(rows) >= 300
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", key) for _, key in keys)
    assert all((kind, parent) in keys for kind, _, parent, _ in rows if parent)


async def test_they_are_there(world: Catalogue) -> None:
    for kind in AttributeKind:
        assert (await told(world, LIST, kind=kind.value))["totalCount"] > 0
