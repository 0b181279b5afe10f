"""Owns what eBay says of orders, disputes, keys, signatures and notifications when it refuses, by number.

The numbers and what they mean are those of eBay's OpenAPI files of Fulfillment, Notification and Key Management.
"""

from collections.abc import Mapping

from sandbox.ebay.errors import EbayProblem, EbayRefusal, shown_problem

# 33001 is also what a search of disputes says of bad input, then with 400.
_FULFILLMENT = (
    (30500, 500, "System error"),
    (30700, 400, "Invalid filter name"),
    (30800, 400, "Invalid filter value"),
    (30810, 400, "Invalid date format"),
    (30820, 400, "Start date is missing"),
    (30830, 400, "Time range between start date and end date must be within '2' years."),
    (30840, 400, "Start date should be before end date"),
    (30850, 400, "Start and end dates can't be in the future"),
    (30900, 400, "Exceeded maximum number of order IDs (the current limit is 50)"),
    (31000, 400, "Invalid offset"),
    (31100, 400, "Invalid limit"),
    (32100, 400, "Invalid order ID"),
    (32110, 400, "Invalid shipping fulfillment ID"),
    (32200, 400, "Invalid line item id"),
    (32210, 400, "Duplicate line item in the request"),
    (32300, 400, "Invalid shipment tracking number or carrier"),
    (32500, 400, "Invalid shipped date"),
    (32600, 400, "Invalid input data"),
    (32800, 400, "Invalid field group"),
    (33001, 404, "Invalid Payment Dispute Id"),
    (33002, 400, "Invalid Evidence Id"),
    (33003, 400, "Invalid Evidence File Id"),
    (33004, 409, "Upload file for evidence is not permitted for given payment dispute state."),
    (33005, 400, "File type is invalid."),
    (33006, 400, "File size should be 1.5 MB or less."),
    (33007, 400, "Invalid line items."),
    (33008, 400, "Invalid evidence type."),
    (33011, 409, "There was a change in payment dispute attributes. Please read the dispute again."),
    (33100, 400, "Invalid input request"),
    (33101, 409, "Invalid payment dispute state"),
    (33102, 409, "No evidence available for contest"),
    (33106, 400, "The file name should not be empty and should not exceed 255 characters."),
    (33107, 400, "Only one file can be uploaded per request."),
    (34100, 400, "Maximum tracking number for order is exceeded"),
    (34902, 400, "Request can't be empty."),
    (34903, 400, "The refund reason must be specified."),
    (34905, 400, "Either orderLevelRefundAmount or refundItems must be specified."),
    (34906, 400, "The amount value must be specified."),
    (34907, 400, "The amount value must be positive and within two decimals."),
    (34908, 400, "The amount currency must be specified."),
    (34909, 400, "The amount currency isn't correct."),
    (34910, 400, "Either legacyReference or lineItemId must be specified for item level refund."),
    (34913, 404, "Can not find the order."),
    (34914, 400, "Can't find the item in the order."),
    (34915, 400, "The refund amount exceeds order amount."),
    (34921, 400, "The comment exceeds the length limit."),
    (34922, 400, "Refund can't be issued while previous refund is processing."),
    (34923, 400, "Refund cannot be issued for this type of order."),
    (34929, 409, "You cannot refund this order yet since the buyer payment has not been processed."),
)
_FULFILLMENT_BUSINESS = (
    (34916, 400, "A post-transaction case exists on this order, seller refund can't be triggered."),
    (34917, 400, "This order was already refunded."),
    (34918, 409, "This is not an eBay managed payments order."),
    (34920, 400, "It's too late to issue a refund for this order."),
    (34924, 409, "The item refund amount exceeds the item remaining amount."),
    (34926, 409, "A suitable payment method could not be found for the refund operation."),
    (34927, 409, "The selected payment method for the refund operation was invalid or declined."),
)
_NOTIFICATION = (
    (195001, 404, "The specified key id is invalid."),
    (195002, 404, "The specified topic id is invalid."),
    (195003, 409, "Please provide configurations required for notifications. Refer to /config"),
    (195004, 400, "Invalid limit. Supported ranges 10 - 100."),
    (195005, 400, "Invalid continuation token."),
    (195006, 400, "Invalid or missing subscription status."),
    (195007, 400, "Invalid or missing destination id."),
    (195008, 400, "Invalid or missing schema version."),
    (195009, 400, "Specified format is not supported for the topic."),
    (195010, 400, "Invalid or missing protocol"),
    (195011, 403, "Not authorized for this topic."),
    (195012, 409, "Subscription already exists"),
    (195013, 404, "The subscription id does not exist."),
    (195015, 409, "The subscription cannot be enabled since the destination is not enabled."),
    (195016, 400, "Invalid name. Markups or lengths greater than 64 not supported"),
    (195017, 400, "Invalid or missing endpoint."),
    (195018, 400, "Invalid or missing destination status. Supported values:[ENABLED,DISABLED]"),
    (195019, 400, "Invalid or missing verification token for this endpoint."),
    (195020, 409, "Challenge verification failed for requested endpoint"),
    (195021, 409, "Destination exists for this endpoint"),
    (195022, 404, "Invalid or missing destination id."),
    (195024, 409, "Destination is in use and cannot be deleted."),
    (195025, 400, "Invalid or missing alert email."),
    (195026, 404, "Configuration Not Found."),
    (195027, 400, "Invalid or missing topic id."),
)
_KEYS = (
    (210001, 400, "You must supply a valid signing key cipher. Allowed values are ED25519 and RSA."),
    (210002, 404, "The signing key was not found."),
    (210005, 400, "You must request with a token having valid application client id."),
    (210006, 400, "You must request for new signing key with valid request payload."),
)
_SIGNATURE_FAILED = "Signature validation failed to fulfill the request."
_ACCESS = (
    EbayProblem(
        215001,
        403,
        "Missing x-ebay-signature-key header",
        long_message="Missing x-ebay-signature-key header to fulfill the request.",
    ),
    EbayProblem(215120, 403, "Signature validation failed", long_message=_SIGNATURE_FAILED),
    EbayProblem(215122, 403, "Signature validation failed", long_message=_SIGNATURE_FAILED),
)
_PROBLEMS = {
    problem.error_id: problem
    for problem in (
        *(EbayProblem(*row, "API_FULFILLMENT") for row in _FULFILLMENT),
        *(EbayProblem(*row, "API_FULFILLMENT", "BUSINESS") for row in _FULFILLMENT_BUSINESS),
        *(EbayProblem(*row, "API_NOTIFICATION") for row in _NOTIFICATION),
        *(EbayProblem(*row, "API_KEYS") for row in _KEYS),
        *_ACCESS,
    )
}


def refusal(
    error_id: int, text: str = "", *, parameters: Mapping[str, str] | None = None, status: int | None = None
) -> EbayRefusal:
    """To raise. `text` takes the place of the long message, `status` of the usual one."""
    return EbayRefusal(_PROBLEMS[error_id], text, parameters=parameters, status=status)


def warning(error_id: int, text: str) -> dict[str, object]:
    """The same shape, beside an answer that succeeds."""
    return shown_problem(_PROBLEMS[error_id], text)
