"""Owns the texts of operations that the tests send, as eBay's guide writes them, and one way to send them."""

from typing import Any

import msgspec

from tests.sandbox.ebay.ebay_client import EbayClient, Got
from tests.sandbox.ebay.signers import MessageSigner

STATUS = "status { code displayText }"
ACTIONS = "sellerAvailableActions { primaryActions { code } }"
RETURN = (
    f"returnId {STATUS} requestedAt closedAt order {{ orderId }} refunds {{ refundId refundStatus }} {ACTIONS}"
    " returnLineItems { returnLineItemId returnReason { code } requestedQuantity }"
)
CANCELLATION = f"cancellationId {STATUS} reason {{ code }} requestedAt buyer {{ username }}"
INQUIRY = f"inquiryId {STATUS} createdAt lineItems {{ inquiryLineItemId quantity }} refunds {{ refundStatus }}"
ERROR = "{ errorCode errorMessage }"
RETURN_ERRORS = " ".join(
    f"... on {name} {ERROR}"
    for name in ("ReturnNotFoundError", "ReturnActionNotPermittedError", "RefundProcessingError")
)
RETURNS = f"""query ($input: SellerOrderReturnsInput!) {{ sellerOrderReturns(input: $input) {{ __typename
  orderReturns {{ {RETURN} }} pagination {{ nextCursor previousCursor }} }} }}"""
CANCELLATIONS = f"""query ($input: SellerContractCancellationsInput!) {{ sellerContractCancellations(input: $input) {{
  __typename ... on SellerContractCancellationsSuccess {{ contractCancellations {{ {CANCELLATION} }}
  pagination {{ nextCursor }} }} ... on ContractCancellationInvalidDateRangeError {ERROR} }} }}"""
INQUIRIES = f"""query ($input: SellerOrderInquiriesInput!) {{ sellerOrderInquiries(input: $input) {{ __typename
  ... on SellerOrderInquiries {{ inquiries {{ {INQUIRY} }} pagination {{ nextCursor }} }}
  ... on OrderInquiryInvalidSearchInputError {ERROR} }} }}"""


def act_on_return(operation: str, kind: str) -> str:
    return f"""mutation ($input: {kind}!) {{ {operation}(input: $input) {{ __typename
      ... on OrderReturn {{ {RETURN} }} {RETURN_ERRORS} }} }}"""


def act_on_cancellation(operation: str, kind: str) -> str:
    success = f"{operation[0].upper()}{operation[1:]}Success"
    return f"""mutation ($input: {kind}!) {{ {operation}(input: $input) {{ __typename
      ... on {success} {{ contractCancellation {{ {CANCELLATION} }} }} }} }}"""


def act_on_inquiry(operation: str, kind: str) -> str:
    success = f"{operation[0].upper()}{operation[1:]}Success"
    return f"""mutation ($input: {kind}!) {{ {operation}(input: $input) {{ __typename
      ... on {success} {{ orderInquiry {{ {INQUIRY} }} }} }} }}"""


async def graphql(
    ebay: EbayClient, text: str, wanted: object = None, *, seller: str = "EBAY_US", signer: MessageSigner | None = None
) -> Got:
    """`seller` is of the market that is named like it."""
    body = msgspec.json.encode({"query": text, "variables": {"input": wanted}})
    signed = signer.headers("POST", "/graphql", body) if signer is not None else {}
    return await ebay.call("POST", "/graphql", body, seller=seller, **{"X-EBAY-C-MARKETPLACE-ID": seller}, **signed)


async def asked(ebay: EbayClient, text: str, wanted: object = None) -> Any:
    """The one field of data; fails with errors."""
    got = await graphql(ebay, text, wanted)
    assert (got.status, got.body.get("errors")) == (200, None), got
    (field,) = got.body["data"].values()
    return field
