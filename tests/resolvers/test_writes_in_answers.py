"""Kept answers about insights: whatever kind of thing is written meanwhile is seen in the next answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from analytics.enums import Breakdown, EntityLevel, MetricUnit, NamingLevel, NamingMode
from analytics.meta.breakdowns import set_name
from embedded.postgres import DatabaseUrls
from models.ads.ad_account import AdAccount, AdAccountStatus
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.entity_upsert import AdPlace, mark_unseen, upsert_entities
from models.billing.freezing import freeze_and_thaw_accounts
from models.database import WriteSession
from models.ids import new_id
from models.insights.breakdown_swap import part_line, replace_parts
from models.insights.day_marks import mark_gaps, settle_days
from models.insights.day_swap import DaySwap, StagedRows, move_ads
from models.insights.reach import PeopleCount, PeopleRead, forget_passing, replace_people
from models.insights.tables import GapKind
from services.connections.ad_accounts import disconnect_ad_account
from services.insights.custom_metrics import CustomMetricWish, delete_custom_metric, save_custom_metric
from services.insights.versions import load_answers_version
from services.naming.overrides import set_naming_overrides
from services.naming.templates import TemplateWish, save_naming_template
from services.toolbox import Toolbox
from tests.worlds.ads import NOON
from tests.worlds.changes import change_world
from tests.worlds.insights import FIRST, SETTLED, InsightWorld, more_insights
from tests.worlds.kept_answers import CONVERTED, DAYS, PARTS, PLAIN, Asker, kept_world
from tests.worlds.naming import of, position
from tests.worlds.parts import divided
from tests.worlds.rates import rate, rates_of_the_test, stored


@dataclass
class Written:
    """What the writes of the table work on."""

    world: InsightWorld
    tools: Toolbox

    async def write(self, step: Callable[[WriteSession], Awaitable[object]]) -> None:
        async with self.world.db.write(self.world.entities.viewer) as session:
            await step(session)

    async def change_account(self, **values: Any) -> None:
        """Without a word to anybody, as a writer does that forgets `data_version`."""

        async def step(session: WriteSession) -> None:
            account = await session.get_one(AdAccount, (session.tenant_id, self.world.account.id))
            account.sqlmodel_update(values)

        await self.write(step)

    async def list_campaign(self, **values: Any) -> None:
        row = self.world.campaigns[0].model_dump(exclude={"name_key"}) | {"id": new_id()} | values
        await self.write(lambda session: upsert_entities(session, Campaign, [row]))

    async def save_metric(self, formula: str) -> None:
        wish = CustomMetricWish("profit", "Profit", formula, MetricUnit.MONEY, None)
        await save_custom_metric(self.tools.db, self.tools.clock, self.world.entities.viewer, wish)

    async def disconnect(self, world: InsightWorld, *, delete_data: bool = False) -> None:
        await disconnect_ad_account(
            self.tools.db, self.tools.clock, None, self.world.entities.viewer, world.account.id, delete_data=delete_data
        )


async def _days(given: Written) -> None:
    rows = given.world.random_rows(DAYS, seed=8)
    await given.world.store(DAYS, rows, settled_through=FIRST - timedelta(days=1))


async def _moved_ad(given: Written) -> None:
    world = given.world
    ad, ad_set = world.ads[0], world.ad_sets[-1]
    place = AdPlace(ad.id, ad_set.id, ad_set.campaign_id, ad.creative_id)
    await given.write(lambda session: move_ads(session, world.account.id, [place]))


async def _unseen(given: Written) -> None:
    seen_at, world = NOON + timedelta(days=3650), given.world
    await given.write(lambda session: mark_unseen(session, Campaign, world.account.id, seen_at=seen_at))


async def _tag(given: Written) -> None:
    await given.world.entities.tag(given.world.campaigns[0], angle="ugc")


async def _template(given: Written) -> None:
    rules = position("season", level=NamingLevel.CAMPAIGN, mode=NamingMode.BRACKETED, delimiter=None)
    await save_naming_template(given.tools.db, given.tools.clock, given.world.entities.viewer, TemplateWish(rules))


async def _override(given: Written) -> None:
    wish = of(given.world.campaigns[0], "angle", "said")
    viewer = given.world.entities.viewer
    await set_naming_overrides(given.tools.db, given.tools.clock, viewer, [wish], is_trial=False)


async def _gap(given: Written) -> None:
    days, account = {DAYS.end: GapKind.REFUSED}, given.world.account
    await given.write(lambda session: mark_gaps(session, account.id, days, refreshed_at=NOON))


async def _settled(given: Written) -> None:
    account = given.world.account
    await given.write(lambda session: settle_days(session, account.id, through=DAYS.end, time_zone="UTC"))


async def _people(given: Written) -> None:
    counts = tuple(PeopleCount(each.id, DAYS, 70, 7) for each in given.world.campaigns)
    read = PeopleRead(given.world.account.id, EntityLevel.CAMPAIGN, (DAYS,), counts, NOON)
    await given.write(lambda session: replace_people(session, read))


async def _forgotten_people(given: Written) -> None:
    account = given.world.account
    await given.write(lambda session: forget_passing(session, account.id, EntityLevel.CAMPAIGN, but=()))


async def _frozen(given: Written) -> None:
    await given.write(lambda session: freeze_and_thaw_accounts(session, 0, NOON))


async def _thawed(given: Written) -> None:
    await given.write(lambda session: freeze_and_thaw_accounts(session, None, NOON))


async def _parts(given: Written) -> None:
    rows = divided(given.world.random_rows(DAYS, seed=9), (Breakdown.COUNTRY,))
    swap = DaySwap(given.world.account.id, DAYS, StagedRows(rows, line=part_line), NOON, SETTLED)
    await given.write(lambda session: replace_parts(session, set_name((Breakdown.COUNTRY,)), swap))


async def _deleted_metric(given: Written) -> None:
    await delete_custom_metric(given.tools.db, given.world.entities.viewer, "profit")


async def _rates(given: Written) -> None:
    await stored(given.tools.db, [rate("USD", f"{DAYS.start}", "1.25")])


async def _corrected_rates(given: Written) -> None:
    await stored(given.tools.db, [rate("USD", f"{DAYS.start}", "1.5")])


async def _connected(given: Written) -> None:
    await more_insights(given.world.entities, store=False, name="Another")


# In this order, each on what the ones before have left.
WRITES: list[tuple[str, dict[str, Any], Callable[[Written], Awaitable[None]]]] = [
    ("days stored", PLAIN, _days),
    ("ad in another campaign", PLAIN, _moved_ad),
    ("campaign renamed", PLAIN, lambda given: given.list_campaign(name="Renamed")),
    ("campaign paused", PLAIN, lambda given: given.list_campaign(name="Renamed", status=DeliveryStatus.PAUSED)),
    ("budget changed", PLAIN, lambda given: given.list_campaign(name="Renamed", daily_budget=Decimal(7))),
    ("campaigns gone", PLAIN, _unseen),
    ("tagged", PLAIN, _tag),
    ("template saved", PLAIN, _template),
    ("override set", PLAIN, _override),
    ("gap", PLAIN, _gap),
    ("days settled", PLAIN, _settled),
    ("people read", PLAIN, _people),
    ("people forgotten", PLAIN, _forgotten_people),
    ("parts stored", PARTS, _parts),
    ("account renamed", PLAIN, lambda given: given.change_account(name="Other")),
    ("status of the account", PLAIN, lambda given: given.change_account(status=AdAccountStatus.DISABLED)),
    ("time zone of the account", PLAIN, lambda given: given.change_account(time_zone="Asia/Tokyo")),
    ("refresh succeeded", PLAIN, lambda given: given.change_account(last_refreshed_at=NOON)),
    ("account frozen", PLAIN, _frozen),
    ("account thawed", PLAIN, _thawed),
    ("metric saved", PLAIN, lambda given: given.save_metric("purchaseValue - spend")),
    ("formula changed", PLAIN, lambda given: given.save_metric("spend * 2")),
    ("metric deleted", PLAIN, _deleted_metric),
    ("rates loaded", CONVERTED, _rates),
    ("rates corrected", CONVERTED, _corrected_rates),
    ("account connected", PLAIN, _connected),
    ("account disconnected", PLAIN, lambda given: given.disconnect(given.world)),
]


@pytest.fixture
async def world(tools: Toolbox) -> InsightWorld:
    return await kept_world(tools.db)


@pytest.fixture
async def no_rates(postgres: DatabaseUrls) -> AsyncIterator[None]:
    async with rates_of_the_test(postgres.migration):
        yield


@pytest.mark.usefixtures("no_rates")
async def test_every_kind_of_write_is_seen_in_the_next_answer(tools: Toolbox, world: InsightWorld) -> None:
    given, viewer = Written(world, tools), world.entities.viewer
    keeping, fresh = Asker(tools), Asker(tools, cache=None)
    for name, asked, write in WRITES:
        before = await keeping.ask(viewer, input=asked)
        assert await keeping.ask(viewer, input=asked) == before, name
        await write(given)
        after = await keeping.ask(viewer, input=asked)
        assert after != before, f"{name}: an old answer was given, or nothing of it is selected"
        assert after == await fresh.ask(viewer, input=asked), name


async def test_an_account_deleted_with_its_data_is_in_no_answer(tools: Toolbox, world: InsightWorld) -> None:
    keeping, viewer = Asker(tools), world.entities.viewer
    assert (await keeping.ask(viewer, input=PLAIN))["insights"]["rows"]["totalCount"] == 2
    await Written(world, tools).disconnect(world, delete_data=True)
    assert (await keeping.ask(viewer, input=PLAIN))["insights"]["rows"]["totalCount"] == 0


async def test_a_change_of_an_ad_through_the_api_is_seen(tools: Toolbox) -> None:
    async with change_world(tools) as made:
        viewer, versions = made.entities.viewer, set[str | None]()
        versions.add(await load_answers_version(tools.db, viewer, now=NOON))
        await made.switch()
        versions.add(await load_answers_version(tools.db, viewer, now=NOON))
        await made.budget("70", key="another")
        versions.add(await load_answers_version(tools.db, viewer, now=NOON))
        assert len(versions) == 3
