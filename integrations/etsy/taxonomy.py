"""What Etsy calls categories and their properties, as a day's answers; asked with the key of the app alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from analytics.clock import Clock
from integrations.cached_answer import AnswersByQuestion
from integrations.errors import InvalidResponse
from integrations.etsy.calls import EtsyRest
from integrations.etsy.values import is_id, words_in
from integrations.selling.aspects import Aspect
from integrations.selling.records import MarketTerm
from integrations.selling.values import Fields

_ROOT = "/seller-taxonomy/nodes"
_KEPT_FOR = timedelta(days=1)
_MOST_KEPT = 2_000
# Of a property that takes several and does not say how many.
_MOST_VALUES = 5


@dataclass(frozen=True, slots=True)
class PropertyChoice:
    """One value to choose; `scale_id` is the measure that it is of, such as sizes of the EU."""

    name: str
    value_id: str
    scale_id: str | None


@dataclass(frozen=True, slots=True)
class CategoryProperty:
    """A property of a category. `values` are by their names and by their ids, in small letters; a listing may have
    `most` of them.
    """

    property_id: str
    aspect: Aspect
    most: int
    values: Mapping[str, PropertyChoice]


class EtsyTaxonomy:
    """For every shop of the installation; each question is asked once a day."""

    def __init__(self, rest: EtsyRest, clock: Clock) -> None:
        self._rest = rest
        self._kept = AnswersByQuestion(clock, kept_for=_KEPT_FOR, most=_MOST_KEPT)

    async def nodes(self) -> Mapping[str, MarketTerm]:
        """Every category by its id, parents before their children; names are paths such as "Clothing > Coats"."""
        return await self._kept.value(("nodes",), self._list_nodes)

    async def properties(self, category_id: str) -> Sequence[CategoryProperty]:
        """What listings of a category can tell of themselves; raises ObjectMissing for a category that is none."""
        return await self._kept.value(("properties", category_id), lambda: self._list_properties(category_id))

    async def _list_nodes(self) -> Mapping[str, MarketTerm]:
        # Nested as deeply as the answer likes: walked without recursion, the first child on top.
        left: list[tuple[Fields, str, str | None]] = [
            (each, "", None) for each in reversed(await self._rest.rows(_ROOT))
        ]
        found: dict[str, MarketTerm] = {}
        while left:
            raw, path, parent = left.pop()
            node_id, name = raw.text("id"), words_in(raw, "name")
            if node_id is None or name is None or node_id in found:
                continue
            children = raw.parts("children")
            path = f"{path} > {name}" if path else name
            found[node_id] = MarketTerm(node_id, path, parent, is_leaf=not children)
            left += [(each, path, node_id) for each in reversed(children)]
        if not found:
            raise InvalidResponse("Etsy does not tell its categories.")
        return found

    async def _list_properties(self, category_id: str) -> Sequence[CategoryProperty]:
        rows = await self._rest.rows(f"{_ROOT}/{category_id}/properties")
        return tuple(found for each in rows if (found := _property(each)) is not None)


def _property(raw: Fields) -> CategoryProperty | None:
    """None for one that only variations have, for one whose measure somebody has to choose, and for one that cannot be
    read.
    """
    property_id = raw.text("property_id")
    name = words_in(raw, "display_name") or words_in(raw, "name")
    if not is_id(property_id) or name is None or raw.raw.get("supports_attributes") is False:
        return None
    found: dict[str, PropertyChoice] = {}
    for each in raw.parts("possible_values"):
        value_id, text = each.text("value_id"), words_in(each, "name")
        if is_id(value_id) and text is not None:
            value = PropertyChoice(text, value_id, each.text("scale_id"))
            found.setdefault(text.casefold(), value)
            found.setdefault(value_id, value)
    names = tuple(dict.fromkeys(value.name for value in found.values()))
    if not names and raw.parts("scales") and not raw.flag("is_required"):
        return None
    most = (raw.whole("max_values_allowed") or _MOST_VALUES) if raw.flag("is_multivalued") else 1
    return CategoryProperty(property_id, Aspect(name, raw.flag("is_required"), bool(names), names), most, found)
