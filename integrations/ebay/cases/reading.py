"""Returns, cancellations and inquiries in our words: lists to their last cursor, and single ones."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from integrations.ebay.calls import EbayRest
from integrations.ebay.cases.graphql import GraphAnswer, asked
from integrations.ebay.cases.operations import (
    CANCELLATIONS,
    INQUIRIES,
    ONE_CANCELLATION,
    ONE_INQUIRY,
    ONE_RETURN,
    RETURNS,
    CaseOperation,
)
from integrations.ebay.values import ebay_time
from integrations.errors import Misshapen
from integrations.selling.records import CasePage, RecordProblem, RemoteCase
from integrations.selling.values import Fields

SELLER, BUYER, CHANNEL, CLOSED = "AWAITING_SELLER", "AWAITING_BUYER", "AWAITING_CHANNEL", "CLOSED"
_MOST_PAGES = 5_000


@dataclass(frozen=True, slots=True)
class CaseSource:
    """How a kind of case is asked for. `wraps` is the field in which a single answer has the case, where it has one.

    `statuses` are codes in our words (unconfirmed: one that is none of them is told). `actions` are ours by eBay's
    operations. `open_filters` find the open ones, each with the state that being found means.
    """

    kind: str
    one: CaseOperation
    many: CaseOperation
    rows: str
    id_name: str
    opened_name: str
    sort_field: str
    wraps: str | None
    statuses: Mapping[str, str]
    actions: Mapping[str, str]
    open_filters: Sequence[tuple[Mapping[str, Any], str | None]]


_PRESETS: Sequence[tuple[Mapping[str, Any], str | None]] = (
    ({"presets": ["AWAITING_ACTION_FROM_SELLER"]}, SELLER),
    ({"presets": ["AWAITING_ACTION_FROM_BUYER"]}, BUYER),
    ({"presets": ["AWAITING_ACTION_FROM_EBAY"]}, CHANNEL),
)
RETURN_SOURCE = CaseSource(
    kind="RETURN",
    one=ONE_RETURN,
    many=RETURNS,
    rows="orderReturns",
    id_name="returnId",
    opened_name="requestedAt",
    sort_field="REQUESTED_AT",
    wraps=None,
    statuses=MappingProxyType(
        {
            "RETURN_REQUESTED": SELLER,
            "RETURN_APPROVED": BUYER,
            "ITEM_SHIPPED": SELLER,
            "ITEM_DELIVERED": SELLER,
            "PARTIAL_REFUND_OFFERED": BUYER,
            "ESCALATED": CHANNEL,
            "REFUND_INITIATED": CHANNEL,
            "DECLINED": CLOSED,
            "CLOSED": CLOSED,
        }
    ),
    actions=MappingProxyType(
        {
            "approveReturn": "ACCEPT",
            "declineReturn": "DECLINE",
            "processReturnRefund": "REFUND",
            "recordReturnReceived": "MARK_RECEIVED",
            "sendReturnMessage": "MESSAGE",
            "submitReturnReferral": "ESCALATE",
        }
    ),
    open_filters=_PRESETS,
)
CANCELLATION_SOURCE = CaseSource(
    kind="CANCELLATION",
    one=ONE_CANCELLATION,
    many=CANCELLATIONS,
    rows="contractCancellations",
    id_name="cancellationId",
    opened_name="requestedAt",
    sort_field="REQUESTED_AT",
    wraps="contractCancellation",
    statuses=MappingProxyType(
        {"AWAITING_ACTION_FROM_SELLER": SELLER, "PENDING": CHANNEL, "DECLINED": CLOSED, "COMPLETED": CLOSED}
    ),
    actions=MappingProxyType({"approveContractCancellation": "ACCEPT", "declineContractCancellation": "DECLINE"}),
    open_filters=(({"statuses": ["AWAITING_ACTION_FROM_SELLER", "PENDING"]}, None),),
)
INQUIRY_SOURCE = CaseSource(
    kind="INQUIRY",
    one=ONE_INQUIRY,
    many=INQUIRIES,
    rows="inquiries",
    id_name="inquiryId",
    opened_name="createdAt",
    sort_field="CREATED_AT",
    wraps="orderInquiry",
    statuses=MappingProxyType(
        {
            "OPEN": SELLER,
            "PENDING_BUYER_RESPONSE": BUYER,
            "ESCALATED": CHANNEL,
            "REFUND_INITIATED": CHANNEL,
            "CLOSED": CLOSED,
        }
    ),
    actions=MappingProxyType(
        {
            "provideShipmentInfoForItemNotReceivedInquiry": "PROVIDE_TRACKING",
            "processOrderInquiryRefund": "REFUND",
            "sendOrderInquiryMessage": "MESSAGE",
            "submitOrderInquiryReferral": "ESCALATE",
        }
    ),
    open_filters=_PRESETS,
)
SOURCES: Mapping[str, CaseSource] = MappingProxyType(
    {source.kind: source for source in (RETURN_SOURCE, CANCELLATION_SOURCE, INQUIRY_SOURCE)}
)


async def graph_cases(
    rest: EbayRest, source: CaseSource, since: datetime, now: datetime, *, market: str | None
) -> AsyncGenerator[CasePage, None]:
    """The open ones of any age, and all that were opened since; each once."""
    opened = {"createdBetween": {"startDateTime": ebay_time(since), "endDateTime": ebay_time(now)}}
    filters: list[tuple[Mapping[str, Any], str | None]] = [*source.open_filters, (opened, None)]
    seen = set[str]()
    for wanted, status in filters:
        async for answer in _pages(rest, source, wanted, market=market):
            found = page_of_cases(source, answer, status)
            fresh = [case for case in found.cases if case.external_id not in seen]
            seen.update(case.external_id for case in fresh)
            yield CasePage(fresh, found.unreadable)


async def graph_case(rest: EbayRest, source: CaseSource, external_id: str, *, market: str | None) -> RemoteCase:
    """Raises ObjectMissing for an id of no case, Misshapen for a case that cannot be read."""
    answer = await asked(rest, source.one, {source.id_name: external_id}, market=market)
    return case_in(source, answer)


def case_in(source: CaseSource, answer: GraphAnswer) -> RemoteCase:
    raw = answer.member if source.wraps is None else answer.member.part(source.wraps)
    case = case_of(source, raw)
    if case is None:
        raise Misshapen("eBay sent a case without its id or date.")
    return case


def page_of_cases(source: CaseSource, answer: GraphAnswer, status: str | None = None) -> CasePage:
    """`status` is the state that being in this list means; None leaves it to the code."""
    if not isinstance(answer.member.raw.get(source.rows), list):
        raise Misshapen("eBay sent a page of cases without cases.")
    cases: list[RemoteCase] = []
    unreadable = list(answer.problems)
    for raw in answer.member.parts(source.rows):
        case = case_of(source, raw, status)
        if case is None:
            reason = f"eBay's {source.kind.lower()} has no id or no date."
            unreadable.append(RecordProblem(reason, None, raw.text(source.id_name)))
        else:
            cases.append(case)
    return CasePage(cases, unreadable)


def case_of(source: CaseSource, raw: Fields, status: str | None = None) -> RemoteCase | None:
    """None for a record without an id or a date."""
    external_id, opened_at = raw.text(source.id_name), raw.instant(source.opened_name)
    if external_id is None or opened_at is None:
        return None
    code, closed_at = raw.part("status").text("code"), raw.instant("closedAt")
    known = CLOSED if closed_at is not None else status or source.statuses.get(code or "")
    problems: list[RecordProblem] = []
    if known is None:
        reason = f"eBay's state {code or 'is missing'} is not known here."
        problems.append(RecordProblem(reason, "status", external_id))
    if known != CLOSED and "sellerAvailableActions" not in raw:
        problems.append(RecordProblem("eBay did not tell what may be done.", "actions", external_id))
    operations = _operations(raw)
    return RemoteCase(
        kind=source.kind,
        external_id=external_id,
        status=known,
        opened_at=opened_at,
        order_external_id=raw.part("order").text("orderId"),
        reason=_reason(raw),
        closed_at=closed_at,
        outcome=code if known == CLOSED else None,
        actions=_actions(source, operations),
        details={"code": code, "operations": operations},
        problems=tuple(problems),
    )


def _operations(raw: Fields) -> list[str]:
    """What eBay lets the seller do now, by its codes."""
    actions = raw.part("sellerAvailableActions").parts("primaryActions")
    return [code for each in actions if (code := each.text("code")) is not None]


def _actions(source: CaseSource, operations: Sequence[str]) -> tuple[str, ...]:
    """Ours, each once; eBay's that we have no word for are left out."""
    # The guide shows codes as operations are named; they may come in capitals with underscores.
    told = {bare(code) for code in operations}
    return tuple(dict.fromkeys(ours for name, ours in source.actions.items() if bare(name) in told))


def bare(code: str) -> str:
    return code.replace("_", "").casefold()


def _reason(raw: Fields) -> str | None:
    lines = raw.parts("returnLineItems")
    return raw.part("reason").text("code") or (lines[0].part("returnReason").text("code") if lines else None)


async def _pages(
    rest: EbayRest, source: CaseSource, wanted: Mapping[str, Any], *, market: str | None
) -> AsyncGenerator[GraphAnswer, None]:
    sort = {"sortField": source.sort_field, "sortOrder": "ASC"}
    ask: Mapping[str, Any] = {"initialPage": {"filter": wanted, "sort": sort}}
    seen = set[str]()
    for _ in range(_MOST_PAGES):
        answer = await asked(rest, source.many, ask, market=market)
        yield answer
        cursor = answer.member.part("pagination").text("nextCursor")
        if cursor is None:
            return
        if cursor in seen:
            break
        seen.add(cursor)
        ask = {"pagination": {"pageCursor": cursor}}
    raise Misshapen("eBay's list has no end.")
