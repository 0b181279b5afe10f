"""The naming field whose value is a SKU, through GraphQL text: said, taken back, refused."""

from typing import Any

import pytest

from models.tenants.membership import Role
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld
from tests.worlds.naming import NamingWorld, naming_world
from tests.worlds.products import LOG

SET = """
mutation ($input: UpdateTenantInput!) {
  updateTenant(input: $input) { tenant { name productTag } userErrors { code field message } }
}
"""


@pytest.fixture
async def world(tools: Toolbox) -> NamingWorld:
    made = await naming_world(tools)
    await made.save("sku", "hook")
    return made


async def told(world: NamingWorld, role: Role = Role.OWNER, **values: Any) -> Any:
    return await Door(world.tools, world.entities.as_role(role)).ask(SET, input=values)


async def now(world: NamingWorld) -> str | None:
    answer = await Door(world.tools, world.entities.viewer).ask("{ tenant { productTag } }")
    found: str | None = answer.data["tenant"]["productTag"]
    return found


async def logged(entities: EntityWorld) -> list[tuple[Any, Any]]:
    async with entities.db.read(entities.viewer) as session:
        rows = await session.fetch(LOG.replace(":tenant_id", "$1"), [entities.tenant_id])
    changes = [(row[2], row[3]) for row in rows if row[0] == "tenant.changed"]
    return [(before.get("product_tag"), after.get("product_tag")) for before, after in changes]


async def test_a_field_of_a_template_may_hold_skus_and_null_takes_it_back(world: NamingWorld) -> None:
    assert await now(world) is None
    for field in ("sku", "hook", None):
        payload = (await told(world, productTag=field)).data["updateTenant"]
        assert (payload["tenant"]["productTag"], payload["userErrors"]) == (field, [])
        assert await now(world) == field
    assert await logged(world.entities) == [(None, "sku"), ("sku", "hook"), ("hook", None)]


async def test_what_is_left_out_stays(world: NamingWorld) -> None:
    await told(world, productTag="sku")
    payload = (await told(world, name="Other")).data["updateTenant"]
    assert payload["tenant"] == {"name": "Other", "productTag": "sku"}
    await told(world, productTag="sku")
    assert len(await logged(world.entities)) == 2


@pytest.mark.parametrize("field", ["", " ", "SKU", "sku ", "unknown", "x" * 5_000, "a\u0000b"])
async def test_a_field_that_no_template_has_is_refused(world: NamingWorld, field: str) -> None:
    await told(world, productTag="sku")
    payload = (await told(world, name="Other", productTag=field)).data["updateTenant"]
    assert [(each["code"], each["field"]) for each in payload["userErrors"]] == [("INVALID", ["input", "productTag"])]
    assert await now(world) == "sku"


@pytest.mark.parametrize("wrong", [7, True, ["sku"], {"field": "sku"}])
async def test_what_is_no_text_is_refused(world: NamingWorld, wrong: Any) -> None:
    assert (await told(world, productTag=wrong)).codes != []
    assert await now(world) is None


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER])
@pytest.mark.usefixtures("dropped_resolvers")
async def test_it_is_said_by_those_who_manage_the_tenant(world: NamingWorld, role: Role) -> None:
    assert (await told(world, role, productTag="sku")).codes == ["FORBIDDEN"]
    assert await now(world) is None
