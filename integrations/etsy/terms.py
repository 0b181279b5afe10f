"""What Etsy calls the product's kinds of attributes: categories, who made it when, and values of properties."""

from collections.abc import Sequence
from types import MappingProxyType

from integrations.errors import ObjectMissing
from integrations.etsy.made import made_terms
from integrations.etsy.taxonomy import EtsyTaxonomy
from integrations.selling.aspects import NO_PARENT, AspectNames, aspect_for
from integrations.selling.records import MarketTerm
from integrations.selling.refusals import RefusedFields

# The names of properties in Etsy's taxonomy, as its answers have them; which of them a category has differs.
NAMES: AspectNames = MappingProxyType(
    {
        "BRAND": frozenset({"brand"}),
        "COLOUR": frozenset({"primary color", "color", "colour"}),
        "MATERIAL": frozenset({"material", "materials", "primary material"}),
        "SIZE": frozenset({"size", "clothing size", "shoe size", "ring size"}),
        "GENDER": frozenset({"gender", "department"}),
        "SEASON": frozenset({"season"}),
        "PATTERN": frozenset({"pattern"}),
        "FIT": frozenset({"fit"}),
    }
)


async def terms_of(
    taxonomy: EtsyTaxonomy, kind: str, *, year: int, parent: str | None, search: str | None
) -> Sequence[MarketTerm]:
    """Categories below `parent`, the topmost without one, or those anywhere whose path has the text `search`.

    Conditions are who made a thing and when. The values of any other kind need a category as `parent`; where it takes
    any text there is nothing to choose from, and the answer is empty. Raises RefusedFields where the category is
    missing, and ObjectMissing where Etsy has none such.
    """
    wanted = (search or "").strip().casefold()
    if kind == "CATEGORY":
        nodes = (await taxonomy.nodes()).values()
        if parent is not None:
            await _check_category(taxonomy, parent)
        found = [node for node in nodes if (wanted and parent is None) or node.parent == parent]
    elif kind == "CONDITION":
        found = made_terms(year)
    elif parent is None:
        raise RefusedFields(NO_PARENT)
    elif kind in NAMES:
        found = await _values(taxonomy, kind, parent)
    else:
        found = []
    return [term for term in found if wanted in term.name.casefold()]


async def _values(taxonomy: EtsyTaxonomy, kind: str, category_id: str) -> list[MarketTerm]:
    await _check_category(taxonomy, category_id)
    aspect = aspect_for(kind, [each.aspect for each in await taxonomy.properties(category_id)], NAMES)
    return [MarketTerm(value, value, aspect.name) for value in aspect.values] if aspect else []


async def _check_category(taxonomy: EtsyTaxonomy, category_id: str) -> None:
    if category_id not in await taxonomy.nodes():
        raise ObjectMissing("Etsy has no such category.")
