"""Writes a made world into Postgres, into a new tenant, by the functions that a refresh stores with."""

import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from analytics.enums import EntityLevel, MetricUnit, NamingLevel, TagSource
from analytics.metrics.facts import FACT_COLUMNS, UNIQUE_COLUMNS
from analytics.periods import DateRange
from analytics.rates import PublishedRate
from models.ads.ad import Ad
from models.ads.ad_account import AdAccount
from models.ads.ad_set import AdSet
from models.ads.campaign import Campaign, DeliveryStatus
from models.ads.creative import Creative, CreativeKind
from models.ads.entity_tag import Tag
from models.database import Database
from models.insights.breakdown_swap import part_line, replace_parts
from models.insights.custom_metric import CustomMetric
from models.insights.day_swap import DaySwap, StagedRows, StoredInsight, replace_slice
from models.insights.months import claim_account_to_sum, sum_next_month
from models.insights.reach import PeopleCount, PeopleRead, replace_people
from models.platform import Platform
from services.toolbox import Toolbox
from tests.doors.in_process import Door
from tests.insights_truth.days import DAY, Span
from tests.insights_truth.made import stretches
from tests.insights_truth.metrics import Written
from tests.insights_truth.rates import CURRENCIES, published
from tests.insights_truth.world import Account, AdDay, Entity, People, World
from tests.worlds.ads import EntityWorld, entity_world, give_tags
from tests.worlds.rates import stored


async def door_to(tools: Toolbox, world: World) -> Door:
    """Stores the world, and answers at the world's instant what its owner asks."""
    entities = await store(tools.db, world)
    return Door(dataclasses.replace(tools, clock=lambda: world.now), entities.viewer)


async def store(db: Database, world: World) -> EntityWorld:
    """A new tenant that holds the world; rates are the installation's."""
    await stored(db, _rates(world))
    entities = await entity_world(db)
    # In this order: each refers to those before.
    await entities.keep(*(_account(entities, world, each) for each in world.accounts))
    await entities.keep(*(Campaign(**_entity(entities, each)) for each in world.campaigns))
    await entities.keep(*(AdSet(**_entity(entities, each, "campaign_id")) for each in world.ad_sets))
    await entities.keep(*(Creative(**_entity(entities, each), kind=CreativeKind.VIDEO) for each in world.creatives))
    places = ("campaign_id", "ad_set_id", "creative_id")
    await entities.keep(*(Ad(**_entity(entities, each, *places)) for each in world.ads))
    for account in world.accounts:
        await _store_numbers(entities, world, account)
        await _store_parts(entities, world, account)
        await _store_tags(entities, world, account)
    await _sum_months(entities, world, world.accounts[0])
    await entities.keep(*(_custom(entities, key, metric) for key, metric in world.customs.items()))
    return entities


def _rates(world: World) -> Iterator[PublishedRate]:
    first, last = min(row.day for row in world.rows), max(row.day for row in world.rows)
    for day in Span(first - 8 * DAY, last):
        for currency in CURRENCIES:
            if (per_eur := published(currency, day)) is not None:
                yield PublishedRate(currency, day, per_eur)


def _account(entities: EntityWorld, world: World, account: Account) -> AdAccount:
    return AdAccount(
        id=account.id,
        tenant_id=entities.tenant_id,
        platform=Platform.META,
        external_id=f"act_{account.id.int % 10**15}",
        name=account.name,
        currency=account.currency,
        time_zone=account.time_zone,
        disconnected_at=None if account.is_connected else world.now,
    )


def _custom(entities: EntityWorld, key: str, metric: Written) -> CustomMetric:
    unit = {"MONEY": MetricUnit.MONEY, "COUNT": MetricUnit.COUNT, "RATIO": MetricUnit.MULTIPLE}[metric.kind]
    return CustomMetric(tenant_id=entities.tenant_id, key=key, name=key, formula=metric.formula, unit=unit)


def _entity(entities: EntityWorld, entity: Entity, *places: str) -> dict[str, Any]:
    return {place: getattr(entity, place) for place in places} | {
        "id": entity.id,
        "tenant_id": entities.tenant_id,
        "ad_account_id": entity.account_id,
        "platform": Platform.META,
        "external_id": entity.id.hex,
        "name": entity.name,
        "status": DeliveryStatus(entity.status),
    }


async def _store_parts(entities: EntityWorld, world: World, account: Account) -> None:
    settled = world.now.date() - timedelta(days=28)
    async with entities.db.write(entities.viewer) as session:
        for (account_id, breakdowns), span in world.read.items():
            if account_id != account.id:
                continue
            mine = (row for row in world.parts if row.account_id == account.id and row.breakdowns == breakdowns)
            staged = StagedRows((_stored(row, None) for row in mine), line=part_line)
            days = DateRange(span.start, span.end)
            await replace_parts(session, ",".join(breakdowns), DaySwap(account.id, days, staged, world.now, settled))


async def _sum_months(entities: EntityWorld, world: World, account: Account) -> None:
    """As the chore does; months of the other accounts are still to be summed."""
    settled = (world.now - timedelta(days=28)).date()
    async with entities.db.write(entities.viewer) as session:
        assert await claim_account_to_sum(session, account.id) is not None
        while await sum_next_month(session, account.id, before=settled.replace(day=1)) is not None:
            pass


async def _store_tags(entities: EntityWorld, world: World, account: Account) -> None:
    async with entities.db.write(entities.viewer) as session:
        for level, listed in ((NamingLevel.CAMPAIGN, world.campaigns), (NamingLevel.AD, world.ads)):
            ids = [each.id for each in listed if each.account_id == account.id]
            tags = {
                of: [
                    Tag(field, value, TagSource.PARSED if value else TagSource.MISSING)
                    for (entity_id, field), value in world.tags.items()
                    if entity_id == of
                ]
                for of in ids
            }
            await give_tags(session, account.id, level, tags)


async def _store_numbers(entities: EntityWorld, world: World, account: Account) -> None:
    rows = [row for row in world.rows if row.account_id == account.id]
    people = [each for each in world.people if each.account_id == account.id]
    by_ad = {(each.entity_id, each.start): each for each in people if each.level == "AD"}
    settled = world.now.date() - timedelta(days=28)
    async with entities.db.write(entities.viewer) as session:
        for span in stretches(world, account):
            staged = StagedRows(_stored(row, by_ad.get((row.ad_id, row.day))) for row in rows if row.day in span)
            await replace_slice(
                session, DaySwap(account.id, DateRange(span.start, span.end), staged, world.now, settled)
            )
        for level in (EntityLevel.CAMPAIGN, EntityLevel.AD_ACCOUNT):
            counts = [_counted(each) for each in people if each.level == level]
            periods = tuple({each.period for each in counts})
            await replace_people(session, PeopleRead(account.id, level, periods, tuple(counts), world.now))


def _stored(row: AdDay, people: People | None) -> StoredInsight:
    facts = {column_of(name): value for name, value in row.facts.items()}
    counted = (people.reach, people.unique_clicks) if people else (None, None)
    facts |= dict(zip(("reach", "unique_clicks"), counted, strict=True))
    assert facts.keys() == {*FACT_COLUMNS, *UNIQUE_COLUMNS}
    return StoredInsight(row.day, row.ad_id, row.ad_set_id, row.campaign_id, row.currency, facts, values=row.values)


def _counted(people: People) -> PeopleCount:
    return PeopleCount(people.entity_id, DateRange(people.start, people.end), people.reach, people.unique_clicks)


def column_of(fact: str) -> str:
    """The column of a fact: of videoViews3s video_views_3s, of purchases@CLICK_1D purchases_click_1d."""
    words = re.sub(r"(?<=[a-z])(?=\d)|(?=[A-Z])", "_", fact.partition("@")[0])
    return "_".join(filter(None, (words, fact.partition("@")[2]))).lower()
