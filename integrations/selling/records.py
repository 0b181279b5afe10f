"""What a marketplace tells and is told, with our names and units; the same for every marketplace.

Amounts are Decimals in the currency beside them, instants are in UTC. A value that a marketplace added later never
ends a reading: what cannot be said in our words is None, and a RecordProblem says which value it was.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class SellerTokens:
    """Tokens as handed out: `refresh` is None where the old one goes on, ends are seconds from now."""

    access: str = field(repr=False)
    access_ends_in_s: int
    refresh: str | None = field(repr=False, default=None)
    refresh_ends_in_s: int | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallsOfDay:
    """The calls that the app may make in 24 hours; `left_today` is None until an answer has told, at `told_at`."""

    per_day: int
    left_today: int | None = None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seller:
    """Who a token belongs to; `external_id` never changes, `name` may."""

    external_id: str
    name: str
    market: str | None = None


@dataclass(frozen=True, slots=True)
class SellerPolicy:
    """`kind` is SHIPPING, PAYMENT, RETURN, LOCATION or PROCESSING; `market` None holds in every market."""

    kind: str
    external_id: str
    name: str
    market: str | None = None


@dataclass(frozen=True, slots=True)
class RecordProblem:
    """Why a record was left out, or a field refused. `message` is for people, `field` one of ours if it is known."""

    message: str
    field: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, slots=True)
class MarketTerm:
    """What a marketplace itself calls something, such as a category."""

    external_id: str
    name: str
    parent: str | None = None
    is_leaf: bool = True


@dataclass(frozen=True, slots=True)
class ListingDraft:
    """All that is needed to offer one product. `policies` are ids by kind, `policy_kinds` those that there is any of.

    `aspects` are values in the channel's words, by our kinds of attributes such as COLOUR, or by the channel's names.
    """

    sku: str
    market: str
    title: str
    description: str
    price: Decimal
    currency: str
    quantity: int
    category_id: str | None
    condition: str | None
    aspects: Mapping[str, Sequence[str]]
    image_urls: Sequence[str]
    policies: Mapping[str, str]
    policy_kinds: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class ListingChange:
    """What to change of a listing; None leaves a part as it is."""

    price: Decimal | None = None
    quantity: int | None = None
    title: str | None = None
    description: str | None = None


class RemoteStatus(StrEnum):
    """In which state a marketplace has a listing."""

    DRAFT = "DRAFT"
    LIVE = "LIVE"
    SOLD = "SOLD"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class RemoteListing:
    """A listing as the marketplace has it; `offer_id` is what it is made of there, where that has an id of its own."""

    external_id: str | None
    title: str
    currency: str
    price: Decimal
    quantity: int
    status: RemoteStatus | None
    offer_id: str | None = None
    sku: str | None = None
    url: str | None = None
    market: str | None = None
    description: str | None = None
    image_url: str | None = None
    views: int | None = None
    favourites: int | None = None


@dataclass(frozen=True, slots=True)
class ListingRef:
    """What names a listing to its marketplace."""

    external_id: str | None
    offer_id: str | None
    sku: str | None
    market: str | None
    currency: str


@dataclass(frozen=True, slots=True)
class RemoteLine:
    """A line of an order; `unit_price` is before `discount`, which is of the whole line."""

    external_id: str
    title: str
    quantity: int
    unit_price: Decimal
    discount: Decimal = Decimal(0)
    sku: str | None = None
    listing_external_id: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteRefund:
    external_id: str
    amount: Decimal
    at: datetime
    is_settled: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RemoteShipment:
    external_id: str
    carrier: str | None = None
    tracking_code: str | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RemoteOrder:
    """`status` is one of our words for an order, None for one that the marketplace added later.

    `subtotal` is the sum of quantities times prices, `discount` everything taken off it, `tax` what stands apart.
    `fees` is None while the marketplace does not tell them.
    """

    external_id: str
    status: str | None
    currency: str
    placed_at: datetime
    updated_at: datetime
    subtotal: Decimal
    discount: Decimal
    shipping: Decimal
    tax: Decimal
    total: Decimal
    fees: Decimal | None
    lines: Sequence[RemoteLine]
    refunds: Sequence[RemoteRefund] = ()
    shipments: Sequence[RemoteShipment] = ()
    buyer_handle: str | None = None
    buyer_country: str | None = None
    url: str | None = None
    problems: Sequence[RecordProblem] = ()


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders; `unreadable` are records that no order could be made of, `total` how many the pass has.

    `left_out` says why the marketplace itself left orders out of the page. `incomplete` are about orders of the page of
    which something could not be asked for now.
    """

    orders: Sequence[RemoteOrder]
    unreadable: Sequence[RecordProblem] = ()
    left_out: Sequence[RecordProblem] = ()
    total: int | None = None
    incomplete: Sequence[RecordProblem] = ()


@dataclass(frozen=True, slots=True)
class ListingPage:
    listings: Sequence[RemoteListing]
    unreadable: Sequence[RecordProblem] = ()
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A parcel to tell the marketplace of; no `line_ids` are all lines of the order."""

    carrier: str
    tracking_code: str
    shipped_at: datetime
    line_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """A refund to ask for: of an amount of the whole order, or of lines by their amounts.

    `known_ids` are the refunds that the order had when somebody asked for this one. Marketplaces take no mark with a
    refund, so that a repeated call takes one of the same amount that is none of them for its own.
    """

    currency: str
    reason: str
    amount: Decimal | None = None
    by_line: Mapping[str, Decimal] = field(default_factory=dict)
    known_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RemoteCase:
    """A return, cancellation, inquiry or dispute. `kind`, `status` and `actions` are our words.

    `details` is what the marketplace wants back when somebody acts; it is JSON and holds no buyer's data.
    """

    kind: str
    external_id: str
    status: str | None
    opened_at: datetime
    order_external_id: str | None = None
    reason: str | None = None
    currency: str | None = None
    amount: Decimal | None = None
    respond_by: datetime | None = None
    closed_at: datetime | None = None
    outcome: str | None = None
    actions: Sequence[str] = ()
    details: Mapping[str, object] = field(default_factory=dict)
    problems: Sequence[RecordProblem] = ()


@dataclass(frozen=True, slots=True)
class CasePage:
    cases: Sequence[RemoteCase]
    unreadable: Sequence[RecordProblem] = ()


@dataclass(frozen=True, slots=True)
class CaseStep:
    """What somebody wants to do about a case; `action` is one of those that the case allows."""

    action: str
    amount: Decimal | None = None
    currency: str | None = None
    message: str | None = None
    carrier: str | None = None
    tracking_code: str | None = None
    file_name: str | None = None
    file: bytes | None = field(default=None, repr=False)
