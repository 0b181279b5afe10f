"""Tags in a question: which fields it may name, and whether a roll-up by campaign answers it."""

from collections.abc import Sequence
from dataclasses import replace

from errors import BadInput
from models.ads.tag_fields import some_tag_fields, tag_fields
from models.database import ReadSession
from models.insights.question import InsightsQuestion
from models.insights.statements.fact_tables import FactTable, facts_table

MOST_TAGS = 3


def check_tags(tags: Sequence[str]) -> None:
    """Raises BadInput for more fields than rows are grouped by, and for one that is named twice."""
    if len(tags) > MOST_TAGS or len(set(tags)) < len(tags):
        raise BadInput(f"Rows are grouped by at most {MOST_TAGS} fields of tags, each of them once.")


async def with_tags(session: ReadSession, question: InsightsQuestion) -> InsightsQuestion:
    """The question, which now knows whether tags of campaigns answer it as those of ads do.

    Parts of breakdowns have no roll-up by campaign. Raises BadInput for fields to group by that nothing of the tenant
    carries.
    """
    wanted = question.wanted
    compared = wanted.tag_fields if wanted is not None else frozenset[str]()
    fields = [*question.tags, *sorted(compared - set(question.tags))]
    if not fields:
        return question
    is_below = bool(question.needed_breakdowns) or facts_table(question.level, wanted) is FactTable.AD_DAYS
    found = await tag_fields(session, fields, question.ad_account_ids, with_campaigns=not is_below)
    unknown = [each.field for each in found if each.field in question.tags and not each.is_known]
    if unknown:
        known = ", ".join(await some_tag_fields(session)) or "none"
        raise BadInput(f"No tag has the field {', '.join(unknown)}. Fields that there are: {known}.")
    return replace(question, has_tags_of_campaigns=all(each.is_of_campaigns for each in found))
