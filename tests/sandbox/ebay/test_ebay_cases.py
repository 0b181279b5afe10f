"""Returns, cancellations and inquiries over GraphQL: their states, unions that refuse, and odd answers."""

from datetime import timedelta

import aiohttp
import pytest

from tests.sandbox.ebay.case_texts import (
    CANCELLATIONS,
    INQUIRIES,
    RETURN_ERRORS,
    RETURNS,
    act_on_cancellation,
    act_on_inquiry,
    act_on_return,
    asked,
    graphql,
)
from tests.sandbox.ebay.ebay_client import EbayClient
from tests.sandbox.ebay.signers import new_signer

ORDERS = "/sell/fulfillment/v1/order"


@pytest.fixture(autouse=True)
def _empty(ebay: EbayClient) -> None:
    for shop in ebay.server.sandbox.book.shops.values():
        shop.cases.clear()
        shop.case_page = 20


async def sold(ebay: EbayClient, seller: str = "EBAY_US", **sale: object) -> str:
    made = await ebay.control("POST", "orders", {"seller": seller, "lines": [{"price": "10.00"}]} | sale)
    return str(made["orderId"])


async def opened(ebay: EbayClient, kind: str, order_id: str, seller: str = "EBAY_US", **more: object) -> str:
    body = {"seller": seller, "kind": kind, "order_id": order_id} | more
    return str((await ebay.control("POST", "cases", body))["caseId"])


async def moved(ebay: EbayClient, case_id: str, state: str) -> None:
    await ebay.control("POST", "cases/move", {"seller": "EBAY_US", "case_id": case_id, "state": state})


def later(ebay: EbayClient, **time: float) -> None:
    ebay.server.sandbox.clock.skew += timedelta(**time)


async def test_a_return_is_approved_received_and_paid_back(ebay: EbayClient) -> None:
    order_id = await sold(ebay)
    case_id = await opened(ebay, "RETURN", order_id, reason="WRONG_SIZE")
    (first,) = (await asked(ebay, RETURNS, {"initialPage": {}}))["orderReturns"]
    assert (first["returnId"], first["status"]["code"]) == (case_id, "RETURN_REQUESTED")
    assert first["order"]["orderId"] == order_id
    assert first["returnLineItems"][0]["returnReason"]["code"] == "WRONG_SIZE"
    named = {"returnId": case_id}
    refused = await asked(ebay, act_on_return("recordReturnReceived", "RecordReturnReceivedInput"), named)
    assert refused["__typename"] == "ReturnActionNotPermittedError"
    note = named | {"approvalNote": "Send it back."}
    approved = await asked(ebay, act_on_return("approveReturn", "ApproveReturnInput"), note)
    assert (approved["__typename"], approved["status"]["code"]) == ("OrderReturn", "RETURN_APPROVED")
    again = await asked(ebay, act_on_return("approveReturn", "ApproveReturnInput"), note)
    assert again["errorCode"] == "ACTION_NOT_PERMITTED"
    await moved(ebay, case_id, "ITEM_SHIPPED")
    received = await asked(ebay, act_on_return("recordReturnReceived", "RecordReturnReceivedInput"), named)
    assert received["status"]["code"] == "ITEM_DELIVERED"
    refund = act_on_return("processReturnRefund", "ProcessReturnRefundInput")
    paying = await asked(ebay, refund, named)
    assert paying["refunds"][0]["refundStatus"] == "PENDING"
    later(ebay, minutes=6)
    (closed,) = (await asked(ebay, RETURNS, {"initialPage": {"filter": {"presets": "CLOSED"}}}))["orderReturns"]
    assert (closed["refunds"][0]["refundStatus"], closed["sellerAvailableActions"]["primaryActions"]) == (
        "REFUNDED",
        [],
    )
    order = await ebay.call("GET", f"{ORDERS}/{order_id}", seller="EBAY_US")
    assert order.body["orderPaymentStatus"] == "FULLY_REFUNDED"


async def test_what_is_withheld_of_a_return_is_not_paid_back(ebay: EbayClient) -> None:
    order_id = await sold(ebay)
    case_id = await opened(ebay, "RETURN", order_id)
    kept = {"returnLineItemId": "1", "withholdReturnRefundReason": "RETURNED_IN_USED_CONDITION"}
    refund = act_on_return("processReturnRefund", "ProcessReturnRefundInput")
    for amount, member in (
        ("10.00", "RefundProcessingError"),
        ("-1", "RefundProcessingError"),
        ("4.00", "OrderReturn"),
    ):
        withheld = [kept | {"withheldAmount": {"value": amount, "currency": "USD"}}]
        wanted = {"returnId": case_id, "returnLineItemRefundWithholdings": withheld}
        assert (await asked(ebay, refund, wanted))["__typename"] == member
    order = await ebay.call("GET", f"{ORDERS}/{order_id}", seller="EBAY_US")
    assert order.body["paymentSummary"]["refunds"][0]["amount"]["value"] == "6.00"


async def test_a_refund_of_a_return_that_fails_waits_for_the_seller_again(ebay: EbayClient) -> None:
    case_id = await opened(ebay, "RETURN", await sold(ebay))
    await ebay.control("POST", "orders/refunds", {"seller": "EBAY_US", "succeed": False})
    await asked(ebay, act_on_return("processReturnRefund", "ProcessReturnRefundInput"), {"returnId": case_id})
    await ebay.control("POST", "orders/refunds", {"seller": "EBAY_US", "succeed": True})
    later(ebay, minutes=6)
    waiting = {"initialPage": {"filter": {"presets": ["AWAITING_ACTION_FROM_SELLER"]}}}
    (found,) = (await asked(ebay, RETURNS, waiting))["orderReturns"]
    assert (found["returnId"], found["refunds"][0]["refundStatus"]) == (case_id, "FAILED")


RETURN_ACTS: dict[str, tuple[str, dict[str, object], str]] = {
    "declineReturn": ("DeclineReturnInput", {"declinationNote": "No."}, "DECLINED"),
    "proposeKeepItemWithPartialRefund": (
        "KeepItemInput",
        {"partialRefundAmount": {"value": "3.00", "currency": "USD"}},
        "PARTIAL_REFUND_OFFERED",
    ),
    "sendReturnMessage": ("SendReturnMessageInput", {"message": "Hello"}, "RETURN_REQUESTED"),
    "submitReturnReferral": ("SubmitReturnReferralInput", {"referralReasonCode": "OTHER"}, "ESCALATED"),
    "attachReturnShipmentLabel": (
        "AttachReturnShipmentLabelInput",
        {"returnShipmentLabels": [{"documentId": "1", "shippingCarrier": {"carrierCode": "UPS"}}]},
        "RETURN_REQUESTED",
    ),
    "recordReturnLabelSentOffline": (
        "RecordReturnLabelSentOfflineInput",
        {"offlineReturnLabelChannel": "RETURN_LABEL_IN_THE_BOX"},
        "RETURN_REQUESTED",
    ),
    "provideRmaNumber": ("ProvideRmaNumberInput", {"rmaRequirementWaived": True}, "RETURN_REQUESTED"),
}


@pytest.mark.parametrize("operation", RETURN_ACTS)
async def test_what_else_a_seller_does_with_a_return(ebay: EbayClient, operation: str) -> None:
    kind, wanted, state = RETURN_ACTS[operation]
    case_id = await opened(ebay, "RETURN", await sold(ebay))
    text = act_on_return(operation, kind)
    assert (await asked(ebay, text, wanted | {"returnId": case_id}))["status"]["code"] == state
    assert (await asked(ebay, text, wanted | {"returnId": "1"}))["__typename"] == "ReturnNotFoundError"


async def test_a_buyers_cancellation_is_approved_or_declined(ebay: EbayClient) -> None:
    approve = act_on_cancellation("approveContractCancellation", "ApproveContractCancellationInput")
    decline = act_on_cancellation("declineContractCancellation", "DeclineContractCancellationInput")
    kept, cancelled = await sold(ebay), await sold(ebay)
    for order_id, text, state in ((kept, decline, "NONE_REQUESTED"), (cancelled, approve, "CANCELED")):
        case_id = await opened(ebay, "CANCELLATION", order_id)
        asked_for = (await ebay.call("GET", f"{ORDERS}/{order_id}", seller="EBAY_US")).body["cancelStatus"]
        assert (asked_for["cancelState"], len(asked_for["cancelRequests"])) == ("IN_PROGRESS", 1)
        done = await asked(ebay, text, {"cancellationId": case_id})
        assert done["__typename"].endswith("CancellationSuccess")
        order = (await ebay.call("GET", f"{ORDERS}/{order_id}", seller="EBAY_US")).body
        assert order["cancelStatus"]["cancelState"] == state
        refused = await asked(ebay, text, {"cancellationId": case_id})
        assert refused["__typename"] == "ContractCancellationActionNotPermittedError"
    later(ebay, minutes=6)
    completed = {"initialPage": {"filter": {"statuses": ["COMPLETED"]}}}
    found = (await asked(ebay, CANCELLATIONS, completed))["contractCancellations"]
    assert [each["status"]["code"] for each in found] == ["COMPLETED"]
    missing = await asked(ebay, approve, {"cancellationId": "1"})
    assert missing["__typename"] == "ContractCancellationNotFoundError"


async def test_a_seller_cancels_what_was_not_sent(ebay: EbayClient) -> None:
    create = act_on_cancellation("createOrderCancellation", "CreateOrderCancellationInput")
    sent, unpaid, paid = await sold(ebay), await sold(ebay, paid=False), await sold(ebay)
    await ebay.call("POST", f"{ORDERS}/{sent}/shipping_fulfillment", {}, seller="EBAY_US")

    async def cancelled(order_id: str) -> tuple[str, str | None]:
        wanted = {"orderId": order_id, "contractCancellationReason": "OUT_OF_STOCK", "relistAllItems": True}
        done = await asked(ebay, create, wanted)
        case = done.get("contractCancellation")
        return done["__typename"], case["status"]["code"] if case else None

    assert await cancelled("1") == ("OrderNotFoundError", None)
    assert await cancelled(sent) == ("OrderCancellationEligibilityError", None)
    assert await cancelled(unpaid) == ("CreateOrderCancellationSuccess", "COMPLETED")
    assert await cancelled(paid) == ("CreateOrderCancellationSuccess", "PENDING")
    assert await cancelled(paid) == ("OrderCancellationEligibilityError", None)


async def test_an_inquiry_is_answered_with_a_parcel_or_paid_back(ebay: EbayClient) -> None:
    case_id = await opened(ebay, "INQUIRY", await sold(ebay))
    provide = act_on_inquiry("provideShipmentInfoForItemNotReceivedInquiry", "ProvideShipmentInfoInput")
    tracking = {"trackingNumber": "1Z 9", "shippingCarrier": {"carrierCode": "UPS"}}
    wrong = await asked(ebay, provide, {"inquiryId": case_id, "trackings": [tracking]})
    assert wrong["__typename"] == "ProvideShipmentInfoForInquiryInputValidationError"
    good = {"inquiryId": case_id, "trackings": [tracking | {"trackingNumber": "1Z9"}]}
    assert (await asked(ebay, provide, good))["orderInquiry"]["status"]["code"] == "PENDING_BUYER_RESPONSE"
    assert (await asked(ebay, provide, good))["__typename"] == "OrderInquiryActionNotPermittedError"
    talk = act_on_inquiry("sendOrderInquiryMessage", "SendOrderInquiryMessageInput")
    await asked(ebay, talk, {"inquiryId": case_id, "message": "It is on its way."})
    assert ebay.server.sandbox.book.shops[_us(ebay)].cases[case_id].messages == ["It is on its way."]
    refund = act_on_inquiry("processOrderInquiryRefund", "ProcessOrderInquiryRefundInput")
    assert (await asked(ebay, refund, {"inquiryId": case_id}))["orderInquiry"]["refunds"] == [
        {"refundStatus": "PENDING"}
    ]
    later(ebay, minutes=6)
    (closed,) = (await asked(ebay, INQUIRIES, {"initialPage": {"filter": {"presets": "CLOSED"}}}))["inquiries"]
    assert closed["status"]["code"] == "CLOSED"
    other = await opened(ebay, "INQUIRY", await sold(ebay))
    refer = act_on_inquiry("submitOrderInquiryReferral", "SubmitOrderInquiryReferralInput")
    done = await asked(ebay, refer, {"inquiryId": other, "referralReasonCode": "OTHER"})
    assert done["orderInquiry"]["status"]["code"] == "ESCALATED"


def _us(ebay: EbayClient) -> str:
    shops = ebay.server.sandbox.book.shops.values()
    return next(shop.seller.user_id for shop in shops if shop.seller.marketplace == "EBAY_US")


async def test_a_list_goes_on_by_its_cursor_and_refuses_what_is_none(ebay: EbayClient) -> None:
    await ebay.control("POST", "cases/paging", {"seller": "EBAY_US", "size": 2})
    made = [await opened(ebay, "INQUIRY", await sold(ebay)) for _ in range(3)]
    sort = {"sortField": "CREATED_AT", "sortOrder": "ASC"}
    first = await asked(ebay, INQUIRIES, {"initialPage": {"sort": sort}})
    cursor = {"pageInfo": {"pageCursor": first["pagination"]["nextCursor"]}}
    second = await asked(ebay, INQUIRIES, cursor)
    found = [each["inquiryId"] for page in (first, second) for each in page["inquiries"]]
    assert (found, second["pagination"]["nextCursor"]) == (made, None)
    wrong: list[dict[str, object]] = [{}, {"initialPage": {}, **cursor}, {"pageInfo": {"pageCursor": "nonsense"}}]
    for wanted in wrong:
        refused = await asked(ebay, INQUIRIES, wanted)
        assert refused["__typename"] == "OrderInquiryInvalidSearchInputError"


async def test_a_list_is_asked_between_instants(ebay: EbayClient) -> None:
    await opened(ebay, "CANCELLATION", await sold(ebay))
    ends = {
        ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"): "SellerContractCancellationsSuccess",
        ("2099-01-01T00:00:00Z", "2020-01-01T00:00:00Z"): "ContractCancellationInvalidDateRangeError",
        ("yesterday", "2099-01-01T00:00:00Z"): "ContractCancellationInvalidDateRangeError",
    }
    for (start, end), member in ends.items():
        between = {"createdBetween": {"startDateTime": start, "endDateTime": end}}
        assert (await asked(ebay, CANCELLATIONS, {"initialPage": {"filter": between}}))["__typename"] == member
    wrong = await graphql(ebay, RETURNS, {"initialPage": {"filter": {"createdBetween": between["createdBetween"]}}})
    assert (wrong.body["data"], len(wrong.body["errors"])) == ({"sellerOrderReturns": None}, 1)


async def test_data_and_errors_come_together(ebay: EbayClient) -> None:
    whole = await opened(ebay, "RETURN", await sold(ebay))
    broken = await opened(ebay, "RETURN", await sold(ebay), breaks=["sellerAvailableActions"])
    got = await graphql(ebay, RETURNS, {"initialPage": {}})
    found = {
        each["returnId"]: each["sellerAvailableActions"]
        for each in got.body["data"]["sellerOrderReturns"]["orderReturns"]
    }
    assert (found[broken], found[whole] is None, len(got.body["errors"])) == (None, False, 1)


async def test_states_and_refusals_that_nobody_knows(ebay: EbayClient) -> None:
    case_id = await opened(ebay, "RETURN", await sold(ebay), breaks=["unknownMember"])
    await moved(ebay, case_id, "ON_THE_MOON")
    (found,) = (await asked(ebay, RETURNS, {"initialPage": {}}))["orderReturns"]
    assert found["status"]["code"] == "ON_THE_MOON"
    refused = await asked(ebay, act_on_return("approveReturn", "ApproveReturnInput"), {"returnId": case_id})
    assert refused == {"__typename": "PolicyHoldError"}


async def test_one_case_is_read_by_its_id_and_kind(ebay: EbayClient) -> None:
    case_id = await opened(ebay, "RETURN", await sold(ebay))
    text = act_on_return("orderReturn", "OrderReturnInput").replace("mutation", "query")
    text = text.replace(RETURN_ERRORS, "... on ReturnNotFoundError { errorCode }")
    assert (await asked(ebay, text, {"returnId": case_id}))["returnId"] == case_id
    inquiry = await opened(ebay, "INQUIRY", await sold(ebay))
    for other in ("1", inquiry):
        assert (await asked(ebay, text, {"returnId": other}))["__typename"] == "ReturnNotFoundError"


async def test_a_fault_befalls_one_operation_and_an_answer_is_lost_after_its_effect(ebay: EbayClient) -> None:
    case_id = await opened(ebay, "RETURN", await sold(ebay))
    await ebay.control("POST", "faults", {"call": "graphql.processReturnRefund", "kind": "answer_lost"})
    assert len((await asked(ebay, RETURNS, {"initialPage": {}}))["orderReturns"]) == 1
    refund = act_on_return("processReturnRefund", "ProcessReturnRefundInput")
    with pytest.raises(aiohttp.ClientError):
        await graphql(ebay, refund, {"returnId": case_id})
    again = await asked(ebay, refund, {"returnId": case_id})
    assert again["__typename"] == "ReturnActionNotPermittedError"
    calls = [each["call"] for each in (await ebay.control("GET", "log"))["calls"]]
    assert calls[-3:] == ["graphql.sellerOrderReturns", "graphql.processReturnRefund", "graphql.processReturnRefund"]


async def test_a_refund_beside_an_open_case_is_refused(ebay: EbayClient) -> None:
    order_id = await sold(ebay)
    await opened(ebay, "INQUIRY", order_id)
    refund = {"reasonForRefund": "BUYER_CANCEL", "orderLevelRefundAmount": {"value": "1.00", "currency": "USD"}}
    refused = await ebay.call("POST", f"{ORDERS}/{order_id}/issue_refund", refund, seller="EBAY_US")
    assert refused.error_ids == [34916]


async def test_headers_scopes_and_texts_that_do_not_fit_are_refused(ebay: EbayClient) -> None:
    for market in ({}, {"X-EBAY-C-MARKETPLACE-ID": "DE"}):
        without = await ebay.call("POST", "/graphql", {"query": "{ __typename }"}, **market)
        assert without.status == 400
    for text in ("query {", "{ orders { id } }", "query A { __typename } query B { __typename }"):
        assert "errors" in (await graphql(ebay, text)).body
    for body in (b"", b"[]", b'{"query": 7}'):
        sent = await ebay.call("POST", "/graphql", body, **{"X-EBAY-C-MARKETPLACE-ID": "EBAY_DE"})
        assert sent.status == 400
    wrong = await graphql(ebay, RETURNS, {"initialPage": {"filter": {"presets": ["TOMORROW"]}}})
    assert "data" not in wrong.body or wrong.body["data"] is None


@pytest.mark.parametrize(
    ("scopes", "text", "status"),
    [
        (["sell.return.read"], RETURNS, 200),
        (["sell.return"], RETURNS, 200),
        (["sell.inquiry"], RETURNS, 403),
        (["sell.return.read"], act_on_return("sendReturnMessage", "SendReturnMessageInput"), 403),
        (
            ["sell.inquiry"],
            RETURNS.replace("{", "{ ...X } fragment X on Query {", 1),
            403,
        ),
    ],
)
async def test_each_kind_has_scopes_of_its_own(ebay: EbayClient, scopes: list[str], text: str, status: int) -> None:
    limited = EbayClient(ebay.server, ebay.http, {"EBAY_US": await ebay.token("EBAY_US", scopes)})
    message, page = {"returnId": "1", "message": "x"}, {"initialPage": {"filter": None}}
    wanted: object = message if "Message" in text else page
    assert (await graphql(limited, text, wanted)).status == status


async def test_a_seller_in_germany_signs_mutations_that_move_money(ebay: EbayClient) -> None:
    signer = await new_signer(ebay)
    order_id = await sold(ebay, "EBAY_DE")
    case_id = await opened(ebay, "RETURN", order_id, "EBAY_DE")
    text = act_on_return("processReturnRefund", "ProcessReturnRefundInput")
    unsigned = await graphql(ebay, text, {"returnId": case_id}, seller="EBAY_DE")
    assert (unsigned.status, unsigned.error_ids) == (403, [215001])
    done = await graphql(ebay, text, {"returnId": case_id}, seller="EBAY_DE", signer=signer)
    assert done.body["data"]["processReturnRefund"]["status"]["code"] == "REFUND_INITIATED"
    talk = act_on_return("sendReturnMessage", "SendReturnMessageInput")
    other = await opened(ebay, "RETURN", await sold(ebay, "EBAY_DE"), "EBAY_DE")
    message = {"returnId": other, "message": "x"}
    assert "errors" not in (await graphql(ebay, talk, message, seller="EBAY_DE")).body
