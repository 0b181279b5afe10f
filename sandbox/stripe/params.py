"""Owns which parameters each call may have: those of Stripe's own Python types; must not know what a call does."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import stripe.params
import stripe.params.billing_portal
import stripe.params.checkout
from pydantic import ConfigDict, TypeAdapter, ValidationError
from stripe import RequestOptions
from typing_extensions import TypedDict

# Beside plain dictionaries the types name classes of their own, which no request can hold.
_CONFIG = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
_PART = re.compile(r"\[([^\]]*)\]")
_LARGEST_LIST = 100

PARAMS: Mapping[str, Any] = {
    "customers.create": stripe.params.CustomerCreateParams,
    "customers.retrieve": stripe.params.CustomerRetrieveParams,
    "customers.delete": stripe.params.CustomerDeleteParams,
    "prices.list": stripe.params.PriceListParams,
    "prices.retrieve": stripe.params.PriceRetrieveParams,
    "subscriptions.list": stripe.params.SubscriptionListParams,
    "subscriptions.retrieve": stripe.params.SubscriptionRetrieveParams,
    "checkout.create": stripe.params.checkout.SessionCreateParams,
    "checkout.retrieve": stripe.params.checkout.SessionRetrieveParams,
    "checkout.expire": stripe.params.checkout.SessionExpireParams,
    "portal.create": stripe.params.billing_portal.SessionCreateParams,
}


class InvalidParams(Exception):
    """`param` is the name of the first one that is wrong, as Stripe writes it."""

    def __init__(self, param: str, message: str) -> None:
        super().__init__(message)
        self.param = param


def read_params(call: str, text: str) -> dict[str, Any]:
    """What a urlencoded body or query holds, typed; raises InvalidParams for what Stripe's types do not know."""
    try:
        found: dict[str, Any] = _adapter(call).validate_python(_nested(text))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        param = _written([str(part) for part in first["loc"]])
        raise InvalidParams(param, f"{param}: {first['msg']}") from None
    return found


@cache
def _adapter(call: str) -> TypeAdapter[Any]:
    """The fields of the body alone: the types also hold the options of the request, which are headers."""
    declared = PARAMS[call]
    fields = {name: kind for name, kind in declared.__annotations__.items() if name not in _OPTIONS}
    make: Any = TypedDict
    body = make(declared.__name__, fields)
    # Where its names are looked up, and that nothing else may be there.
    body.__module__, body.__pydantic_config__ = declared.__module__, _CONFIG
    return TypeAdapter(body)


_OPTIONS = frozenset(RequestOptions.__annotations__)


def _nested(text: str) -> dict[str, Any]:
    """`a[b]=1`, `a[0][c]=2` and `a[]=3` as dictionaries and lists."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        head, _, rest = name.partition("[")
        keys = [head, *_PART.findall(f"[{rest}")] if rest else [head]
        node = tree
        for key in keys[:-1]:
            node = node.setdefault(key, {})
            if not isinstance(node, dict):
                raise InvalidParams(name, f"{name}: is a value and holds others at once.")
        last = keys[-1] or str(len(node))
        node[last] = value
    return {key: _with_lists(value) for key, value in tree.items()}


def _with_lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    parts = {key: _with_lists(value) for key, value in node.items()}
    if parts and len(parts) <= _LARGEST_LIST and set(parts) == {str(place) for place in range(len(parts))}:
        return [parts[str(place)] for place in range(len(parts))]
    return parts


def _written(path: list[str]) -> str:
    # Pydantic names the member of a union in the path; Stripe does not.
    plain = [part for part in path if re.fullmatch(r"[a-z0-9_]+", part)]
    return plain[0] + "".join(f"[{part}]" for part in plain[1:]) if plain else ""
