"""Order cases as clients read them: the list with its filter, below orders, and as nodes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.orders.order import SalesOrder
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.worlds.cases import CaseWorld, case_world
from tests.worlds.channel_jobs import seller

CASES = """query ($first: Int, $after: String, $filter: OrderCaseFilter) {
  orderCases(first: $first, after: $after, filter: $filter) { totalCount pageInfo { endCursor hasNextPage } nodes {
    id externalId kind status reason currency amount openedAt respondBy closedAt outcome actions
    channel { id } order { externalId cases { externalId } } } } }"""


@pytest.fixture
async def world(tools: Toolbox) -> CaseWorld:
    return await case_world(tools)


async def found(world: CaseWorld, **wanted: Any) -> set[str]:
    answer = await world.ask(CASES, filter=wanted)
    assert answer.codes == [], answer.messages
    cases = answer.data["orderCases"]
    assert cases["totalCount"] == len(cases["nodes"])
    return {each["externalId"] for each in cases["nodes"]}


async def test_cases_are_found_by_each_part_of_the_filter(world: CaseWorld) -> None:
    past, future = world.clock() - timedelta(hours=1), world.clock() + timedelta(hours=1)
    other = await seller(world.team, external_id="another")
    await world.case(external_id="late", respond_by=past)
    await world.case(external_id="closed", respond_by=past, status="CLOSED", kind="INQUIRY")
    await world.case(external_id="early", respond_by=future, channel_id=other.id)
    await world.case(external_id="timeless", kind="DISPUTE", status="AWAITING_BUYER")
    everything = {"late", "closed", "early", "timeless"}
    assert await found(world) == everything
    assert await found(world, isOverdue=True) == {"late"}
    assert await found(world, isOverdue=False) == everything - {"late"}
    assert await found(world, channelIds=[encode_id("Channel", other.id)]) == {"early"}
    assert await found(world, kind=["INQUIRY", "DISPUTE"]) == {"closed", "timeless"}
    assert await found(world, status=["CLOSED"]) == {"closed"}
    assert await found(world, status=["AWAITING_SELLER"], isOverdue=True, kind=["RETURN"]) == {"late"}
    assert await found(world, kind=[]) == set()
    assert await found(world, kind=None, status=None, channelIds=None, isOverdue=None) == everything


@pytest.mark.parametrize(
    "wanted",
    [
        {"kind": ["QUARREL"]},
        {"status": 7},
        {"isOverdue": "yes"},
        {"channelIds": ["nonsense"]},
        {"kind": ["RETURN"] * 1001},
    ],
)
async def test_a_filter_that_is_none_is_refused(
    world: CaseWorld, dropped_resolvers: object, wanted: dict[str, Any]
) -> None:
    assert (await world.ask(CASES, filter=wanted)).codes != []


async def test_a_case_leads_to_its_order_whichever_came_first(world: CaseWorld) -> None:
    await world.case(external_id="first", order_external_id="o-1", amount=Decimal("12.5"), currency="EUR")
    await world.case(external_id="second", order_external_id="o-1", actions=["ACCEPT", "FROM_LATER"])
    await world.case(external_id="other", order_external_id="o-2")
    other = await seller(world.team, external_id="another")
    await world.case(external_id="foreign", order_external_id="o-1", channel_id=other.id)
    sale: dict[str, Any] = {
        "channel_id": world.channel.id, "external_id": "o-1", "status": "PAID", "currency": "EUR",
        "placed_at": world.clock(), "updated_at": world.clock(), "subtotal": 0, "discount": 0,
        "shipping": 0, "tax": 0, "total": 0,
    }  # fmt: skip
    await world.team.keep(SalesOrder(tenant_id=world.team.tenant_id, **sale))
    answer = await world.ask(CASES)
    assert answer.codes == [], answer.messages
    shown = {each["externalId"]: each for each in answer.data["orderCases"]["nodes"]}
    both = {"externalId": "o-1", "cases": [{"externalId": "first"}, {"externalId": "second"}]}
    assert [shown[name]["order"] for name in ("first", "second", "other", "foreign")] == [both, both, None, None]
    assert (Decimal(shown["first"]["amount"]), shown["first"]["currency"]) == (Decimal("12.5"), "EUR")
    assert shown["second"]["amount"] is None
    assert shown["second"]["actions"] == ["ACCEPT"]


async def test_pages_follow_one_another_and_a_case_is_a_node(world: CaseWorld) -> None:
    for number in range(3):
        await world.case(external_id=f"c-{number}", opened_at=world.clock() + timedelta(minutes=number))
    first = (await world.ask(CASES, first=2)).data["orderCases"]
    assert [each["externalId"] for each in first["nodes"]] == ["c-2", "c-1"]
    rest = (await world.ask(CASES, first=2, after=first["pageInfo"]["endCursor"])).data["orderCases"]
    assert [each["externalId"] for each in rest["nodes"]] == ["c-0"]
    node = await world.ask(
        "query ($id: ID!) { node(id: $id) { ... on OrderCase { externalId kind } } }", id=rest["nodes"][0]["id"]
    )
    assert node.data["node"] == {"externalId": "c-0", "kind": "RETURN"}


async def test_whoever_may_read_reads_cases(world: CaseWorld) -> None:
    await world.case()
    world.role = Role.VIEWER
    assert len(await found(world)) == 1
