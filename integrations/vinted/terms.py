"""What Vinted calls categories, conditions, colours and the like, asked for by LIST_TERMS."""

from collections.abc import Mapping
from types import MappingProxyType

from integrations.selling.records import MarketTerm
from integrations.selling.refusals import refused
from integrations.selling.values import Fields
from integrations.vinted.markets import VENDOR
from integrations.vinted.relay import RelayOperation, StepWish
from integrations.vinted.values import id_in, rows_in, text_in

PARCELS = "PACKAGE_SIZE"
# Our kinds of attributes, by what the extension calls them.
KINDS: Mapping[str, str] = MappingProxyType(
    {each: each for each in ("CATEGORY", "CONDITION", "COLOUR", "BRAND", "SIZE", "MATERIAL")}
)
LONGEST_SEARCH = 100
_MOST_TERMS = 5_000
_NO_KIND = "{vendor} has no terms of the kind {kind}: so far of {known} only."


def ask_for_terms(kind: str, *, parent: str | None = None, search: str | None = None) -> StepWish:
    """Raises RefusedFields for a kind that Vinted has not."""
    if kind not in KINDS and kind != PARCELS:
        raise refused(_NO_KIND.format(vendor=VENDOR, kind=kind, known=", ".join(KINDS)))
    arguments = {"kind": kind} | {name: value for name, value in (("parent", parent), ("search", search)) if value}
    return StepWish(RelayOperation.LIST_TERMS, arguments, f"terms-{kind}-{parent or ''}-{search or ''}")


def terms_in(raw: Fields, parent: str | None = None) -> list[MarketTerm]:
    """Each term once; what has no id or no name is left out."""
    found: dict[str, MarketTerm] = {}
    for row in (rows_in(raw, "terms") or [])[:_MOST_TERMS]:
        term_id, name = id_in(row, "id"), text_in(row, "name")
        if term_id is not None and name is not None:
            found[term_id] = MarketTerm(
                term_id, name, id_in(row, "parent") or parent, row.raw.get("isLeaf") is not False
            )
    return [*found.values()]
