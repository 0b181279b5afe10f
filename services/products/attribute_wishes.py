"""What somebody wants a value of the vocabulary to be: the wish, and whether it is good; reads nothing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from errors import Refused, UserErrorCode
from models.channels.channel import ChannelKind
from models.products.attribute import AttributeKind
from services.people.names import checked_name

MOST_MAPPINGS = 50
LONGEST_EXTERNAL_ID = 200
_LONGEST_MARKET = 50
# The others have one, so that a mapping of one of their markets would never be found.
_WITH_MARKETS = (ChannelKind.EBAY,)
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class MappingWish:
    """What a channel calls the value, everywhere or on one market."""

    channel_kind: ChannelKind
    market: str | None
    external_id: str


@dataclass(frozen=True, slots=True)
class AttributeWish:
    """A new value without an id, else the one to change; an id of None that is not new belongs to none.

    Without `mappings` those stay that it has; without a `parent_id` there is nothing above it.
    """

    kind: AttributeKind
    key: str
    label: str
    attribute_id: UUID | None = None
    is_new: bool = True
    parent_id: UUID | None = None
    is_shared: bool = False
    is_active: bool = True
    mappings: Sequence[MappingWish] | None = None


def check_attribute(wish: AttributeWish) -> str:
    """The label, tidied; raises Refused INVALID for what no value can have."""
    if not _KEY.fullmatch(wish.key):
        message = "A key has 1 to 64 small letters, digits, hyphens and underscores, a letter or digit first."
        raise Refused(UserErrorCode.INVALID, message, field="key")
    label = checked_name(wish.label, what="A label", field="label")
    for refused in _mapping_faults(wish.mappings or ()):
        raise refused
    return label


def stored_mappings(wanted: Sequence[MappingWish], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The mappings as they are stored; what a channel calls a term is kept where it was known."""
    names = {_term(each["channel_kind"], each["market"], each["external_id"]): each["external_name"] for each in before}
    return [
        {
            "channel_kind": each.channel_kind.value,
            "market": each.market,
            "external_id": each.external_id,
            "external_name": names.get(_term(each.channel_kind.value, each.market, each.external_id)),
        }
        for each in wanted
    ]


def _term(channel_kind: str, market: str | None, external_id: str) -> tuple[str, str | None, str]:
    return channel_kind, market, external_id


def _mapping_faults(mappings: Sequence[MappingWish]) -> Iterator[Refused]:
    if len(mappings) > MOST_MAPPINGS:
        yield Refused(UserErrorCode.INVALID, f"A value has at most {MOST_MAPPINGS} mappings.", field="mappings")
    seen = set[tuple[ChannelKind, str | None]]()
    for place, each in enumerate(mappings):
        if not _is_term(each.external_id, LONGEST_EXTERNAL_ID):
            message = f"The channel's own id of a term has 1 to {LONGEST_EXTERNAL_ID} printable characters."
            yield Refused(UserErrorCode.INVALID, message, field="mappings", place=place, within=("external_id",))
        if each.market is not None and not _is_term(each.market, _LONGEST_MARKET):
            message = f"A market has 1 to {_LONGEST_MARKET} printable characters."
            yield Refused(UserErrorCode.INVALID, message, field="mappings", place=place, within=("market",))
        elif each.market is not None and each.channel_kind not in _WITH_MARKETS:
            message = f"There is only one market of {each.channel_kind.shown}: name none."
            yield Refused(UserErrorCode.INVALID, message, field="mappings", place=place, within=("market",))
        if (each.channel_kind, each.market) in seen:
            message = "Another mapping is of the same kind of channel and the same market."
            yield Refused(UserErrorCode.INVALID, message, field="mappings", place=place)
        seen.add((each.channel_kind, each.market))


def _is_term(text: str, longest: int) -> bool:
    return 1 <= len(text) <= longest and text.isprintable() and text == text.strip()
