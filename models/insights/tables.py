"""The tables of insights, their columns generated from the catalogue of base facts; no query and no write.

`insight` is the truth: one row per ad and day. The roll-ups are sums of it, kept in the same transaction. Deduplicated
people are no sum of anything, so `unique_insight` holds them per exact group and period; which periods were read, and
when, stands in `unique_period`, for a group that nobody saw has no row.

None of the four large tables has a foreign key to campaigns, ad sets or ads: a check per stored row would cost more
than the row itself, and a slice is written from ids that the same refresh has just looked up. The account's key stands
on the small tables; rows of an account are removed by `delete_insights`.
"""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, Numeric, PrimaryKeyConstraint, String, Table, Uuid
from sqlalchemy.types import TypeEngine

from analytics.enums import EntityLevel
from analytics.metrics.facts import ADDITIVE_FACTS, UNIQUE_FACTS, FactKind
from models.columns import JSON, TextEnum, metadata, one_of, tenant_key

_SQL_TYPES: dict[FactKind, TypeEngine[Any]] = {FactKind.COUNT: BigInteger(), FactKind.AMOUNT: Numeric(38, 6)}


class DayStatus(StrEnum):
    """What is known of a day: PROVISIONAL may be restated, GAP could not be read in full."""

    PROVISIONAL = "PROVISIONAL"
    SETTLED = "SETTLED"
    GAP = "GAP"


class GapKind(StrEnum):
    """When a gap is read again: AGAIN by the next refresh, FIELD once what is left out is answered again, REFUSED with
    its range.
    """

    AGAIN = "AGAIN"
    FIELD = "FIELD"
    REFUSED = "REFUSED"


def _fact_columns() -> list[Column[Any]]:
    return [Column(name, _SQL_TYPES[fact.kind]) for fact in ADDITIVE_FACTS for name in fact.columns]


def _account_day() -> list[Column[Any]]:
    return [
        Column("tenant_id", Uuid(), nullable=False),
        Column("ad_account_id", Uuid(), nullable=False),
        Column("day", Date(), nullable=False),
    ]


# Clustered by nothing but the order of writing: a slice is inserted in key order, which is what keeps range reads fast.
insight = Table(
    "insight",
    metadata,
    *_account_day(),
    Column("ad_id", Uuid(), nullable=False),
    Column("ad_set_id", Uuid(), nullable=False),
    Column("campaign_id", Uuid(), nullable=False),
    Column("currency", String(), nullable=False),
    *_fact_columns(),
    Column("actions", JSON),
    Column("action_values", JSON),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "day", "ad_id"),
)

insight_campaign_day = Table(
    "insight_campaign_day",
    metadata,
    *_account_day(),
    Column("campaign_id", Uuid(), nullable=False),
    Column("currency", String(), nullable=False),
    *_fact_columns(),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "day", "campaign_id"),
)

# An account has one currency: two of them on one day violate the key instead of being added up.
insight_account_day = Table(
    "insight_account_day",
    metadata,
    *_account_day(),
    Column("currency", String(), nullable=False),
    *_fact_columns(),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "day"),
    tenant_key("ad_account_id", "ad_account"),
)

# The same ad-days in parts, as they were asked for: a table of its own, since most accounts are never broken down.
# A breakdown that the platform left out of a row, or a second one that the set does not have, is ''.
insight_breakdown = Table(
    "insight_breakdown",
    metadata,
    *_account_day(),
    Column("breakdown_set", String(), nullable=False),
    Column("ad_id", Uuid(), nullable=False),
    Column("first_value", String(), nullable=False),
    Column("second_value", String(), nullable=False),
    Column("ad_set_id", Uuid(), nullable=False),
    Column("campaign_id", Uuid(), nullable=False),
    Column("currency", String(), nullable=False),
    *_fact_columns(),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "breakdown_set", "day", "ad_id", "first_value", "second_value"),
)

insight_day = Table(
    "insight_day",
    metadata,
    *_account_day(),
    Column("status", TextEnum(DayStatus), nullable=False),
    Column("rows", Integer(), nullable=False),
    Column("refreshed_at", DateTime(timezone=True), nullable=False),
    # Null where there is no gap, and for one of a release that did not tell them apart: it counts as AGAIN.
    Column("gap_kind", TextEnum(GapKind), nullable=True),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "day"),
    one_of("status", DayStatus),
    one_of("gap_kind", GapKind),
    tenant_key("ad_account_id", "ad_account"),
)

unique_insight = Table(
    "unique_insight",
    metadata,
    Column("tenant_id", Uuid(), nullable=False),
    Column("ad_account_id", Uuid(), nullable=False),
    Column("level", TextEnum(EntityLevel), nullable=False),
    Column("period_start", Date(), nullable=False),
    Column("period_end", Date(), nullable=False),
    Column("entity_id", Uuid(), nullable=False),
    *(Column(name, _SQL_TYPES[fact.kind]) for fact in UNIQUE_FACTS for name in fact.columns),
    # The entity comes last: a slice replaces all entities of its days.
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "level", "period_start", "period_end", "entity_id"),
    one_of("level", EntityLevel),
)

# Of the levels above ads, whose people are read apart.
unique_period = Table(
    "unique_period",
    metadata,
    Column("tenant_id", Uuid(), nullable=False),
    Column("ad_account_id", Uuid(), nullable=False),
    Column("level", TextEnum(EntityLevel), nullable=False),
    Column("period_start", Date(), nullable=False),
    Column("period_end", Date(), nullable=False),
    Column("refreshed_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "level", "period_start", "period_end"),
    one_of("level", EntityLevel),
    tenant_key("ad_account_id", "ad_account"),
)

INSIGHT_TABLES = (
    insight,
    insight_campaign_day,
    insight_account_day,
    insight_breakdown,
    insight_day,
    unique_insight,
    unique_period,
)
