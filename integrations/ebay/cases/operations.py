"""The texts of all operations that eBay's GraphQL APIs are asked; who asks them is elsewhere.

Answers are unions: each selection names the members that are known, and `__typename` tells of the others. The names
are those of one public guide to the move away from the Post-Order API; eBay's own schema is not public (unconfirmed).
"""

from dataclasses import dataclass

_ERROR = "{ errorCode errorMessage }"
_STATUS = "status { code displayText }"
_ACTIONS = "sellerAvailableActions { primaryActions { code } }"
_RETURN = (
    f"returnId order {{ orderId }} {_STATUS} requestedAt closedAt {_ACTIONS}"
    " returnLineItems { returnReason { code } } refunds { refundId refundStatus }"
)
_CANCELLATION = f"cancellationId order {{ orderId }} {_STATUS} reason {{ code }} requestedAt closedAt {_ACTIONS}"
_INQUIRY = f"inquiryId order {{ orderId }} {_STATUS} createdAt closedAt {_ACTIONS} refunds {{ refundId refundStatus }}"
_PAGINATION = "pagination { nextCursor }"


@dataclass(frozen=True, slots=True)
class CaseOperation:
    """`name` is its field, `shape` the type of its input. `members` are the answers that are no refusals.

    `is_signed`: it moves money, or decides that money moves.
    """

    name: str
    shape: str
    selection: str
    members: frozenset[str]
    is_change: bool = False
    is_signed: bool = False

    @property
    def text(self) -> str:
        kind = "mutation" if self.is_change else "query"
        return f"{kind} ($input: {self.shape}!) {{ {self.name}(input: $input) {{ __typename {self.selection} }} }}"


def _errors(*names: str) -> str:
    return " ".join(f"... on {name} {_ERROR}" for name in names)


def _changes_return(name: str, shape: str, *, is_signed: bool = False) -> CaseOperation:
    refusals = _errors("ReturnNotFoundError", "ReturnActionNotPermittedError", "RefundProcessingError")
    selection = f"... on OrderReturn {{ {_RETURN} }} {refusals}"
    return CaseOperation(name, shape, selection, frozenset({"OrderReturn"}), is_change=True, is_signed=is_signed)


def _changes_cancellation(name: str, shape: str, *errors: str, is_signed: bool = False) -> CaseOperation:
    success = _success(name)
    selection = f"... on {success} {{ contractCancellation {{ {_CANCELLATION} }} }} {_errors(*errors)}"
    return CaseOperation(name, shape, selection, frozenset({success}), is_change=True, is_signed=is_signed)


def _changes_inquiry(name: str, shape: str, *errors: str, is_signed: bool = False) -> CaseOperation:
    success = _success(name)
    refusals = _errors("OrderInquiryNotFoundError", "OrderInquiryActionNotPermittedError", *errors)
    selection = f"... on {success} {{ orderInquiry {{ {_INQUIRY} }} }} {refusals}"
    return CaseOperation(name, shape, selection, frozenset({success}), is_change=True, is_signed=is_signed)


def _success(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}Success"


ONE_RETURN = CaseOperation(
    "orderReturn",
    "OrderReturnInput",
    f"... on OrderReturn {{ {_RETURN} }} {_errors('ReturnNotFoundError')}",
    frozenset({"OrderReturn"}),
)
RETURNS = CaseOperation(
    "sellerOrderReturns",
    "SellerOrderReturnsInput",
    f"orderReturns {{ {_RETURN} }} {_PAGINATION}",
    frozenset({"SellerOrderReturns"}),
)
ONE_CANCELLATION = CaseOperation(
    "contractCancellation",
    "ContractCancellationInput",
    f"... on ContractCancellationSuccess {{ contractCancellation {{ {_CANCELLATION} }} }} "
    + _errors("ContractCancellationNotFoundError"),
    frozenset({"ContractCancellationSuccess"}),
)
CANCELLATIONS = CaseOperation(
    "sellerContractCancellations",
    "SellerContractCancellationsInput",
    "... on SellerContractCancellationsSuccess "
    f"{{ contractCancellations {{ {_CANCELLATION} }} {_PAGINATION} }} "
    + _errors("ContractCancellationInvalidDateRangeError"),
    frozenset({"SellerContractCancellationsSuccess"}),
)
ONE_INQUIRY = CaseOperation(
    "orderInquiry",
    "OrderInquiryInput",
    f"... on OrderInquirySuccess {{ orderInquiry {{ {_INQUIRY} }} }} {_errors('OrderInquiryNotFoundError')}",
    frozenset({"OrderInquirySuccess"}),
)
INQUIRIES = CaseOperation(
    "sellerOrderInquiries",
    "SellerOrderInquiriesInput",
    f"... on SellerOrderInquiries {{ inquiries {{ {_INQUIRY} }} {_PAGINATION} }} "
    + _errors("OrderInquiryInvalidSearchInputError"),
    frozenset({"SellerOrderInquiries"}),
)

APPROVE_RETURN = _changes_return("approveReturn", "ApproveReturnInput", is_signed=True)
DECLINE_RETURN = _changes_return("declineReturn", "DeclineReturnInput", is_signed=True)
REFUND_RETURN = _changes_return("processReturnRefund", "ProcessReturnRefundInput", is_signed=True)
OFFER_PART = _changes_return("proposeKeepItemWithPartialRefund", "KeepItemInput", is_signed=True)
RETURN_RECEIVED = _changes_return("recordReturnReceived", "RecordReturnReceivedInput")
RETURN_MESSAGE = _changes_return("sendReturnMessage", "SendReturnMessageInput")
RETURN_REFERRAL = _changes_return("submitReturnReferral", "SubmitReturnReferralInput")

_REFUSED = ("ContractCancellationNotFoundError", "ContractCancellationActionNotPermittedError")
APPROVE_CANCELLATION = _changes_cancellation(
    "approveContractCancellation",
    "ApproveContractCancellationInput",
    *_REFUSED,
    "RefundProcessingError",
    is_signed=True,
)
DECLINE_CANCELLATION = _changes_cancellation(
    "declineContractCancellation", "DeclineContractCancellationInput", *_REFUSED
)
CANCEL_ORDER = _changes_cancellation(
    "createOrderCancellation",
    "CreateOrderCancellationInput",
    "OrderNotFoundError",
    "OrderCancellationEligibilityError",
    is_signed=True,
)

INQUIRY_TRACKING = _changes_inquiry(
    "provideShipmentInfoForItemNotReceivedInquiry",
    "ProvideShipmentInfoInput",
    "ProvideShipmentInfoForInquiryInputValidationError",
)
REFUND_INQUIRY = _changes_inquiry(
    "processOrderInquiryRefund", "ProcessOrderInquiryRefundInput", "RefundProcessingError", is_signed=True
)
INQUIRY_MESSAGE = _changes_inquiry("sendOrderInquiryMessage", "SendOrderInquiryMessageInput")
INQUIRY_REFERRAL = _changes_inquiry("submitOrderInquiryReferral", "SubmitOrderInquiryReferralInput")
