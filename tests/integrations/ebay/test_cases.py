"""Returns, cancellations and inquiries: read to the last cursor, told from refusals, and acted on once."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import msgspec
import pytest

from integrations.ebay.cases.reading import RETURN_SOURCE, case_of
from integrations.ebay.session import EbaySession
from integrations.errors import IntegrationError, InvalidResponse, ObjectMissing, Unavailable
from integrations.selling.records import CasePage, CaseStep, RemoteCase
from integrations.selling.refusals import RefusedFields
from integrations.selling.values import Fields
from sandbox.ebay.faults import EbayFaultKind
from tests.integrations.ebay.conftest import NOW, EbayWorld
from tests.integrations.ebay.test_fulfilment import CUTS, an_order

SINCE = NOW - timedelta(days=2)


def a_case(ebay: EbayWorld, kind: str = "RETURN", **more: object) -> str:
    opened = ebay.control("cases", {"seller": "EBAY_DE", "kind": kind, "order_id": an_order(ebay)["orderId"], **more})
    assert isinstance(opened, dict)
    return str(opened["caseId"])


def move(ebay: EbayWorld, case_id: str, state: str) -> None:
    ebay.control("cases/move", {"seller": "EBAY_DE", "case_id": case_id, "state": state})


async def pages(session: EbaySession) -> list[CasePage]:
    return [page async for page in session.cases(SINCE)]


async def cases(ebay: EbayWorld) -> dict[str, RemoteCase]:
    found = [case for page in await pages(ebay.session()) for case in page.cases]
    assert len({case.external_id for case in found}) == len(found)
    return {case.external_id: case for case in found}


async def test_every_kind_is_read_once_and_old_ones_while_they_are_open(ebay: EbayWorld) -> None:
    ebay.control("cases/paging", {"seller": "EBAY_DE", "size": 2})
    ebay.server.sandbox.clock.set(NOW - timedelta(days=5))
    old = [a_case(ebay, kind) for kind in ("RETURN", "CANCELLATION", "INQUIRY")]
    ended = a_case(ebay)
    move(ebay, ended, "CLOSED")
    ebay.server.sandbox.clock.set(NOW - timedelta(hours=1))
    new = [a_case(ebay, kind) for kind in ("RETURN", "CANCELLATION", "INQUIRY") for _ in range(3)]
    declined = a_case(ebay)
    move(ebay, declined, "DECLINED")
    found = await cases(ebay)
    assert set(found) == {*old, *new, declined}
    assert {found[each].status for each in (*old, *new)} == {"AWAITING_SELLER"}
    assert (found[declined].status, found[declined].outcome) == ("CLOSED", "DECLINED")
    assert found[old[0]].actions == ("ACCEPT", "DECLINE", "REFUND", "MESSAGE", "ESCALATE")
    assert found[old[1]].actions == ("ACCEPT", "DECLINE")
    assert found[old[2]].actions == ("PROVIDE_TRACKING", "REFUND", "MESSAGE", "ESCALATE")
    assert found[old[0]].order_external_id
    assert found[old[0]].reason == "BUYER_REQUESTED"


async def test_nothing_of_a_buyer_is_in_a_case(ebay: EbayWorld) -> None:
    a_case(ebay)
    assert "buyer_1" not in repr(await cases(ebay))


async def test_a_state_that_was_added_later_is_open_in_a_list_and_a_problem_alone(ebay: EbayWorld) -> None:
    case_id = a_case(ebay)
    move(ebay, case_id, "ON_THE_MOON")
    assert (await cases(ebay))[case_id].status == "AWAITING_CHANNEL"
    alone = await ebay.session().case("RETURN", case_id)
    assert alone.status is None
    assert [problem.field for problem in alone.problems] == ["status"]


async def test_data_and_errors_come_together(ebay: EbayWorld) -> None:
    broken, whole = a_case(ebay, breaks=["sellerAvailableActions"]), a_case(ebay)
    found = await cases(ebay)
    assert [problem.field for problem in found[broken].problems] == ["actions"]
    assert found[whole].problems == ()
    told = [problem.message for page in await pages(ebay.session()) for problem in page.unreadable]
    assert any("could not be loaded" in message for message in told)


async def test_an_unknown_member_of_the_answer_is_a_refusal(ebay: EbayWorld) -> None:
    """Without a fragment for each error a refusal reads as an empty success."""
    case_id = a_case(ebay, breaks=["unknownMember"])
    session = ebay.session()
    with pytest.raises(RefusedFields) as caught:
        await session.act(await session.case("RETURN", case_id), CaseStep("ACCEPT"))
    assert "PolicyHoldError" in str(caught.value)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"data": null, "errors": [{"message": "no"}]}', RefusedFields),
        (
            '{"data": {"orderReturn": null}, "errors": [{"message": "no", "extensions": {"code": "INTERNAL"}}]}',
            Unavailable,
        ),
        ('{"data": {"orderReturn": {"__typename": "OrderReturn"}}}', InvalidResponse),
        ('{"data": {"orderReturn": {"__typename": "ReturnNotFoundError"}}}', ObjectMissing),
        ('{"data": {"orderReturn": {"returnId": "1"}}}', RefusedFields),
        ('{"data": []}', InvalidResponse),
        ("[]", InvalidResponse),
        ("<html>", Unavailable),
        ("<errors/>", InvalidResponse),
        ('{"errors": "x"}', InvalidResponse),
    ],
)
async def test_odd_answers_are_never_a_success(ebay: EbayWorld, body: str, kind: type[Exception]) -> None:
    ebay.spoil("graphql*", status=200, body=body, times=None)
    with pytest.raises(kind):
        await ebay.session().case("RETURN", "1")


async def test_a_list_that_leads_back_ends_and_one_without_cases_is_told(ebay: EbayWorld) -> None:
    for rows in ('"orderReturns": []', '"other": []'):
        member = f'{{"__typename": "SellerOrderReturns", {rows}, "pagination": {{"nextCursor": "same"}}}}'
        ebay.spoil("graphql*", status=200, body=f'{{"data": {{"sellerOrderReturns": {member}}}}}', times=None)
        with pytest.raises(InvalidResponse):
            await pages(ebay.session())
        ebay.server.sandbox.faults.clear()


@pytest.mark.parametrize("odd", [{}, {"returnId": 7}, {"requestedAt": "x"}, {"status": [], "returnLineItems": 3}])
def test_odd_cases_are_left_out_or_read_in_part(odd: dict[str, Any]) -> None:
    raw = {"returnId": "1", "requestedAt": "2026-11-01T00:00:00Z", **odd} if odd else {}
    case = case_of(RETURN_SOURCE, Fields(raw))
    assert (case is None) == ("requestedAt" in odd or not odd)


STEPS = [
    ("RETURN", "RETURN_REQUESTED", CaseStep("ACCEPT", message="Send it back."), "RETURN_APPROVED"),
    ("RETURN", "RETURN_REQUESTED", CaseStep("DECLINE"), "DECLINED"),
    ("RETURN", "RETURN_REQUESTED", CaseStep("REFUND"), "REFUND_INITIATED"),
    ("RETURN", "RETURN_REQUESTED", CaseStep("REFUND", Decimal("3.00"), "EUR"), "PARTIAL_REFUND_OFFERED"),
    ("RETURN", "ITEM_SHIPPED", CaseStep("MARK_RECEIVED"), "ITEM_DELIVERED"),
    ("RETURN", "RETURN_REQUESTED", CaseStep("ESCALATE"), "ESCALATED"),
    ("CANCELLATION", "AWAITING_ACTION_FROM_SELLER", CaseStep("ACCEPT"), "PENDING"),
    ("CANCELLATION", "AWAITING_ACTION_FROM_SELLER", CaseStep("DECLINE"), "DECLINED"),
    ("INQUIRY", "OPEN", CaseStep("PROVIDE_TRACKING", carrier="DHL", tracking_code="AB 1"), "PENDING_BUYER_RESPONSE"),
    ("INQUIRY", "OPEN", CaseStep("REFUND"), "REFUND_INITIATED"),
    ("INQUIRY", "OPEN", CaseStep("ESCALATE"), "ESCALATED"),
]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("row", STEPS)
async def test_each_step_is_done_once_wherever_it_is_cut(
    ebay: EbayWorld, row: tuple[str, str, CaseStep, str], cut: EbayFaultKind
) -> None:
    kind, state, step, after = row
    session, was_cut = ebay.session(), True
    for nth in count(1):
        case_id = a_case(ebay, kind)
        move(ebay, case_id, state)
        case = await session.case(kind, case_id)
        ebay.spoil("graphql*", cut, nth=nth)
        ebay.spoil("graphql*", EbayFaultKind.RESET, nth=nth + 1, times=None)
        was_cut = await fails(session, case, step)
        ebay.server.sandbox.faults.clear()
        await session.act(case, step)
        await session.act(case, step)
        assert (await session.case(kind, case_id)).details["code"] == after
        refunds = (await session.order(str(case.order_external_id))).refunds
        assert len(refunds) == (1 if after in ("REFUND_INITIATED", "PENDING") else 0)
        if not was_cut:
            break


async def fails(session: EbaySession, case: RemoteCase, step: CaseStep) -> bool:
    try:
        await session.act(case, step)
    except IntegrationError:
        return True
    return False


async def test_messages_are_sent(ebay: EbayWorld) -> None:
    session = ebay.session()
    for kind in ("RETURN", "INQUIRY"):
        case_id = a_case(ebay, kind)
        await session.act(await session.case(kind, case_id), CaseStep("MESSAGE", message="Hello."))
        assert ebay.shop().cases[case_id].messages == ["Hello."]


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("RETURN", CaseStep("CONTEST")),
        ("RETURN", CaseStep("MESSAGE")),
        ("RETURN", CaseStep("MARK_RECEIVED")),
        ("RETURN", CaseStep("REFUND", Decimal("1000.00"))),
        ("INQUIRY", CaseStep("REFUND", Decimal("1.00"), "EUR")),
        ("INQUIRY", CaseStep("PROVIDE_TRACKING", carrier="DHL")),
        ("CANCELLATION", CaseStep("REFUND")),
    ],
)
async def test_a_step_that_the_case_does_not_allow_changes_nothing(ebay: EbayWorld, kind: str, step: CaseStep) -> None:
    session, case_id = ebay.session(), a_case(ebay, kind)
    case = await session.case(kind, case_id)
    with pytest.raises(RefusedFields):
        await session.act(case, step)
    assert await session.case(kind, case_id) == case


async def test_a_case_of_nobody_is_missing(ebay: EbayWorld) -> None:
    session = ebay.session()
    for kind in ("RETURN", "CANCELLATION", "INQUIRY", "MOOD"):
        with pytest.raises(ObjectMissing):
            await session.case(kind, "1")
    case = replace(await session.case("RETURN", a_case(ebay)), external_id="1")
    with pytest.raises(ObjectMissing):
        await session.act(case, CaseStep("ACCEPT"))


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("call", ["graphql*", "fulfillment.get_order"])
async def test_an_order_is_cancelled_once_wherever_it_is_cut(ebay: EbayWorld, call: str, cut: EbayFaultKind) -> None:
    session, order_id = ebay.session(), an_order(ebay)["orderId"]
    ebay.spoil(call, cut)
    ebay.spoil(call, EbayFaultKind.RESET, nth=2, times=None)
    ebay.spoil("fulfillment.get_order", EbayFaultKind.RESET, nth=2, times=None)
    with pytest.raises(IntegrationError):
        await session.cancel(order_id, "OUT_OF_STOCK")
    ebay.server.sandbox.faults.clear()
    await session.cancel(order_id, "OUT_OF_STOCK")
    await session.cancel(order_id, "OUT_OF_STOCK")
    order = await session.order(order_id)
    assert (order.status, len(order.refunds)) == ("CANCELLED", 1)


async def test_what_cannot_be_cancelled_is_refused_in_words(ebay: EbayWorld) -> None:
    session = ebay.session()
    case = await session.case("CANCELLATION", a_case(ebay, "CANCELLATION"))
    with pytest.raises(RefusedFields) as asked_for:
        await session.cancel(str(case.order_external_id), "BUYER_ASKED")
    assert "buyer" in str(asked_for.value)
    sent = an_order(ebay)["orderId"]
    ebay.control(
        "orders/change", {"seller": "EBAY_DE", "order_id": sent, "fields": {"orderFulfillmentStatus": "FULFILLED"}}
    )
    with pytest.raises(RefusedFields):
        await session.cancel(sent, "UNPAID")
    with pytest.raises(RefusedFields):
        await session.cancel(an_order(ebay)["orderId"], "BORED")
    with pytest.raises(ObjectMissing):
        await session.cancel("none", "UNPAID")


async def test_what_moves_money_is_signed_and_the_rest_is_not(ebay: EbayWorld) -> None:
    session, case_id = ebay.session(), a_case(ebay, "INQUIRY")
    await session.act(await session.case("INQUIRY", case_id), CaseStep("MESSAGE", message="Hello."))
    assert "key_management.create_key" not in ebay.calls()
    await session.act(await session.case("INQUIRY", case_id), CaseStep("REFUND"))
    assert "key_management.create_key" in ebay.calls()


def test_details_are_json() -> None:
    raw = {"returnId": "1", "requestedAt": "2026-11-01T00:00:00Z", "status": {"code": "OPEN"}}
    case = case_of(RETURN_SOURCE, Fields(raw))
    assert case is not None
    assert msgspec.json.decode(msgspec.json.encode(case.details)) == {"code": "OPEN", "operations": []}
