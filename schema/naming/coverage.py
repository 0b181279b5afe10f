"""NamingCoverage: how far naming templates reach."""

import strawberry

from resolvers.naming import coverage
from schema.field import field


@strawberry.type(
    description="How the names of ads that delivered are read. An ad matches when its own name, its ad set's and its "
    "campaign's do, as far as there are templates for them; without any it does not."
)
class NamingCoverage:
    matched: int = strawberry.field(description="Ads whose names match.")
    partial: int = strawberry.field(description="Ads of which a name says only some of what its template wants.")
    unmatched: int = strawberry.field(description="Ads of which a name matches no template.")
    unmatched_spend_share: float | None = strawberry.field(
        description="The share of spend on unmatched ads, 0 to 1, in the tenant's currency. Null where nothing was "
        "spent, or an exchange rate is missing."
    )
    unmatched_names: list[str] = field(
        coverage.unmatched_names,
        description="Names that no template matches, those with the most spend first.",
        size=coverage.NAMES_LENGTH,
    )
