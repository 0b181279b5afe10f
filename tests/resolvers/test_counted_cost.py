"""Questions whose pages could hold too much: counted by what exists, in the caller's own tenant alone."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from models.ads.ad_account import AdAccount
from models.channels.channel import Channel, ChannelKind, ChannelStatus
from resolvers.context import Context
from resolvers.node_id import encode_id
from resolvers.operations.existing import existing_below
from schema import build_schema
from services.ads.entity_counts import counted_entities
from services.toolbox import Toolbox
from tests.doors.http import GraphQLClient
from tests.doors.in_process import ORIGIN, SESSIONS_PER_OPERATION, Door
from tests.resolvers.ads.test_entities_over_http import newcomer
from tests.worlds.ads import EntityWorld, entity_world, statements

CREATIVES = "nodes { name ads { nodes { name creative { name } } } }"
FOUR_LEVELS = f"{{ adAccounts {{ nodes {{ name campaigns {{ nodes {{ name adSets {{ {CREATIVES} }} }} }} }} }} }}"
DEEP = "campaigns(first: 1000) { nodes { adSets(first: 1000) { nodes { id } } } }"
COLUMNS = "tenant_id, ad_account_id, platform, name, status, created_at, updated_at, last_seen_at, external_id, id"


async def fill(world: EntityWorld, campaigns: int) -> AdAccount:
    """An account with so many campaigns, each with one ad set with one ad."""
    account = await world.account()
    given = {"tenant": world.tenant_id, "account": account.id, "number": campaigns}
    shared = ":tenant, :account, 'META', 'x', 'ACTIVE', now(), now(), now()"
    tables = {
        "campaign": ("", ""),
        "ad_set": (", campaign_id", f", {_id('campaign')}"),
        "ad": (", campaign_id, ad_set_id", f", {_id('campaign')}, {_id('ad_set')}"),
    }
    async with world.db.write(world.viewer) as session:
        connection = await session.connection()
        for table, (columns, values) in tables.items():
            await connection.execute(
                text(
                    f"insert into {table} ({COLUMNS}{columns})"
                    f" select {shared}, {_id(table)}::text, {_id(table)}{values} from generate_series(1, :number) n"
                    " on conflict do nothing"
                ),
                given,
            )
    return account


def _id(table: str) -> str:
    return f"md5(cast(:account as uuid)::text || '{table}' || n)::uuid"


@pytest.fixture
async def world(tools: Toolbox) -> EntityWorld:
    return await entity_world(tools.db)


async def test_four_levels_of_fifteen_campaigns_fit_with_the_pages_that_are_the_default(
    world: EntityWorld, tools: Toolbox
) -> None:
    await fill(world, 15)
    answer = await Door(tools, world.viewer).ask(FOUR_LEVELS)
    assert answer.codes == []
    [account] = answer.data["adAccounts"]["nodes"]
    assert len(account["campaigns"]["nodes"]) == 15
    assert account["campaigns"]["nodes"][0]["adSets"]["nodes"][0]["ads"]["nodes"] == [{"name": "x", "creative": None}]


async def test_what_an_answer_really_holds_is_what_it_costs(world: EntityWorld, tools: Toolbox) -> None:
    await fill(world, 15)
    levels = (2 + 1 + 1) + (2 + 1 + 15) + 15 * (2 + 1 + 1) + 15 * (2 + 1 + 1 + 2)
    fewer_at_once = FOUR_LEVELS.replace("adAccounts {", "adAccounts(first: 3) {")
    for asked, expected in ((FOUR_LEVELS, levels), (fewer_at_once, levels), (f"{{ {DEEP} }}", 3 + 15 * (1 + 3) + 15)):
        for _ in range(3):  # from the second time on lists are completed by a plan
            context = Context(world.viewer, tools, tools.db.bounded(SESSIONS_PER_OPERATION), ORIGIN)
            result = await build_schema().execute(asked, context_value=context)
            cost = (result.extensions or {})["cost"]
            assert (result.errors, cost["actual"]) == (None, expected)
            assert cost["requested"] == expected, "what exists is known, and all of it came"


async def test_where_too_much_exists_the_field_and_the_page_that_would_fit_are_named(
    world: EntityWorld, tools: Toolbox
) -> None:
    account, door = await fill(world, 150), Door(tools, world.viewer)
    year = 'range: { between: { from: "2025-01-01", to: "2025-12-31" } }'
    daily = f"{{ campaigns(first: %d) {{ nodes {{ series({year}) {{ metrics {{ spend }} }} }} }} }}"
    refused = await door.ask(daily % 1000)
    assert refused.codes == ["QUERY_TOO_COMPLEX"]
    assert "`campaigns(first: 136)` would fit" in refused.messages[0]
    assert (await door.ask(daily % 136)).codes == []
    assert (await door.ask(daily % 137)).codes == ["QUERY_TOO_COMPLEX"]
    await fill(world, 1)
    counts = await counted_entities(tools.db, tools.entity_counts, world.viewer)
    assert counts.external_ids == {account.id: account.external_id}, "what was counted is believed for some seconds"


async def test_another_tenants_objects_never_count(tools: Toolbox) -> None:
    """They neither make a question too large nor say that they exist."""
    full, empty = await entity_world(tools.db), await entity_world(tools.db)
    account = await fill(full, 12)
    assert (await counted_entities(tools.db, tools.entity_counts, full.viewer)).external_ids == {
        account.id: account.external_id
    }
    counts = await counted_entities(tools.db, tools.entity_counts, empty.viewer)
    assert set(existing_below(counts, "campaigns", {}).values()) == {0}
    for foreign in ({"id": encode_id("AdAccount", account.id)}, {"externalId": account.external_id}):
        assert existing_below(counts, "adAccount", foreign) == existing_below(counts, "adAccount", {"id": str(uuid4())})


async def test_of_several_accounts_those_count_that_are_asked_for(world: EntityWorld, tools: Toolbox) -> None:
    large, small = await fill(world, 5), await fill(world, 2)
    counts = await counted_entities(tools.db, tools.entity_counts, world.viewer)
    small_id, large_id = encode_id("AdAccount", small.id), encode_id("AdAccount", large.id)
    asked: list[tuple[str, dict[str, Any], int]] = [
        ("adAccount", {"id": small_id}, 2),
        ("adAccount", {"externalId": large.external_id}, 5),
        ("adAccounts", {"filter": {"externalIds": [large.external_id, "act_0"]}}, 5),
        ("campaigns", {"filter": {"adAccountIds": small_id}}, 2),
        ("ads", {"filter": {"adAccountExternalIds": [small.external_id, large.external_id]}}, 7),
        ("insights", {"input": {"adAccountIds": [large_id]}}, 5),
        ("campaigns", {"filter": {"adAccountIds": [5]}}, 7),
        ("campaigns", {"filter": None}, 7),
        ("node", {"id": small_id}, 7),
    ]
    for name, arguments, campaigns in asked:
        assert existing_below(counts, name, arguments)["Campaign"] == campaigns, (name, arguments)


async def test_what_exists_in_one_tenant_is_no_measure_for_others(world: EntityWorld, tools: Toolbox) -> None:
    """The document is kept, with what it costs wherever it runs, and nothing of who has run it."""
    for viewer, codes in ((world.viewer, []), (None, ["QUERY_TOO_COMPLEX"]), (world.viewer, [])):
        assert (await Door(tools, viewer).ask(FOUR_LEVELS)).codes == codes


async def test_nothing_is_counted_for_who_asks_for_little_or_is_not_signed_in(
    world: EntityWorld, tools: Toolbox
) -> None:
    with statements(tools.db) as sent:
        assert (await Door(tools, world.viewer).ask("{ campaigns { nodes { id } } }")).codes == []
        little = len(sent)
        assert (await Door(tools, None).ask(FOUR_LEVELS)).codes == ["QUERY_TOO_COMPLEX"]
        assert len(sent) == little
        for _ in range(3):
            assert (await Door(tools, world.viewer).ask(f"{{ {DEEP} }}")).codes == []
    assert len([each for each in sent if "UNION ALL" in each]) == 1, "known for a few seconds"


async def test_what_may_grow_is_not_counted(server: GraphQLClient, tools: Toolbox) -> None:
    """A subscription answers again and again while a refresh stores more; a mutation may store it itself."""
    client, _ = await newcomer(server, tools)
    assert (await client.ask(f"{{ {DEEP} }}")).codes == []
    deep = f"{{ adAccount {{ {DEEP} }} }}"
    wish = f'adAccountId: "{encode_id("AdAccount", uuid4())}", input: {{ enabled: false }}'
    change = f"mutation {{ setRefreshSchedule({wish}) {deep} }}"
    assert (await client.ask(change)).codes == ["QUERY_TOO_COMPLEX"]
    async with client.socket() as socket:
        await socket.introduce({"authorization": f"Bearer {client.token}"})
        await socket.start("1", f"subscription {{ refreshJobs {deep} }}")
        message = await socket.hear()
    assert message["payload"][0]["extensions"]["code"] == "QUERY_TOO_COMPLEX"


JOBS = "{ channels { nodes { name jobs { nodes { status problems { message } } } listings { nodes { title } } } } }"


async def test_the_jobs_of_a_few_channels_fit_with_the_pages_that_are_the_default(tools: Toolbox) -> None:
    few, many = await entity_world(tools.db), await entity_world(tools.db)
    for world, count in ((few, 3), (many, 30)):
        await world.keep(*[_shop(world, number) for number in range(count)])
    answer = await Door(tools, few.viewer).ask(JOBS)
    assert answer.codes == []
    assert len(answer.data["channels"]["nodes"]) == 3
    refused = await Door(tools, many.viewer).ask(JOBS)
    assert refused.codes == ["QUERY_TOO_COMPLEX"]
    # What is counted is remembered for the tenant alone.
    assert (await Door(tools, few.viewer).ask(JOBS)).codes == []


def _shop(world: EntityWorld, number: int) -> Channel:
    return Channel(
        tenant_id=world.tenant_id, kind=ChannelKind.SHOP, name=f"Shop {number}", status=ChannelStatus.CONNECTED
    )
