"""What a marketplace calls things of a kind of attribute, for mappings; asked of the marketplace, which is not stored.

The clients of marketplaces remember such answers for a day, so that the same question is asked once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from auth.permissions import Permission, require
from auth.viewer import Viewer
from errors import BadInput
from integrations.errors import AccessRevoked, ObjectMissing
from integrations.selling.marketplace import SellerSession
from integrations.selling.records import MarketTerm
from integrations.selling.refusals import RefusedFields
from models.channels.channel import channels_by_ids
from models.products.attribute import AttributeKind
from services.channel_access import AccessTools, fresh_session
from services.channels.kept_terms import ListName, load_or_ask
from services.channels.wishes import known_markets, one_market_only
from services.vendor_calls import platform_call

LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class TermQuestion:
    """Which terms somebody wants: below `parent`, with `search` in their names. No market is the channel's."""

    kind: AttributeKind
    market: str | None = None
    parent: str | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class FoundTerm:
    """What the marketplace calls something; `parent` is what it lies below there."""

    external_id: str
    name: str
    parent: str | None
    is_leaf: bool


async def fetch_terms(
    tools: AccessTools, viewer: Viewer, channel_id: UUID | None, question: TermQuestion
) -> list[FoundTerm] | None:
    """What the channel's marketplace answers, in its order; None where there is no such channel. Needs EDIT_CATALOG.

    Raises BadInput for a channel without a marketplace, an unknown market or parent, a parent or search that is missing
    or too long, and UpstreamUnavailable.
    """
    require(viewer, Permission.EDIT_CATALOG)
    for name in ("parent", "search"):
        text = getattr(question, name) or ""
        if len(text) > LONGEST_TEXT or not text.isprintable():
            raise BadInput(f"`{name}` must have at most {LONGEST_TEXT} printable characters.")
    async with tools.db.read(viewer) as session:
        found = await channels_by_ids(session, [channel_id]) if channel_id else ()
    if not found:
        return None
    channel = found[0]
    marketplace = tools.vendors.marketplace(channel.kind)
    if marketplace is None:
        raise BadInput(f"Attributes have no names of their own at {channel.kind.shown}.")
    market = question.market or channel.market
    if marketplace.markets and market not in marketplace.markets:
        raise BadInput(known_markets(marketplace))
    if not marketplace.markets and market is not None:
        raise BadInput(one_market_only(channel.kind))
    if channel.kind not in tools.vendors.selling:
        asked_list = ListName.of(question.kind.value, question.parent, question.search)
        kept = await load_or_ask(tools.db, viewer, channel, asked_list, now=tools.clock())
        wanted = "" if asked_list.search else (question.search or "").casefold()
        return [_found(term) for term in kept if wanted in term.name.casefold()]
    with platform_call():
        try:
            reached = await fresh_session(tools, viewer, channel)
        except AccessRevoked as error:
            raise BadInput(error.reason) from error
        terms = await _asked(reached, question, market or "")
    return [_found(term) for term in terms]


def _found(term: MarketTerm) -> FoundTerm:
    return FoundTerm(term.external_id, term.name, term.parent, term.is_leaf)


async def _asked(reached: SellerSession, question: TermQuestion, market: str) -> Sequence[MarketTerm]:
    """What the marketplace refuses of the question is the question's fault, and no fault of the marketplace's."""
    try:
        return await reached.terms(question.kind, market=market, parent=question.parent, search=question.search)
    except (RefusedFields, ObjectMissing) as error:
        if question.parent is None and isinstance(error, ObjectMissing):
            raise
        raise BadInput(error.message) from error
