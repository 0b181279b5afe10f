"""From which table a question is answered: the smallest one that gives the same answer as ad-days."""

from enum import StrEnum

from analytics.enums import EntityLevel, TimeGrain
from models.insights.filter import InsightsFilter
from models.insights.question import InsightsQuestion


class FactTable(StrEnum):
    """Where sums are read from: ad-days, or ad-days in parts by breakdowns, or a roll-up of either.

    AD_MONTHS: sums of whole months where there are any, and the ad-days of the days that are left.
    """

    AD_DAYS = "AD_DAYS"
    AD_MONTHS = "AD_MONTHS"
    CAMPAIGN_DAYS = "CAMPAIGN_DAYS"
    ACCOUNT_DAYS = "ACCOUNT_DAYS"
    PARTS = "PARTS"
    ACCOUNT_PARTS = "ACCOUNT_PARTS"


# Grains whose periods hold whole months.
_OF_MONTHS = (TimeGrain.NONE, TimeGrain.MONTH, TimeGrain.QUARTER, TimeGrain.YEAR)


def facts_table(level: EntityLevel, wanted: InsightsFilter | None = None, *, needs_raw: bool = False) -> FactTable:
    """The smallest table that has all columns which the level and the filter need.

    `needs_raw`: the raw lists are read, which only ad-days have.
    """
    if needs_raw or level in (EntityLevel.AD_SET, EntityLevel.AD, EntityLevel.CREATIVE) or (wanted and wanted.needs_ad):
        return FactTable.AD_DAYS
    if level is EntityLevel.CAMPAIGN or (wanted and wanted.needs_campaign):
        return FactTable.CAMPAIGN_DAYS
    return FactTable.ACCOUNT_DAYS


def table_of(question: InsightsQuestion, *, has_tags: bool, needs_raw: bool = False) -> FactTable:
    """The same for a whole question; `has_tags`: its groups are parted by tags, which are those of ads or campaigns.

    Sums of months are chosen where the question knows of any: see `may_be_of_months`.
    """
    level, wanted = question.level, question.wanted
    has_tags = has_tags or bool(wanted is not None and wanted.tag_fields)
    if question.needed_breakdowns:
        is_below = has_tags or (wanted is not None and (wanted.needs_ad or wanted.needs_campaign))
        is_of_accounts = level in (EntityLevel.TENANT, EntityLevel.AD_ACCOUNT) and not is_below
        return FactTable.ACCOUNT_PARTS if is_of_accounts else FactTable.PARTS
    table = facts_table(level, wanted, needs_raw=needs_raw)
    if has_tags and table is not FactTable.AD_DAYS:
        table = FactTable.CAMPAIGN_DAYS if question.has_tags_of_campaigns else FactTable.AD_DAYS
    is_of_months = table is FactTable.AD_DAYS and question.summed is not None and not needs_raw
    return FactTable.AD_MONTHS if is_of_months else table


def may_be_of_months(question: InsightsQuestion) -> bool:
    """Whether sums of whole months answer the question as ad-days do.

    Money is converted by the day, and a comparison pairs days. Raw lists have no sums, which is known later.
    """
    is_converted = question.conversion is not None and question.conversion.is_needed
    if question.grain not in _OF_MONTHS or question.comparison is not None or is_converted:
        return False
    return table_of(question, has_tags=bool(question.tags)) is FactTable.AD_DAYS
