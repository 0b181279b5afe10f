"""What eBay calls categories and their aspects, as a day's answers; asked with the token of the app."""

from collections.abc import Sequence
from datetime import timedelta

from analytics.clock import Clock
from integrations.cached_answer import AnswersByQuestion
from integrations.ebay.app import EbayApp
from integrations.ebay.calls import EbayRest
from integrations.ebay.oauth import AppTokens
from integrations.errors import InvalidResponse
from integrations.http import HttpClient
from integrations.selling.aspects import Aspect
from integrations.selling.records import MarketTerm
from integrations.selling.values import Fields

_ROOT = "/commerce/taxonomy/v1"
_KEPT_FOR = timedelta(days=1)
_MOST_KEPT = 2_000
SELECTION_ONLY = "SELECTION_ONLY"


class Taxonomy:
    """For every seller of the installation; each question is asked once a day."""

    def __init__(self, app: EbayApp, http: HttpClient, tokens: AppTokens, clock: Clock) -> None:
        self._app, self._http, self._tokens = app, http, tokens
        self._kept = AnswersByQuestion(clock, kept_for=_KEPT_FOR, most=_MOST_KEPT)

    async def suggestions(self, market: str, text: str) -> Sequence[MarketTerm]:
        """Leaves of the market's tree that fit a text, the best first."""
        return await self._kept.value(
            ("suggestions", market, text.strip().lower()), lambda: self._suggest(market, text)
        )

    async def aspects(self, market: str, category_id: str) -> Sequence[Aspect]:
        """Raises Rejected for a category that the market has not, or that is no leaf."""
        return await self._kept.value(("aspects", market, category_id), lambda: self._list_aspects(market, category_id))

    async def _suggest(self, market: str, text: str) -> Sequence[MarketTerm]:
        tree = await self._tree(market)
        answer = await self._get(f"category_tree/{tree}/get_category_suggestions", {"q": text})
        found: list[MarketTerm] = []
        for each in answer.parts("categorySuggestions"):
            category, above = each.part("category"), each.parts("categoryTreeNodeAncestors")
            category_id = category.text("categoryId")
            if category_id is not None:
                parent = above[0].text("categoryId") if above else None
                found.append(MarketTerm(category_id, _path(category, above), parent))
        return tuple(found)

    async def _list_aspects(self, market: str, category_id: str) -> Sequence[Aspect]:
        tree = await self._tree(market)
        path = f"category_tree/{tree}/get_item_aspects_for_category"
        answer = await self._get(path, {"category_id": category_id})
        return tuple(aspect for each in answer.parts("aspects") if (aspect := _aspect(each)) is not None)

    async def _tree(self, market: str) -> str:
        return await self._kept.value(("tree", market), lambda: self._default_tree(market))

    async def _default_tree(self, market: str) -> str:
        answer = await self._get("get_default_category_tree_id", {"marketplace_id": market})
        tree = answer.text("categoryTreeId")
        if tree is None or not tree.isalnum():
            raise InvalidResponse("eBay does not tell the market's categories.")
        return tree

    async def _get(self, path: str, query: dict[str, str]) -> Fields:
        rest = EbayRest(self._app, self._http, await self._tokens.value())
        return await rest.get(f"{_ROOT}/{path}", query)


def _path(category: Fields, above: Sequence[Fields]) -> str:
    """Such as "Clothing > Coats": a category's own name is often one of many."""
    names = [each.text("categoryName") for each in [*reversed(above), category]]
    return " > ".join(name for name in names if name)


def _aspect(raw: Fields) -> Aspect | None:
    name, constraint = raw.text("localizedAspectName"), raw.part("aspectConstraint")
    if name is None:
        return None
    values = tuple(text for each in raw.parts("aspectValues") if (text := each.text("localizedValue")) is not None)
    return Aspect(name, constraint.flag("aspectRequired"), constraint.text("aspectMode") == SELECTION_ONLY, values)
