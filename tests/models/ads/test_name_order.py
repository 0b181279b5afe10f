"""Names in order: what of a name counts, for every letter and length, and that pages of a list come from its index."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from analytics.enums import EntityLevel, SortOrder
from embedded.postgres import DatabaseUrls
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign
from models.ads.creative import Creative
from models.ads.entity_filter import AdAccountFilter, EntityFilter
from models.ads.entity_list import Children, EntityOrder, EntityPage, list_entities, pages_by_parent
from models.database import Database, ReadSession
from models.insights.question import AccountDays, InsightsQuestion, RowKey, SortKey
from models.insights.rows import PageAsked, ShownMetrics, load_rows
from models.keyset import Window
from models.text_match import TextMatch
from models.thin.watching import Ended, watch
from tests.worlds.ads import EntityWorld, entity_world
from tests.worlds.insights import WHOLE, insight_world

LONGEST_KEY = 600
KEYS = {
    "": "",
    "Apple_PIE 50%": "apple_pie 50%",
    "\u00c9clair": "eclair",
    "E\u0301clair": "eclair",
    "Gr\u00fc\u00dfe": "grusse",
    "GR\u00dcSSE": "grusse",
    "\u1e9e": "ss",
    "ISTANBUL": "istanbul",
    "\u0130stanbul": "istanbul",
    "\u0131stanbul": "istanbul",
    "\u00d8rsted \u0141\u00f3d\u017a \u0110\u00e0 N\u1eb5ng": "orsted lodz da nang",
    "\u00c6gir \u0152uvre \u00deor": "aegir oeuvre thor",
    "\ufb01 \uff21 \u2462": "fi a 3",
    "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3": "\u03c3\u03b9\u03c3\u03c5\u03c6\u03bf\u03c3",
    "\u03c3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2": "\u03c3\u03b9\u03c3\u03c5\u03c6\u03bf\u03c3",
    "\u0401\u043b\u043a\u0430": "\u0435\u043b\u043a\u0430",
    "\u0419\u043e\u0434": "\u0439\u043e\u0434",
    "\u304c\u30ac": "\u304c\u30ac",
    "\ud55c\uad6d\uc5b4": "\ud55c\uad6d\uc5b4",
    "\u0939\u093f\u0928\u094d\u0926\u0940": "\u0939\u093f\u0928\u094d\u0926\u0940",
    "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd": "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
    "\u4e2d\u6587 \U0001f600": "\u4e2d\u6587 \U0001f600",
    "\u0301": "\u0301",
}


@pytest.fixture
async def world(db: Database) -> EntityWorld:
    return await entity_world(db)


@pytest.mark.parametrize("name", KEYS, ids=ascii)
async def test_case_and_accents_do_not_count_and_other_letters_stay(world: EntityWorld, name: str) -> None:
    account = await world.account(name=name)
    [campaign] = await world.campaigns(account, name)
    [creative] = await world.creatives(account, name)
    assert [row.name_key for row in (account, campaign, creative)] == [KEYS[name]] * 3


@pytest.mark.parametrize("letter", ["a", "\u00e9", "\u1e9e", "\u4e2d", "\U0001f600", "\ufdfa", "a\u0301"], ids=ascii)
async def test_the_longest_names_have_a_place_by_their_beginning_and_then_by_id(
    world: EntityWorld, letter: str
) -> None:
    account = await world.account(name=letter * 750)
    alike = await world.campaigns(account, *(letter * 750 + end for end in "cab"))
    [shorter] = await world.campaigns(account, letter * 3)
    expected = [shorter.id, *sorted(row.id for row in alike)]
    found: list[UUID] = []
    after = None
    while len(found) < len(expected):
        async with world.db.read(world.viewer) as session:
            page = await list_entities(session, Campaign, EntityPage(Window(1, after)))
        found, after = [*found, *(row.id for row in page.rows)], page.cursors[-1]
    assert found == expected
    assert not page.has_next
    assert {len(row.name_key) for row in alike} == {LONGEST_KEY}


async def test_a_renamed_thing_moves(world: EntityWorld) -> None:
    account = await world.account()
    [first, second] = await world.campaigns(account, "a", "b")
    async with world.db.write(world.viewer) as session:
        (await session.get_one(Campaign, (world.tenant_id, first.id))).name = "\u00c7"
    async with world.db.read(world.viewer) as session:
        page = await list_entities(session, Campaign, EntityPage(Window(5)))
    assert [row.id for row in page.rows] == [second.id, first.id]


async def test_insights_are_in_the_same_order(db: Database) -> None:
    world = await insight_world(db)
    async with world.db.write(world.entities.viewer) as session:
        for campaign, name in zip(world.campaigns, ("\u00c9clair 2", "eclair 1"), strict=True):
            campaign.name = name
            session.add(campaign)
    asked = InsightsQuestion((AccountDays((world.account.id,), WHOLE),), "EUR", level=EntityLevel.CAMPAIGN)
    order = (SortKey(RowKey.NAME, SortOrder.ASC),)
    async with world.db.read(world.entities.viewer) as session:
        found = await load_rows(session, asked, ShownMetrics(), PageAsked(Window(5), order))
    assert [row.entity_id for row in found.rows] == [world.campaigns[1].id, world.campaigns[0].id]


async def test_nobody_writes_a_key_of_their_own(world: EntityWorld) -> None:
    await world.account()
    forged = text("update ad_account set name_key = 'a' where tenant_id = :tenant")
    with pytest.raises(DBAPIError, match="name_key"):
        async with world.db.write(world.viewer) as session:
            await (await session.connection()).execute(forged, {"tenant": world.tenant_id})


async def plan_of(session: ReadSession, statement: str, parameters: Any) -> dict[str, Any]:
    """How Postgres goes about a statement when it prefers the order of an index, as it does for long lists.

    For three rows a sort costs next to nothing, so that without these settings the estimates of the moment decide.
    """
    connection = await session.connection()
    for way in ("seqscan", "bitmapscan", "sort", "incremental_sort"):
        await connection.execute(text(f"set local enable_{way} = off"))
    explained = await connection.exec_driver_sql(f"explain (format json) {statement}", parameters)
    plan: dict[str, Any] = explained.scalar_one()[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


class Sent(list[tuple[str, Any]]):
    """The statements of the runtime role with what is bound to them."""

    def __call__(self, statement: str, parameters: Any) -> Ended:
        self.append((statement, tuple(parameters)))
        return lambda _error: None


@pytest.fixture
def sent(world: EntityWorld) -> Any:
    found = Sent()
    stop = watch(world.db.engine, found)
    yield found
    stop()


async def fill(world: EntityWorld) -> None:
    """Three rows of each kind."""
    accounts = [await world.account(name=name) for name in "abc"]
    campaigns = await world.campaigns(accounts[0], *"abc")
    ad_sets = await world.ad_sets(campaigns[0], *"abc")
    await world.ads(ad_sets[0], *"abc")
    await world.creatives(accounts[0], *"abc")


async def crowd(world: EntityWorld, postgres: DatabaseUrls) -> None:
    """A hundred rows of each kind below other parents, and Postgres knows of them: else any index would be as good."""
    account = await world.account(name="d")
    names = [f"d{number}" for number in range(100)]
    campaigns = await world.campaigns(account, *names)
    ad_sets = await world.ad_sets(campaigns[0], *names)
    await world.ads(ad_sets[0], *names)
    await world.creatives(account, *names)
    connection = await asyncpg.connect(postgres.migration)
    await connection.execute("analyze campaign, ad_set, ad, creative")
    await connection.close()


def after(kind: Any, cursor: str | None, order: EntityOrder = EntityOrder.NAME_ASC) -> EntityPage:
    wanted = AdAccountFilter() if kind is AdAccount else EntityFilter()
    return EntityPage(Window(1, cursor), wanted, order)


@pytest.mark.one_node(reason="the coordinator's plan does not show the indexes of its nodes")
@pytest.mark.parametrize("order", [EntityOrder.NAME_ASC, EntityOrder.NAME_DESC])
@pytest.mark.parametrize("kind", [AdAccount, Campaign, AdSet, Ad, Creative])
async def test_a_cursor_by_name_is_a_place_in_the_index(
    world: EntityWorld, sent: Sent, kind: Any, order: EntityOrder
) -> None:
    await fill(world)
    async with world.db.read(world.viewer) as session:
        first = await list_entities(session, kind, after(kind, None, order))
        await list_entities(session, kind, after(kind, first.cursors[0], order))
        found = nodes(await plan_of(session, *sent[-1]))
    assert {node["Node Type"] for node in found} <= {"Limit", "Index Scan", "Result"}
    assert [node for node in found if "ROW(" in node.get("Index Cond", "") and "name_key" in node["Index Cond"]]


@pytest.mark.one_node(reason="the coordinator's plan does not show the indexes of its nodes")
@pytest.mark.parametrize("wanted", [TextMatch(eq="\u00e9clair"), None])
async def test_a_whole_name_is_looked_up_in_the_index(
    world: EntityWorld, postgres: DatabaseUrls, sent: Sent, wanted: TextMatch | None
) -> None:
    """None is the control.

    The crowd counts here too: for a tenant of one row the primary key is as good, and better where other tests' names
    are so long that the index of names is deeper.
    """
    await fill(world)
    await crowd(world, postgres)
    async with world.db.read(world.viewer) as session:
        await list_entities(session, Campaign, EntityPage(Window(1), EntityFilter(name=wanted)))
        found = nodes(await plan_of(session, *sent[-1]))
    [scan] = [node for node in found if node.get("Relation Name") == "campaign"]
    assert ("name_key" in scan["Index Cond"]) is (wanted is not None)


@pytest.mark.one_node(reason="the coordinator's plan does not show the indexes of its nodes")
@pytest.mark.parametrize(
    ("kind", "parent"),
    [(Campaign, "ad_account_id"), (AdSet, "campaign_id"), (Ad, "ad_set_id"), (Creative, "ad_account_id")],
)
async def test_so_is_one_below_each_of_many_parents(
    world: EntityWorld, postgres: DatabaseUrls, sent: Sent, kind: Any, parent: str
) -> None:
    await fill(world)
    await crowd(world, postgres)
    async with world.db.read(world.viewer) as session:
        page = await list_entities(session, kind, after(kind, None))
        above = getattr(page.rows[0], parent)
        load = pages_by_parent(kind, getattr(kind, parent))
        [below] = await load(session, [Children(above, Window(1, page.cursors[0]))])
        found = nodes(await plan_of(session, *sent[-1]))
    assert [row.name for row in below.rows] == ["b"]
    conditions = [node["Index Cond"] for node in found if "Index Cond" in node]
    assert any("ROW(" in each and parent in each for each in conditions)
