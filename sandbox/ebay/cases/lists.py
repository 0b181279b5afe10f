"""Owns lists of cases: filter, order, pages behind a cursor that carries both; must not change a case."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime
from math import inf
from typing import Any

import msgspec
from graphql import GraphQLError

from sandbox.ebay.cases.records import BuyerCase
from sandbox.ebay.cases.shapes import Object, problem, shown_case
from sandbox.ebay.cases.states import CaseKind, state_of
from sandbox.ebay.sellers import Shop

_INVALID = {
    CaseKind.CANCELLATION: "ContractCancellationInvalidDateRangeError",
    CaseKind.INQUIRY: "OrderInquiryInvalidSearchInputError",
}
_LISTS = {
    CaseKind.RETURN: ("SellerOrderReturns", "orderReturns"),
    CaseKind.CANCELLATION: ("SellerContractCancellationsSuccess", "contractCancellations"),
    CaseKind.INQUIRY: ("SellerOrderInquiries", "inquiries"),
}


class _InvalidSearch(Exception):
    pass


class _CasePage(msgspec.Struct, forbid_unknown_fields=True):
    """What a cursor says."""

    kind: str
    offset: int
    filter: dict[str, Any]
    ascending: bool


def list_cases(shop: Shop, kind: CaseKind, wanted: Object) -> Object:
    """A member of the union, or what it is where there is none; raises GraphQLError where eBay has no error for it."""
    try:
        page = _page(kind, wanted)
        between = _between(page.filter)
    except _InvalidSearch as error:
        if kind not in _INVALID:
            raise GraphQLError(str(error)) from None
        return problem(_INVALID[kind], "INVALID_SEARCH_INPUT", str(error))
    found = [case for case in shop.cases.values() if case.kind == kind and _fits(case, page.filter, between)]
    found.sort(key=lambda case: (case.opened_s, case.id), reverse=not page.ascending)
    end = page.offset + shop.case_page
    member, field = _LISTS[kind]
    pagination = {
        "nextCursor": _cursor(page, end) if end < len(found) else None,
        "previousCursor": _cursor(page, max(0, page.offset - shop.case_page)) if page.offset else None,
    }
    shown = [shown_case(shop, case) for case in found[page.offset : end]]
    return {"__typename": member, field: shown, "pagination": pagination}


def _page(kind: CaseKind, wanted: Object) -> _CasePage:
    initial, cursor = wanted.get("initialPage"), wanted.get("pagination") or wanted.get("pageInfo")
    if (initial is None) == (cursor is None):
        raise _InvalidSearch("Either the initial page or a cursor has to be given.")
    if cursor is not None:
        return _read_cursor(kind, cursor["pageCursor"])
    assert initial is not None
    sort = initial.get("sort") or {"sortOrder": "DESC"}
    return _CasePage(kind, 0, initial.get("filter") or {}, sort["sortOrder"] == "ASC")


def _read_cursor(kind: CaseKind, text: str) -> _CasePage:
    try:
        page = msgspec.json.decode(urlsafe_b64decode(text), type=_CasePage)
    except (NotBase64, ValueError):
        page = None
    if page is None or page.kind != kind or page.offset < 0:
        raise _InvalidSearch("The cursor is not one of this list.")
    return page


def _cursor(page: _CasePage, offset: int) -> str:
    return urlsafe_b64encode(msgspec.json.encode(msgspec.structs.replace(page, offset=offset))).decode()


def _between(wanted: Object) -> tuple[float, float]:
    asked = wanted.get("createdBetween")
    if asked is None:
        return -inf, inf
    start, end = _moment(asked["startDateTime"]), _moment(asked["endDateTime"])
    if start > end:
        raise _InvalidSearch("The start is after the end.")
    return start, end


def _fits(case: BuyerCase, wanted: Object, between: tuple[float, float]) -> bool:
    state = state_of(CaseKind(case.kind), case.state)
    presets, statuses = wanted.get("presets"), wanted.get("statuses")
    if not between[0] <= case.opened_s <= between[1] or (presets and state.presets.isdisjoint(presets)):
        return False
    return not statuses or case.state in statuses


def _moment(text: object) -> float:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise _InvalidSearch(f"{text} is no instant.") from None
    if found.tzinfo is None:
        raise _InvalidSearch(f"{text} has no time zone.")
    return found.timestamp()
