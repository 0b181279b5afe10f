"""What eBay calls the product's kinds of attributes: categories, conditions, and values of a category's aspects."""

from collections.abc import Sequence
from types import MappingProxyType

from integrations.ebay.drafts import CONDITIONS
from integrations.ebay.taxonomy import Taxonomy
from integrations.selling.aspects import NO_PARENT, AspectNames, aspect_for
from integrations.selling.records import MarketTerm
from integrations.selling.refusals import RefusedFields

# Aspects have no ids, only names in the language of the market (seen in eBay's answers; unconfirmed for the rest).
NAMES: AspectNames = MappingProxyType(
    {
        "BRAND": frozenset({"brand", "marke", "marque", "marca", "merk", "marka"}),
        "COLOUR": frozenset({"colour", "color", "farbe", "couleur", "colore", "kleur", "kolor"}),
        "MATERIAL": frozenset(
            {"material", "outer shell material", "obermaterial", "matière", "materiale", "materiaal", "materiał"}
        ),
        "SIZE": frozenset({"size", "größe", "taille", "taglia", "talla", "maat", "rozmiar"}),
        "GENDER": frozenset({"department", "abteilung", "département", "reparto", "departamento", "afdeling"}),
        "SEASON": frozenset({"season", "saison", "stagione", "temporada", "seizoen", "sezon"}),
        "PATTERN": frozenset({"pattern", "muster", "motif", "fantasia", "estampado", "patroon", "wzór"}),
        "FIT": frozenset({"fit", "passform", "coupe", "vestibilità", "pasvorm", "fason"}),
    }
)


async def terms_of(
    taxonomy: Taxonomy, kind: str, *, market: str, parent: str | None, search: str | None
) -> Sequence[MarketTerm]:
    """Categories need a text to search for. The values of any other kind but conditions need a category as `parent`.

    Where an aspect takes any text there is nothing to choose from, and the answer is empty. Raises RefusedFields where
    the text or the category is missing.
    """
    wanted = (search or "").strip().casefold()
    if kind == "CATEGORY":
        if not wanted:
            raise RefusedFields("eBay's categories are found by their words: say `search`.")
        return await taxonomy.suggestions(market, wanted)
    if kind == "CONDITION":
        found = [MarketTerm(each, each.replace("_", " ").capitalize()) for each in CONDITIONS]
    elif parent is None:
        raise RefusedFields(NO_PARENT)
    elif kind in NAMES:
        aspect = aspect_for(kind, await taxonomy.aspects(market, parent), NAMES)
        found = [MarketTerm(value, value, aspect.name) for value in aspect.values] if aspect else []
    else:
        found = []
    return [term for term in found if wanted in term.name.casefold()]
