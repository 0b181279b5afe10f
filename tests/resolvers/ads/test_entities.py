"""Ad entities through GraphQL text: data, error codes, and the number of statements."""

from uuid import uuid4

import pytest

from models.ads.campaign import DeliveryStatus
from models.ids import new_id
from models.tenants.membership import Role
from resolvers.node_id import encode_id
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.worlds.ads import EntityWorld, entity_world, statements

CAMPAIGNS = """
query Campaigns($first: Int, $after: String, $filter: EntityFilter, $order: EntityOrder! = NAME_ASC) {
  campaigns(first: $first, after: $after, filter: $filter, order: $order) {
    nodes { name } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
NESTED = """
{ campaigns { nodes {
  adAccount { name grant { id } }
  adSets(first: 5) { totalCount nodes {
    campaign { id }
    ads(first: 5) { nodes { adSet { id } creative { name ads(first: 2) { nodes { id } } } } }
  } }
} } }
"""


@pytest.fixture
async def world(tools: Toolbox) -> EntityWorld:
    return await entity_world(tools.db)


@pytest.fixture
def door(tools: Toolbox, world: EntityWorld) -> Door:
    return Door(tools, world.viewer)


async def tree(world: EntityWorld, campaigns: int) -> None:
    account = await world.account()
    [film] = await world.creatives(account, "film")
    for campaign in await world.campaigns(account, *(f"campaign {n}" for n in range(campaigns))):
        for ad_set in await world.ad_sets(campaign, "one", "two"):
            await world.ads(ad_set, "x", "y", creative_id=film.id)


@pytest.mark.parametrize(("first", "expected"), [(None, 50), (1, 1), (10_000_000, 60), (1000, 60)])
async def test_first_is_clamped_and_null_is_fifty(
    world: EntityWorld, door: Door, first: int | None, expected: int
) -> None:
    await world.campaigns(await world.account(), *(f"c{n}" for n in range(60)))
    answer = await door.ask(CAMPAIGNS, first=first)
    assert len(answer.data["campaigns"]["nodes"]) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        {"first": 0},
        {"first": -1},
        {"after": "nonsense"},
        {"filter": {"campaignIds": ["nonsense"]}},
        {"filter": {"adAccountIds": [encode_id("Campaign", uuid4())]}},
        {"filter": {"adSetIds": [encode_id("AdSet", uuid4())] * 1001}},
        {"filter": {"name": {"in": ["x"] * 1001}}},
        {"filter": {"name": {"contains": "\0"}}},
    ],
)
async def test_arguments_without_an_answer_are_bad_user_input(door: Door, arguments: dict[str, object]) -> None:
    answer = await door.ask(CAMPAIGNS, **arguments)
    assert (answer.data, answer.codes) == ({"campaigns": None}, ["BAD_USER_INPUT"])


async def test_pages_follow_their_cursors_in_any_order(world: EntityWorld, door: Door) -> None:
    await world.campaigns(await world.account(), "b", "a", "c", "a")
    found, after = [], None
    while True:
        page = (await door.ask(CAMPAIGNS, first=3, after=after, order="NAME_DESC")).data["campaigns"]
        found += [node["name"] for node in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == ["c", "b", "a", "a"]


async def test_a_cursor_of_another_query_is_bad_user_input(world: EntityWorld, door: Door) -> None:
    await world.campaigns(await world.account(), "a", "b")
    cursor = (await door.ask(CAMPAIGNS, first=1)).data["campaigns"]["pageInfo"]["endCursor"]
    assert (await door.ask("query($after: String) { ads(after: $after) { nodes { id } } }", after=cursor)).codes == [
        "BAD_USER_INPUT"
    ]
    assert (await door.ask(CAMPAIGNS, after=cursor, order="CREATED_DESC")).codes == ["BAD_USER_INPUT"]


async def test_ids_of_nobody_match_nothing(world: EntityWorld, door: Door) -> None:
    await world.campaigns(await world.account(), "a")
    answer = await door.ask(CAMPAIGNS, filter={"campaignIds": [encode_id("Campaign", new_id())]})
    assert (answer.data["campaigns"]["nodes"], answer.codes) == ([], [])


async def test_the_lists_below_an_account_take_filters(world: EntityWorld, door: Door) -> None:
    account = await world.account(name="Acme")
    [spring] = await world.campaigns(account, "spring")
    await world.campaigns(account, "autumn", status=DeliveryStatus.PAUSED)
    [warm] = await world.ad_sets(spring, "warm")
    await world.ads(warm, "sun", "moon")
    answer = await door.ask(
        """{ adAccounts(filter: {name: {eq: "ACME"}}) { nodes {
          campaigns(filter: {status: [PAUSED]}) { totalCount nodes { name } }
          adSets(filter: {name: {startsWith: "W"}}) { nodes { name campaign { name } } }
          ads(first: 1) { totalCount nodes { name } pageInfo { hasNextPage } }
        } } }"""
    )
    assert answer.data["adAccounts"]["nodes"] == [
        {
            "campaigns": {"totalCount": 1, "nodes": [{"name": "autumn"}]},
            "adSets": {"nodes": [{"name": "warm", "campaign": {"name": "spring"}}]},
            "ads": {"totalCount": 2, "nodes": [{"name": "moon"}], "pageInfo": {"hasNextPage": True}},
        }
    ]


async def test_rows_are_counted_only_when_the_count_is_selected(world: EntityWorld, door: Door) -> None:
    await world.campaigns(await world.account(), "a", "b", "c")
    with statements(world.db) as plain:
        await door.ask("{ campaigns(first: 1) { nodes { id } } }")
    with statements(world.db) as counted:
        answer = await door.ask('{ campaigns(first: 1, filter: {name: {in: ["A", "b"]}}) { totalCount } }')
    assert (len(plain), len(counted), answer.data["campaigns"]["totalCount"]) == (1, 2, 2)


async def test_nested_lists_cost_the_same_for_one_and_for_fifty_campaigns(tools: Toolbox) -> None:
    costs = []
    for campaigns in (1, 50):
        world = await entity_world(tools.db)
        await tree(world, campaigns)
        with statements(tools.db) as sent:
            answer = await Door(tools, world.viewer).ask(NESTED)
        assert answer.codes == []
        assert len(answer.data["campaigns"]["nodes"]) == campaigns
        costs.append(len(sent))
    # what exists, campaigns, accounts, ad sets, their counts, the ad sets' campaigns, ads, their ad sets, creatives,
    # their ads
    assert costs == [10, 10]


async def test_nodes_keep_the_order_of_their_ids(world: EntityWorld, door: Door) -> None:
    account = await world.account(name="Acme")
    [campaign] = await world.campaigns(account, "spring")
    [ad_set] = await world.ad_sets(campaign, "warm")
    [ad] = await world.ads(ad_set, "sun")
    ids = [
        encode_id("Ad", ad.id),
        "nonsense",
        encode_id("Campaign", campaign.id),
        encode_id("AdSet", campaign.id),
        encode_id("Nothing", ad.id),
        encode_id("AdAccount", account.id),
        encode_id("Ad", ad.id),
    ]
    answer = await door.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on InsightEntity { name } } }", ids=ids
    )
    assert [node and (node["__typename"], node["name"]) for node in answer.data["nodes"]] == [
        ("Ad", "sun"), None, ("Campaign", "spring"), None, None, ("AdAccount", "Acme"), ("Ad", "sun"),
    ]  # fmt: skip
    assert answer.data["nodes"][0]["id"] == ids[0]
    assert answer.codes == ["BAD_USER_INPUT"] * 2, "of the malformed id and the one of no type"
    assert answer.paths == [["nodes", 1], ["nodes", 4]]


async def test_an_error_in_one_node_leaves_the_others(tools: Toolbox, world: EntityWorld) -> None:
    account = await world.account()
    ids = [encode_id("ApiKey", new_id()), encode_id("AdAccount", account.id)]
    answer = await Door(tools, world.as_role(Role.VIEWER)).ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=ids
    )
    assert answer.data == {"nodes": [None, {"id": ids[1]}]}
    assert (answer.codes, answer.paths) == (["FORBIDDEN"], [["nodes", 0]])


@pytest.mark.parametrize(("fields", "ids"), [(1, 101), (3, 67)])
async def test_too_many_ids_are_refused_as_a_whole_with_rate_limits_on_or_off(
    door: Door, fields: int, ids: int
) -> None:
    asked = " ".join(f"a{number}: nodes(ids: $ids) {{ id }}" for number in range(fields))
    answer = await door.ask(f"query($ids: [ID!]!) {{ {asked} }}", ids=["x"] * ids)
    assert (answer.data, answer.codes) == (None, ["BAD_USER_INPUT"])


async def test_foreign_and_missing_ids_look_the_same(tools: Toolbox, world: EntityWorld) -> None:
    account = await world.account()
    stranger = Door(tools, (await entity_world(tools.db)).viewer)
    query = "query($id: ID!) { node(id: $id) { id } adAccount(id: $id) { id } }"
    for wanted in (encode_id("AdAccount", account.id), encode_id("AdAccount", new_id())):
        answer = await stranger.ask(query, id=wanted)
        assert (answer.data, answer.codes) == ({"node": None, "adAccount": None}, [])
    for wanted in ("nonsense", "act_1001", encode_id("Nothing", account.id)):
        answer = await stranger.ask(query, id=wanted)
        assert (answer.data, answer.codes) == ({"node": None, "adAccount": None}, ["BAD_USER_INPUT"] * 2)


@pytest.mark.parametrize("field", ["adAccounts", "campaigns", "adSets", "ads", "creatives"])
async def test_lists_need_credentials_and_a_tenant(tools: Toolbox, world: EntityWorld, field: str) -> None:
    query = f"{{ {field} {{ nodes {{ id }} }} }}"
    assert (await Door(tools, None).ask(query)).codes == ["UNAUTHENTICATED"]
    assert (await Door(tools, world.as_role(None)).ask(query)).codes == ["FORBIDDEN"]
    assert (await Door(tools, world.as_role(Role.VIEWER)).ask(query)).data == {field: {"nodes": []}}


@pytest.mark.parametrize("ranges", ["{}", '{preset: TODAY, between: {from: "2026-01-01", to: "2026-01-02"}}'])
async def test_exactly_one_key_is_given(world: EntityWorld, door: Door, ranges: str) -> None:
    await world.account()
    answer = await door.ask(f"{{ adAccounts {{ nodes {{ metrics(range: {ranges}) {{ spend }} }} }} }}")
    assert answer.codes == ["BAD_USER_INPUT"]


async def test_metrics_in_two_ranges_cost_the_same_for_one_and_for_fifty_campaigns(tools: Toolbox) -> None:
    costs = []
    for campaigns in (1, 50):
        world = await entity_world(tools.db)
        await tree(world, campaigns)
        with statements(tools.db) as sent:
            answer = await Door(tools, world.viewer).ask(
                """{ campaigns { nodes {
                  now: metrics(range: {preset: LAST_7_DAYS}) { spend impressions ctrLink }
                  before: metrics(range: {preset: LAST_30_DAYS}) { spend roas currency }
                } } }"""
            )
        assert (len(answer.data["campaigns"]["nodes"]), answer.codes) == (campaigns, [])
        costs.append(len(sent))
    assert costs[0] == costs[1] <= 4


async def test_rows_are_found_by_the_platforms_own_ids(world: EntityWorld, door: Door) -> None:
    mine, other = await world.account(external_id="act_1"), await world.account(external_id="act_2")
    [spring, autumn] = await world.campaigns(mine, "spring", "autumn")
    [foreign] = await world.campaigns(other, "foreign")

    async def found(wanted: dict[str, list[str]]) -> list[str]:
        answer = await door.ask(CAMPAIGNS, filter=wanted)
        return [row["name"] for row in answer.data["campaigns"]["nodes"]]

    assert await found({"externalIds": [spring.external_id, foreign.external_id]}) == ["foreign", "spring"]
    assert await found({"adAccountExternalIds": ["act_1"]}) == ["autumn", "spring"]
    both = {"adAccountExternalIds": ["act_1"], "externalIds": [autumn.external_id, foreign.external_id]}
    assert await found(both) == ["autumn"]
    assert await found({"externalIds": []}) == await found({"adAccountExternalIds": ["act_3"]}) == []


@pytest.mark.parametrize("level", ["adSets", "ads", "creatives"])
async def test_every_level_takes_the_platforms_own_ids(world: EntityWorld, door: Door, level: str) -> None:
    account = await world.account(external_id="act_1")
    [campaign] = await world.campaigns(account, "c")
    ad_sets = await world.ad_sets(campaign, "one", "two")
    ads, creatives = await world.ads(ad_sets[0], "one", "two"), await world.creatives(account, "one", "two")
    wanted = {
        "adSets": ad_sets[1].external_id,
        "ads": ads[1].external_id,
        "creatives": creatives[1].external_id,
    }[level]
    answer = await door.ask(
        f"query($filter: EntityFilter) {{ {level}(filter: $filter) {{ nodes {{ externalId }} totalCount }} }}",
        filter={"externalIds": [wanted], "adAccountExternalIds": ["act_1", "act_9"]},
    )
    assert answer.data[level] == {"nodes": [{"externalId": wanted}], "totalCount": 1}


async def test_an_ad_account_is_found_by_either_id(world: EntityWorld, door: Door, tools: Toolbox) -> None:
    account = await world.account(external_id="act_77")
    stranger = await entity_world(tools.db)
    await stranger.account(external_id="act_78")
    answer = await door.ask(
        'query($id: ID) { own: adAccount(id: $id) { id } external: adAccount(externalId: "act_77") { id }'
        ' foreign: adAccount(externalId: "act_78") { id }'
        ' filtered: adAccounts(filter: {externalIds: ["act_77", "act_78"]}) { nodes { id } } }',
        id=encode_id("AdAccount", account.id),
    )
    me = {"id": encode_id("AdAccount", account.id)}
    assert answer.data == {"own": me, "external": me, "foreign": None, "filtered": {"nodes": [me]}}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("adAccount { id }", "exactly one"),
        ('adAccount(id: "x", externalId: "act_1") { id }', "exactly one"),
        ("adAccount(id: null) { id }", "exactly one"),
        ('adAccount(externalId: "1001") { id }', "act_1001"),
        ('adAccount(externalId: "act_1\\u0000") { id }', "act_1001"),
        ('adAccounts(filter: {externalIds: ["1001"]}) { totalCount }', "act_1001"),
        ('ads(filter: {adAccountExternalIds: [""]}) { totalCount }', "act_1001"),
        ('ads(filter: {externalIds: ["1\\u0000"]}) { totalCount }', "externalId"),
    ],
)
async def test_what_cannot_be_a_platforms_id_is_told_so(door: Door, asked: str, said: str) -> None:
    answer = await door.ask(f"{{ {asked} }}")
    assert answer.codes == ["BAD_USER_INPUT"]
    assert said in answer.messages[0]


async def test_half_a_character_is_no_id(door: Door) -> None:
    answer = await door.ask(CAMPAIGNS, filter={"externalIds": ["\ud800"]})
    assert answer.codes == ["BAD_USER_INPUT"]
