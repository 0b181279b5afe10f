"""How large a filter of insights may be, all its parts together."""

import pytest

from analytics.enums import EntityLevel
from errors import BadInput
from models.ids import new_id
from models.insights.filter import InsightsFilter, check_filter
from models.text_match import TextMatch

NAMED = InsightsFilter(name=TextMatch(eq="x"))
IDS = tuple(new_id() for _ in range(1000))


def of(*parts: InsightsFilter) -> InsightsFilter:
    return InsightsFilter(all_of=parts)


@pytest.mark.parametrize(
    "wanted",
    [
        of(*(NAMED,) * 200),
        of(*(of(*(NAMED,) * 20),) * 20),
        of(*(InsightsFilter(name=TextMatch(any_of=("x",) * 1000)),) * 6),
        of(*(InsightsFilter(campaign_ids=IDS, ad_ids=IDS),) * 3),
    ],
    ids=["parts", "parts of parts", "names", "ids"],
)
def test_a_filter_has_a_limit_over_all_its_parts(wanted: InsightsFilter) -> None:
    with pytest.raises(BadInput, match="parts"):
        check_filter(wanted, EntityLevel.CAMPAIGN)


def test_a_filter_of_full_lists_passes() -> None:
    full = InsightsFilter(campaign_ids=IDS, ad_set_ids=IDS, ad_ids=IDS, creative_ids=IDS)
    check_filter(of(full, *(NAMED,) * 198), EntityLevel.CAMPAIGN)
