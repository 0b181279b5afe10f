"""Owns the GraphQL endpoint: headers, scopes, signatures, execution; must not know what an operation does to a case.

A wrong scope ends the whole call with 403, as in eBay's REST APIs (unconfirmed). What does not fit the schema is an
error of GraphQL beside status 200.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import msgspec
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionSetNode,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    validate,
)

from sandbox.ebay.calls import SCOPE, CallRoute, EbayCall, EbayReply
from sandbox.ebay.cases.lists import list_cases
from sandbox.ebay.cases.moves import CREATION, IDS, MOVES, act, create_cancellation
from sandbox.ebay.cases.opening import settle_cases
from sandbox.ebay.cases.sdl import SDL
from sandbox.ebay.cases.shapes import Object, not_found, success
from sandbox.ebay.cases.states import CaseKind
from sandbox.ebay.errors import ACCESS_DENIED, INVALID_REQUEST, EbayRefusal
from sandbox.ebay.sellers import Shop
from sandbox.ebay.signing.calls import check_signature
from sandbox.ebay.state import EbaySandbox

_MARKETPLACE = "x-ebay-c-marketplace-id"
_SCOPES = {CaseKind.RETURN: "sell.return", CaseKind.CANCELLATION: "sell.cancellation", CaseKind.INQUIRY: "sell.inquiry"}
_SINGLE = {
    "orderReturn": CaseKind.RETURN,
    "contractCancellation": CaseKind.CANCELLATION,
    "orderInquiry": CaseKind.INQUIRY,
}
_LISTS = {
    "sellerOrderReturns": CaseKind.RETURN,
    "sellerContractCancellations": CaseKind.CANCELLATION,
    "sellerOrderInquiries": CaseKind.INQUIRY,
}
# Of each operation's field: what it is about, and whether it changes something.
_READS = _SINGLE | _LISTS
_WRITES = {name: move.kind for name, move in MOVES.items()} | {CREATION: CaseKind.CANCELLATION}
_SIGNED = {name for name, move in MOVES.items() if move.moves_money} | {CREATION}


class _GraphQuery(msgspec.Struct, rename="camel"):
    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None


Resolve = Callable[[EbaySandbox, Shop, Object], object]


def answer(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    if not call.headers.get(_MARKETPLACE, "").startswith("EBAY_"):
        raise EbayRefusal(INVALID_REQUEST, f"The header {_MARKETPLACE.upper()} is needed")
    shop, asked = call.shop, call.read(_GraphQuery)
    try:
        document, errors = _checked(asked.query)
    except GraphQLError as error:
        return EbayReply({"errors": [error.formatted]})
    operation = get_operation_ast(document, asked.operation_name)
    if errors or operation is None:
        shown = [error.formatted for error in errors] or [{"message": "Which operation shall run is not clear."}]
        return EbayReply({"errors": shown})
    _check(sandbox, call, fields=_fields(document, operation.selection_set))
    settle_cases(sandbox, shop)
    result = execute_sync(
        _SCHEMA,
        document,
        context_value=(sandbox, shop),
        variable_values=asked.variables,
        operation_name=asked.operation_name,
    )
    return EbayReply(result.formatted)


def operation_name(raw: bytes) -> str | None:
    """`graphql.approveReturn` of a body: what faults and the log call it. None for what is no operation."""
    try:
        asked = msgspec.json.decode(raw, type=_GraphQuery)
        document, errors = _checked(asked.query)
    except (msgspec.MsgspecError, GraphQLError):
        return None
    operation = get_operation_ast(document, asked.operation_name)
    if errors or operation is None:
        return None
    return f"graphql.{min(_fields(document, operation.selection_set))}"


@lru_cache(maxsize=256)
def _checked(query: str) -> tuple[DocumentNode, list[GraphQLError]]:
    """The document, and what does not fit the schema; raises GraphQLError for what is no document.

    A client sends the same few again and again, and to check one takes longer than to answer it.
    """
    document = parse(query)
    return document, validate(_SCHEMA, document)


def _fields(document: DocumentNode, selections: SelectionSetNode) -> set[str]:
    """Names of the root fields, also of those in fragments."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    found: set[str] = set()
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            found.add(selection.name.value)
        elif isinstance(selection, FragmentSpreadNode):
            found |= _fields(document, fragments[selection.name.value].selection_set)
        elif isinstance(selection, InlineFragmentNode):
            found |= _fields(document, selection.selection_set)
    return found


def _check(sandbox: EbaySandbox, call: EbayCall, *, fields: set[str]) -> None:
    granted = call.token.scopes if call.token is not None else []
    for field in fields & {*_READS, *_WRITES}:
        scope = f"{SCOPE}/{_SCOPES[(_READS | _WRITES)[field]]}"
        enough = {scope} if field in _WRITES else {scope, f"{scope}.read"}
        if enough.isdisjoint(granted):
            raise EbayRefusal(ACCESS_DENIED)
    if fields & _SIGNED:
        check_signature(sandbox, call)


def _resolver(resolve: Resolve) -> Callable[..., object]:
    def field(_root: object, info: GraphQLResolveInfo[tuple[EbaySandbox, Shop]], **arguments: Object) -> object:
        sandbox, shop = info.context
        return resolve(sandbox, shop, arguments["input"])

    return field


def _get(_sandbox: EbaySandbox, shop: Shop, wanted: Object, *, name: str) -> object:
    kind = _SINGLE[name]
    case = shop.cases.get(wanted[IDS[kind]])
    return success(shop, case, name) if case is not None and case.kind == kind else not_found(kind)


def _list(_sandbox: EbaySandbox, shop: Shop, wanted: Object, *, name: str) -> object:
    return list_cases(shop, _LISTS[name], wanted)


def _act(sandbox: EbaySandbox, shop: Shop, wanted: Object, *, name: str) -> object:
    return act(sandbox, shop, operation=name, wanted=wanted)


def _made_schema() -> Any:
    schema = build_schema(SDL)
    resolvers: dict[str, Resolve] = {
        **{name: partial(_get, name=name) for name in _SINGLE},
        **{name: partial(_list, name=name) for name in _LISTS},
        **{name: partial(_act, name=name) for name in MOVES},
        CREATION: create_cancellation,
    }
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    for name, field in (schema.query_type.fields | schema.mutation_type.fields).items():
        field.resolve = _resolver(resolvers[name])
    return schema


_SCHEMA = _made_schema()
CALLS = (CallRoute("POST", "/graphql", "graphql", (), answer, names=operation_name),)
