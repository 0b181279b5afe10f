"""Kept answers about insights: when one is given, how long it holds, and that nobody is given another's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.periods import DateRange
from execution.answers.selected import selected_fields
from execution.documents import prepared
from models.ids import new_id
from models.insights.tables import GapKind
from models.tenants.membership import Role
from resolvers.operations.kept_answers import TYPES, may_be_kept
from schema import build_schema
from services.connections.ad_accounts import disconnect_ad_account
from services.toolbox import Toolbox
from tests.worlds.ads import NOON, statements
from tests.worlds.creative_tests import FIRST as BEGUN
from tests.worlds.creative_tests import QUERY as TEST
from tests.worlds.creative_tests import compared_ads
from tests.worlds.insights import InsightWorld, insight_world
from tests.worlds.kept_answers import OF_DAYS, PLAIN, Asker, kept_world
from tests.worlds.trends import ad_days

TRENDS = """
{
  anomalies(input: { range: { preset: LAST_7_DAYS }, metrics: [SPEND] }) { totalCount nodes { entity { name } day } }
  creativeFatigue(input: {}) { totalCount nodes { entity { name } state } }
}
"""


@pytest.fixture
async def world(tools: Toolbox) -> InsightWorld:
    return await kept_world(tools.db)


async def test_a_kept_answer_takes_one_statement(tools: Toolbox, world: InsightWorld) -> None:
    asker, viewer = Asker(tools), world.entities.viewer
    first = await asker.ask(viewer, input=PLAIN)
    with statements(tools.db) as sent:
        assert await asker.ask(viewer, input=PLAIN) == first
    assert len(sent) == 1


async def test_a_creative_test_is_kept_until_its_days_are_others(tools: Toolbox) -> None:
    made = await compared_ads(tools)
    days = {"impressions": [1_000.0] * 9, "link_clicks": [50.0] * 9}
    await made.store(days, {**days, "link_clicks": [40.0, 60.0, 50.0] * 3})
    asker, viewer = Asker(tools), made.world.entities.viewer
    range_ = {"between": {"from": str(BEGUN), "to": str(BEGUN + timedelta(days=8))}}
    asked = {"goal": "CTR_LINK", "range": range_, "adIds": [made.id_of(0), made.id_of(1)]}
    first = await asker.ask(viewer, TEST, input=asked)
    with statements(tools.db) as sent:
        assert await asker.ask(viewer, TEST, input=asked) == first
    assert len(sent) == 1
    assert first["creativeTest"]["daysLeftOut"] == 0
    await made.store(days, days, gaps={BEGUN: GapKind.AGAIN})
    assert (await asker.ask(viewer, TEST, input=asked))["creativeTest"]["daysLeftOut"] == 1


async def test_tired_ads_and_odd_days_are_kept_until_their_days_are_others(tools: Toolbox) -> None:
    days, steady = DateRange(NOON.date() - timedelta(days=84), NOON.date() - timedelta(days=1)), {"spend": Decimal(100)}
    world = await insight_world(tools.db, store=False)
    shown = {"impressions": 5_000, "link_clicks": 100}
    await world.store(days, ad_days(world.ads[0], days, lambda _: steady | shown))
    asker, viewer = Asker(tools), world.entities.viewer
    first = await asker.ask(viewer, TRENDS)
    with statements(tools.db) as sent:
        assert await asker.ask(viewer, TRENDS) == first
    assert len(sent) == 1
    assert (first["anomalies"]["totalCount"], first["creativeFatigue"]["totalCount"]) == (0, 1)
    last = DateRange(days.end, days.end)
    rows = [*ad_days(world.ads[0], last, lambda _: shown | {"spend": Decimal(900)})]
    await world.store(last, [*rows, *ad_days(world.ads[1], last, lambda _: steady | shown)])
    after = await asker.ask(viewer, TRENDS)
    assert (after["anomalies"]["totalCount"], after["creativeFatigue"]["totalCount"]) == (1, 2)
    # And a day later these are other days.
    asker.now = NOON + timedelta(days=1)
    assert (await asker.ask(viewer, TRENDS))["anomalies"]["nodes"] == after["anomalies"]["nodes"]
    assert asker.cache is not None
    assert asker.cache.count == 3


async def test_nobody_is_given_what_is_another_tenants(tools: Toolbox, world: InsightWorld) -> None:
    asker, theirs = Asker(tools), await insight_world(tools.db, store=False)
    mine = await asker.ask(world.entities.viewer, input=OF_DAYS)
    other = await asker.ask(theirs.entities.viewer, input=OF_DAYS)
    assert mine["insights"]["totals"]["spend"] is not None
    assert other["insights"]["totals"]["spend"] is None
    assert await asker.ask(world.entities.viewer, input=OF_DAYS) == mine


async def test_other_roles_and_keys_have_answers_of_their_own(tools: Toolbox, world: InsightWorld) -> None:
    asker, owner = Asker(tools), world.entities.viewer
    key = replace(owner, user_id=None, role=Role.VIEWER, api_key_id=new_id(), key_maker_id=owner.user_id)
    answers = []
    assert asker.cache is not None
    for number, viewer in enumerate((owner, world.entities.as_role(Role.VIEWER), key), start=1):
        answers.append(await asker.ask(viewer, input=OF_DAYS))
        # All of them may see the same, so the answers are equal, but each was read for its own.
        assert asker.cache.count == number
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("role", [None, Role.OWNER])
async def test_without_a_sign_in_or_a_tenant_a_kept_answer_is_no_answer(
    tools: Toolbox, world: InsightWorld, role: Role | None
) -> None:
    asker = Asker(tools)
    await asker.ask(world.entities.viewer, input=OF_DAYS)
    stranger = None if role else world.entities.as_role(None)
    with pytest.raises(AssertionError, match=r"Sign in|tenant"):
        await asker.ask(stranger, input=OF_DAYS)


async def test_a_preset_moves_on_at_the_accounts_own_midnight(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False, time_zone="America/Los_Angeles")
    asker = Asker(tools)
    ends = []
    # Midnight in Los Angeles is 8 o'clock in UTC.
    for hour, minute in ((1, 0), (7, 59), (8, 0), (23, 59)):
        asker.now = datetime(2026, 11, 20, hour, minute, tzinfo=UTC)
        answer = await asker.ask(world.entities.viewer, input={"range": {"preset": "LAST_7_DAYS"}})
        ends.append(answer["insights"]["meta"]["range"]["end"])
    assert ends == ["2026-11-18", "2026-11-18", "2026-11-19", "2026-11-19"]
    assert asker.cache is not None
    # And one more at 10 o'clock, when a day begins where days begin first: a question without accounts has its days.
    assert asker.cache.count == 3


async def test_a_preset_moves_on_where_a_question_names_no_account(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False, time_zone="America/Los_Angeles")
    asker = Asker(tools)
    ends = []
    for hour in (9, 10):
        asker.now = datetime(2026, 11, 20, hour, tzinfo=UTC)
        answer = await asker.ask(world.entities.viewer, input={"range": {"preset": "TODAY"}, "adAccountIds": []})
        ends.append(answer["insights"]["meta"]["range"]["end"])
    assert ends == ["2026-11-20", "2026-11-21"]


async def test_without_accounts_a_preset_moves_on_where_the_day_begins_first(tools: Toolbox) -> None:
    world = await insight_world(tools.db, store=False)
    await disconnect_ad_account(tools.db, tools.clock, None, world.entities.viewer, world.account.id, delete_data=True)
    asker = Asker(tools)
    days = []
    for hour in (9, 10):
        asker.now = datetime(2026, 11, 20, hour, tzinfo=UTC)
        answer = await asker.ask(world.entities.viewer, input={"range": {"preset": "TODAY"}})
        days.append(answer["insights"]["meta"]["range"]["end"])
    assert days == ["2026-11-20", "2026-11-21"]


@pytest.mark.parametrize(
    ("selection", "is_kept"),
    [
        ("insights(input: $input) { totals { spend } }", True),
        ("insights(input: $input) { totals { spend } } __typename metricDefinitions { key }", True),
        ("insights(input: $input) { rows { nodes { entity { metrics(range: {preset: TODAY}) { spend } } } } }", True),
        ("insights(input: $input) { totals { spend } chart(kind: BAR, metrics: []) { __typename } }", False),
        ("metricDefinitions { key }", False),
        ("insights(input: $input) { totals { spend } } viewer { email }", False),
        ("insights(input: $input) { totals { spend } } adAccounts { totalCount } adAccount(id: 1) { name }", True),
        ("insights(input: $input) { totals { spend } } adAccounts { nodes { ads { totalCount } } }", False),
        ("insights(input: $input) { totals { spend } } campaigns { totalCount }", False),
        ("adAccounts { totalCount }", False),
        ("insights(input: $input) { rows { nodes { entity { ... on AdAccount { grant { id } } } } } }", False),
        ("insights(input: $input) { rows { nodes { entity { ... on AdAccount { schedule { nextAt } } } } } }", False),
        ("insights(input: $input) { rows { nodes { entity { ...D } } } }", False),
        ("insights(input: $input) { rows { nodes { entity { ... on Campaign { ...F } } } } }", False),
    ],
)
def test_answers_that_show_anything_else_are_not_kept(selection: str, is_kept: bool) -> None:
    text = f"query ($input: InsightsInput!) {{ {selection} }}" if "$input" in selection else f"{{ {selection} }}"
    if "...F" in text:
        text += " fragment F on Campaign { adAccount { refreshJobs { totalCount } } }"
    if "...D" in text:
        text += " fragment D on AdAccount { dataset(period: LAST_7_DAYS) { url } }"
    schema = build_schema().core
    document = prepared(schema, text, hides_names=False)
    assert document.errors == ()
    operation = document.operation(None)
    assert operation is not None
    assert may_be_kept(selected_fields(schema, operation.node, document.fragment_definitions)) is is_kept


# Fields of the kept types that a function answers. A new one reads something: is that in the version of the answers?
# `settledThrough` depends on the account's day besides; lists, grants, refreshes, charts, data sets and links to
# products are of types that are not kept.
ANSWERED_BY_FUNCTIONS = {
    "AdAccountConnection": {"total_count"},
    "Ad": {"id", "series", "metrics", "ad_set", "campaign", "creative", "product_links", "tags"},
    "AdAccount": {
        *("id", "series", "metrics", "settled_through"),
        *("grant", "schedule", "refresh_jobs", "campaigns", "ad_sets", "ads", "dataset"),
    },
    "AdSet": {"id", "series", "metrics", "campaign", "ads", "tags"},
    "Campaign": {"id", "series", "metrics", "ad_account", "ad_sets", "tags"},
    "Anomaly": {"entity"},
    "AnomalyConnection": {"total_count"},
    "CreativeArm": {"entity"},
    "CreativeTestResult": {"winner"},
    "Creative": {"id", "series", "metrics", "ad_account", "ads", "tags"},
    "FatigueConnection": {"total_count"},
    "FatigueFinding": {"entity"},
    "InsightEntity": {"series", "metrics"},
    "InsightsConnection": {"total_count"},
    "InsightsResult": {"rows", "totals", "comparison_totals", "chart"},
    "InsightsRow": {"entity", "change"},
    "Metrics": {"values", "custom", "action"},
    "MetricsChange": {"of"},
}


def test_what_the_kept_types_read_was_looked_at() -> None:
    found: dict[str, set[str]] = {}
    for name in TYPES:
        definition: Any = build_schema().get_type_by_name(name)
        answered = {each.name for each in definition.fields if each.base_resolver is not None}
        found |= {name: answered} if answered else {}
    assert found == ANSWERED_BY_FUNCTIONS
