"""Owns the convention of the table of calls: what a row says, what its function gets and what it answers.

A module has functions `(sandbox, call) -> EtsyReply`, plain or async, and a table of them:

    CALLS = (EtsyRoute("GET", "/shops/{shop_id}/receipts", "receipts.list", "transactions_r", list_receipts),)

which `app.py` adds to the others. A function raises EtsyRefusal for what Etsy refuses. What it changes in
`sandbox.book` is saved after it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import Headers, QueryParams

from sandbox.etsy.errors import EtsyRefusal
from sandbox.etsy.fields import Fields, whole_number
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsyGrant, EtsySandbox

PREFIX = "/v3/application"


@dataclass(frozen=True, slots=True)
class EtsyReply:
    """`body` None is an answer without one."""

    body: object = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class EtsyCall:
    """One request, after its key and its token were looked up; without a token `grant` is None."""

    method: str
    path: str
    ids: Mapping[str, str]
    query: QueryParams
    headers: Headers
    raw: bytes = field(repr=False)
    grant: EtsyGrant | None = field(default=None, repr=False)

    def id(self, name: str) -> int:
        """A number of the path."""
        number = whole_number(self.ids[name])
        if number is None or number < 1:
            raise EtsyRefusal(f"Expected int value for '{name}' (got string)")
        return number

    def fields(self) -> Fields:
        """What the body says, a form or JSON."""
        return Fields.read(self.raw, self.headers.get("content-type", ""))

    def own_shop(self, sandbox: EtsySandbox) -> EtsyShop:
        """The shop of the path, which has to be the one of the token's user."""
        shop = sandbox.book.shops.get(self.id("shop_id"))
        if shop is None:
            raise EtsyRefusal(f"Could not find a shop with shop_id = {self.ids['shop_id']}", 404)
        if self.grant is None or self.grant.user_id != shop.seller.user_id:
            raise EtsyRefusal("You do not have permission to access this shop.", 403)
        return shop


Act = Callable[[EtsySandbox, EtsyCall], EtsyReply | Awaitable[EtsyReply]]


@dataclass(frozen=True, slots=True)
class EtsyRoute:
    """`path` is under /v3/application. `scope` None asks for no token, though a wrong one is refused."""

    method: str
    path: str
    name: str
    scope: str | None
    act: Act


def page_of(call: EtsyCall, *, most: int = 100) -> tuple[int, int]:
    """`limit` and `offset`."""
    return number_of(call, "limit", default=25, least=1, most=most), number_of(call, "offset", default=0)


def number_of(call: EtsyCall, name: str, *, default: int, least: int = 0, most: int | None = None) -> int:
    """A whole number of the query; raises EtsyRefusal for another or one that is out of range."""
    text = call.query.get(name)
    if text is None:
        return default
    value = whole_number(text)
    if value is None:
        raise EtsyRefusal(f"Expected int value for '{name}' (got string)")
    if value < least or (most is not None and value > most):
        bound = f"greater than or equal to {least}" if value < least else f"less than or equal to {most}"
        raise EtsyRefusal(f"{name} must be {bound}")
    return value


def choice_of(call: EtsyCall, name: str, choices: tuple[str, ...], *, default: str) -> str:
    value = call.query.get(name, default)
    if value not in choices:
        raise EtsyRefusal(f"Invalid value for '{name}'. Must be one of: {', '.join(choices)}")
    return value


def flag_of(call: EtsyCall, name: str) -> bool | None:
    """None where the query does not say."""
    text = call.query.get(name)
    if text is None:
        return None
    return choice_of(call, name, ("true", "false"), default="") == "true"


def words_of(call: EtsyCall, name: str, choices: tuple[str, ...]) -> list[str]:
    """A list of the query, repeated or with commas; Etsy takes both."""
    found = [word for text in call.query.getlist(name) for word in text.split(",") if word]
    wrong = [word for word in found if word not in choices]
    if wrong:
        raise EtsyRefusal(f"Invalid value for '{name}'. Must be one of: {', '.join(choices)}")
    return found


def listed(results: list[object], count: int | None = None) -> EtsyReply:
    return EtsyReply({"count": len(results) if count is None else count, "results": results})
