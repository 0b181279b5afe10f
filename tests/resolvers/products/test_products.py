"""Products as clients see them: lists, filters, orders, and errors at the places that the client wrote."""

from decimal import Decimal
from typing import Any

import pytest

from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.products import Catalogue, catalogue

LIST = """
query ($first: Int, $after: String, $filter: ProductFilter, $order: ProductOrder! = CREATED_DESC) {
  products(first: $first, after: $after, filter: $filter, order: $order) {
    nodes { title sku } totalCount pageInfo { hasNextPage endCursor }
  }
}
"""
SHOWN = "product { id sku title currency price cost quantity status pageUrls version deletedAt }"
ERRORS = "userErrors { code field message }"
CREATE = f"""mutation ($input: ProductInput!, $key: String) {{
  createProduct(input: $input, idempotencyKey: $key) {{ {SHOWN} {ERRORS} }} }}"""
UPDATE = f"""mutation ($id: ID!, $version: Int!, $input: ProductInput!) {{
  updateProduct(id: $id, expectedVersion: $version, input: $input) {{ {SHOWN} {ERRORS} }} }}"""
SET = f"""mutation ($ids: [ID!]!, $status: ProductStatus!) {{
  setProductStatus(ids: $ids, status: $status) {{ products {{ title status }} {ERRORS} }} }}"""
DELETE = f"mutation ($id: ID!) {{ deleteProduct(id: $id) {{ ok id {ERRORS} }} }}"
RESTORE = f"mutation ($id: ID!) {{ restoreProduct(id: $id) {{ {SHOWN} {ERRORS} }} }}"
LAMP = {"title": "A lamp", "currency": "EUR", "price": 12.5}


@pytest.fixture
async def world(tools: Toolbox) -> Catalogue:
    return await catalogue(tools)


async def told(world: Catalogue, operation: str, **variables: Any) -> dict[str, Any]:
    [payload] = (await world.door.ask(operation, **variables)).data.values()
    found: dict[str, Any] = payload
    return found


async def titles(world: Catalogue, **asked: Any) -> list[str]:
    page = await told(world, LIST, **asked)
    assert page["totalCount"] >= len(page["nodes"])
    return [each["title"] for each in page["nodes"]]


def errors(payload: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(each["code"], each["field"]) for each in payload["userErrors"]]


async def test_the_life_of_a_product(world: Catalogue) -> None:
    page = "https://shop.test/lamp"
    made = (await told(world, CREATE, input={**LAMP, "sku": "L-1", "pageUrls": [page]}, key="k"))["product"]
    assert (made["sku"], made["price"], made["status"], made["pageUrls"]) == ("L-1", Decimal("12.5"), "DRAFT", [page])
    changed = (await told(world, UPDATE, id=made["id"], version=1, input={"cost": 4, "title": None}))["product"]
    assert (changed["cost"], changed["title"], changed["version"]) == (4, "A lamp", 2)
    assert (await told(world, SET, ids=[made["id"]], status="PUBLISHED"))["products"] == [
        {"title": "A lamp", "status": "PUBLISHED"}
    ]
    gone = await told(world, DELETE, id=made["id"])
    assert (gone["ok"], gone["id"]) == (True, made["id"])
    assert (await titles(world), await titles(world, filter={"deleted": True})) == ([], ["A lamp"])
    assert (await told(world, RESTORE, id=made["id"]))["product"]["deletedAt"] is None
    assert await titles(world) == ["A lamp"]


async def test_errors_are_at_the_places_that_the_client_wrote(world: Catalogue) -> None:
    assert errors(await told(world, CREATE, input={"price": 0, "pageUrls": ["https://a.test", "x"]})) == [
        ("INVALID", ["input", "title"]),
        ("INVALID", ["input", "currency"]),
        ("INVALID", ["input", "price"]),
        ("INVALID", ["input", "pageUrls", "1"]),
    ]
    made = (await told(world, CREATE, input={**LAMP, "sku": "L-1"}))["product"]
    assert errors(await told(world, CREATE, input={**LAMP, "sku": "L-1"})) == [("ALREADY_EXISTS", ["input", "sku"])]
    assert errors(await told(world, UPDATE, id=made["id"], version=7, input={})) == [("CONFLICT", ["expectedVersion"])]
    nothing, campaign = encode_id("Product", world.team.tenant_id), encode_id("Campaign", world.team.tenant_id)
    assert errors(await told(world, UPDATE, id=nothing, version=1, input={})) == [("NOT_FOUND", ["id"])]
    assert errors(await told(world, DELETE, id=campaign)) == [("INVALID", ["id"])]
    assert errors(await told(world, SET, ids=[nothing, campaign, "", made["id"]], status="DRAFT")) == [
        ("NOT_FOUND", ["ids", "0"]), ("INVALID", ["ids", "1"]), ("INVALID", ["ids", "2"]), ("CONFLICT", ["ids", "3"]),
    ]  # fmt: skip
    many = await told(world, SET, ids=[made["id"]] * 1_001, status="ARCHIVED")
    assert errors(many) == [("INVALID", ["ids"])]


async def test_every_order_pages_without_a_gap(world: Catalogue) -> None:
    made = [await world.make(title, sku=sku) for title, sku in (("éclair", "c"), ("Eclipse", "a"), ("eclair", "b"))]
    world.clock.now = world.clock.now.replace(hour=13)
    await world.change(made[0], quantity=2)
    for order, expected in {
        "SKU_ASC": ["Eclipse", "eclair", "éclair"],
        "TITLE_ASC": ["éclair", "eclair", "Eclipse"],
        "CREATED_ASC": ["éclair", "Eclipse", "eclair"],
        "CREATED_DESC": ["eclair", "Eclipse", "éclair"],
        "UPDATED_DESC": ["éclair", "eclair", "Eclipse"],
    }.items():
        found, after = list[str](), None
        while True:
            page = await told(world, LIST, first=1, after=after, order=order)
            found += [each["title"] for each in page["nodes"]]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        assert found == expected, order
    other = await world.door.ask(LIST, after=after, order="CREATED_ASC")
    assert other.codes == ["BAD_USER_INPUT"]


async def test_filters(world: Catalogue) -> None:
    lamp, chair = await world.make("Lámpara 50 %", sku="L-1"), await world.make("Chair", sku="LAMP-2")
    await told(world, SET, ids=[encode_id("Product", chair.id)], status="PUBLISHED")
    assert await titles(world, filter={"text": {"contains": "lamp"}}) == [chair.title, lamp.title]
    assert await titles(world, filter={"text": {"startsWith": "l-"}}) == [lamp.title]
    assert await titles(world, filter={"text": {"contains": "%"}}) == [lamp.title]
    assert await titles(world, filter={"text": {"contains": "_"}}) == []
    assert await titles(world, filter={"status": ["PUBLISHED", "SOLD"]}) == ["Chair"]
    assert await titles(world, filter={"status": []}) == []
    assert await titles(world, filter={"status": None, "text": None}) == ["Chair", lamp.title]
    assert (await world.door.ask(LIST, filter={"text": {"eq": "a\0"}})).codes == ["BAD_USER_INPUT"]


async def test_a_viewer_reads_and_changes_nothing(world: Catalogue) -> None:
    made = await world.make()
    world.role = Role.VIEWER
    assert await titles(world) == ["A lamp"]
    product_id = encode_id("Product", made.id)
    for operation, variables in (
        (CREATE, {"input": LAMP}),
        (UPDATE, {"id": product_id, "version": 1, "input": {}}),
        (SET, {"ids": [product_id], "status": "PUBLISHED"}),
        (DELETE, {"id": product_id}),
        (RESTORE, {"id": product_id}),
    ):
        assert (await world.door.ask(operation, **variables)).codes == ["FORBIDDEN"]
