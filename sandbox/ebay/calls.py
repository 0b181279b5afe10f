"""Owns the convention of the table of calls: what a row says, what its function gets and what it answers.

A module of an API has functions `(sandbox, call) -> EbayReply`, plain or async, and a table of them:

    CALLS = (
        CallRoute("GET", "/sell/inventory/v1/offer/{offer_id}", "inventory.get_offer", READS, get_offer),
    )

which `app.py` adds to the others. A function raises EbayRefusal for what eBay refuses. What it changes in
`sandbox.book` is saved after it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from starlette.datastructures import Headers, QueryParams

from sandbox.ebay.errors import ACCESS_DENIED, INVALID_REQUEST, EbayRefusal
from sandbox.ebay.sellers import Object, Shop
from sandbox.ebay.state import AccessToken, EbaySandbox

SCOPE = "https://api.ebay.com/oauth/api_scope"
Body = TypeVar("Body")
# Of what msgspec says: the path of the field, and the name of one that is unknown or missing.
_FIELDS = re.compile(r"(?<=`\$\.)[^`]+|(?<=field `)[^`]+")


@dataclass(frozen=True, slots=True)
class EbayReply:
    """`body` None is an answer without one."""

    body: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


NO_CONTENT = EbayReply(status=204)


@dataclass(frozen=True, slots=True)
class EbayCall:
    """One request, after its token was looked up. `shop` is the seller's who is calling."""

    method: str
    path: str
    ids: Mapping[str, str]
    query: QueryParams
    headers: Headers
    raw: bytes = field(repr=False)
    # The query as it came: `query` has it decoded.
    raw_query: str = ""
    token: AccessToken | None = field(default=None, repr=False)
    own_shop: Shop | None = None

    @property
    def shop(self) -> Shop:
        """Raises EbayRefusal for a token of the app: it is nobody's."""
        if self.own_shop is None:
            raise EbayRefusal(ACCESS_DENIED)
        return self.own_shop

    def json(self) -> Object:
        """The body, an object; raises EbayRefusal for another."""
        return self.read(Object)

    def read(self, shape: type[Body]) -> Body:
        """The body in a shape; raises EbayRefusal that names the field which does not fit, as eBay does."""
        try:
            return msgspec.json.decode(self.raw, type=shape)
        except (msgspec.MsgspecError, RecursionError) as error:
            field_name = ".".join(_FIELDS.findall(str(error))[::-1])
            reason = f"Could not serialize field [{field_name}]" if field_name else "The body is not JSON as expected"
            raise EbayRefusal(INVALID_REQUEST, parameters={"additionalInfo": reason}) from None


Act = Callable[[EbaySandbox, EbayCall], EbayReply | Awaitable[EbayReply]]


@dataclass(frozen=True, slots=True)
class CallRoute:
    """`scopes` in short, as `sell.inventory`, `""` for the general one: a token with any of them may call. None: all.

    `moves_money` marks what sellers in the EU and the UK have to sign; the gates of `app.py` see it.
    """

    method: str
    path: str
    name: str
    scopes: tuple[str, ...]
    act: Act
    moves_money: bool = False
    # Where one address has many operations: the name of the one in a body, or None where it cannot be told.
    names: Callable[[bytes], str | None] | None = None

    def name_of(self, raw: bytes) -> str:
        """What faults and the log call it."""
        return (self.names(raw) if self.names is not None else None) or self.name

    @property
    def api(self) -> str:
        """`sell.inventory` of `/sell/inventory/v1/offer`: what quotas and throttles are counted by."""
        return ".".join(self.path.strip("/").split("/")[:2])

    def is_open_to(self, token: AccessToken) -> bool:
        wanted = {f"{SCOPE}/{scope}" if scope else SCOPE for scope in self.scopes}
        return not wanted or not wanted.isdisjoint(token.scopes)


# Runs before a call's function and raises EbayRefusal.
Gate = Callable[[EbaySandbox, CallRoute, EbayCall], None]


def page_of(call: EbayCall, *, default: int = 25, most: int = 100) -> tuple[int, int]:
    """`limit` and `offset`; raises EbayRefusal for what is no number or out of range."""
    try:
        limit, offset = int(call.query.get("limit", default)), int(call.query.get("offset", 0))
    except ValueError:
        raise EbayRefusal(INVALID_REQUEST, parameters={"additionalInfo": "limit and offset are numbers"}) from None
    if not (1 <= limit <= most and offset >= 0):
        raise EbayRefusal(INVALID_REQUEST, parameters={"additionalInfo": f"limit is 1 to {most}, offset 0 or more"})
    return limit, offset
