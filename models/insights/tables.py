"""The tables of insights, their columns generated from the catalogue of base facts; no query and no write.

`insight` has one row per ad and day. The roll-ups by campaign and by account are sums of it, written in the same
transaction; parts have one by account. Deduplicated people cannot be summed, so `unique_insight` has them for exact
groups and periods. A group that nobody saw has no row there, so `unique_period` says which periods were read, and when.

The large tables have no foreign key to campaigns, ad sets or ads: a check per stored row would cost more than the row
itself, and a slice is written from ids that the same refresh has just looked up. Only the small tables have a foreign
key to the ad account; `delete_insights` deletes the rows of an account.
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
    """What is known of an account's day: PROVISIONAL may be restated, SETTLED may not, GAP was not read in full."""

    PROVISIONAL = "PROVISIONAL"
    SETTLED = "SETTLED"
    GAP = "GAP"


class GapKind(StrEnum):
    """When a gap is read again: AGAIN by the next refresh, FIELD when the platform answers the missing field again,
    REFUSED only by a refresh whose range contains the day.
    """

    AGAIN = "AGAIN"
    FIELD = "FIELD"
    REFUSED = "REFUSED"


_FACTS_IN_KEY = (
    "ad_set_id",
    "campaign_id",
    "currency",
    "spend",
    "impressions",
    "clicks_all",
    "link_clicks",
    "video_views_3s",
    "purchases",
    "purchase_value",
)


def _fact_columns() -> list[Column[Any]]:
    return [Column(name, _SQL_TYPES[fact.kind]) for fact in ADDITIVE_FACTS for name in fact.columns]


def _account_day() -> list[Column[Any]]:
    return [
        Column("tenant_id", Uuid(), nullable=False),
        Column("ad_account_id", Uuid(), nullable=False),
        Column("day", Date(), nullable=False),
    ]


def _day_marks() -> list[Column[Any]]:
    return [
        Column("status", TextEnum(DayStatus), nullable=False),
        Column("rows", Integer(), nullable=False),
        Column("refreshed_at", DateTime(timezone=True), nullable=False),
        # Null where there is no gap. It is null too for gaps written by an older release, which had no kinds: they
        # count as AGAIN.
        Column("gap_kind", TextEnum(GapKind), nullable=True),
    ]


# No CLUSTER orders this table on disk: a slice is inserted in the order of the key, and that keeps range reads fast. A
# row is four times as wide with its raw lists, so the key has the facts that most questions read.
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
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "day", "ad_id", postgresql_include=_FACTS_IN_KEY),
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

# An account has one currency: a second one on the same day violates the primary key instead of being added up.
insight_account_day = Table(
    "insight_account_day",
    metadata,
    *_account_day(),
    Column("currency", String(), nullable=False),
    *_fact_columns(),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "day"),
    tenant_key("ad_account_id", "ad_account"),
)

# Sums of ad-days over whole months, for questions about long ranges. A month that has no row here may have ad-days all
# the same: models/insights/months.py says which months are summed, and when.
insight_ad_month = Table(
    "insight_ad_month",
    metadata,
    Column("tenant_id", Uuid(), nullable=False),
    Column("ad_account_id", Uuid(), nullable=False),
    Column("month", Date(), nullable=False),
    Column("ad_id", Uuid(), nullable=False),
    Column("ad_set_id", Uuid(), nullable=False),
    Column("campaign_id", Uuid(), nullable=False),
    Column("currency", String(), nullable=False),
    *_fact_columns(),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "month", "ad_id", "ad_set_id", "campaign_id", "currency"),
)

# Ad-days divided by breakdowns, in a table of their own, since most accounts are never read by breakdowns. A value is
# '' where the platform left the breakdown out of a row, and where the set has no second breakdown.
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

# The sums of an account's parts, for questions that name no campaign and no ad, as most about parts do. A day may have
# two currencies, each with sums of its own.
insight_breakdown_account_day = Table(
    "insight_breakdown_account_day",
    metadata,
    *_account_day(),
    Column("breakdown_set", String(), nullable=False),
    Column("first_value", String(), nullable=False),
    Column("second_value", String(), nullable=False),
    Column("currency", String(), nullable=False),
    *_fact_columns(),
    PrimaryKeyConstraint(
        "tenant_id", "ad_account_id", "breakdown_set", "day", "first_value", "second_value", "currency"
    ),
)

insight_day = Table(
    "insight_day",
    metadata,
    *_account_day(),
    *_day_marks(),
    # When the day's rows were imported from a file; null where a refresh has read them, or nobody has.
    Column("imported_at", DateTime(timezone=True), nullable=True),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "day"),
    one_of("status", DayStatus),
    one_of("gap_kind", GapKind),
    tenant_key("ad_account_id", "ad_account"),
)

# The same of the parts by one set of breakdowns: a day without a row here was never read by this set. `rows` are parts.
breakdown_day = Table(
    "breakdown_day",
    metadata,
    *_account_day(),
    Column("breakdown_set", String(), nullable=False),
    *_day_marks(),
    PrimaryKeyConstraint("tenant_id", "ad_account_id", "breakdown_set", "day"),
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

# Which periods of people were read, for accounts and campaigns; the people of ads are read with the ads' days.
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
    insight_ad_month,
    insight_breakdown,
    insight_breakdown_account_day,
    insight_day,
    breakdown_day,
    unique_insight,
    unique_period,
)
