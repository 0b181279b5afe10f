"""Owns the GraphQL schema of returns, cancellations and inquiries.

eBay's own schema is not public. The names are those of one public guide to the move away from the Post-Order API: a
list of returns is an object, lists of the other two and every mutation are unions; returns come themselves, the other
two in a `...Success`. What the guide does not show (`order`, errors of refunds, the input for the next page) is
unconfirmed; PolicyHoldError is ours, for a member of the union that no client knows.
"""

_SHARED = """
scalar DateTime
enum SortOrder { ASC DESC }
type CodeText { code: String! displayText: String }
type Pagination { nextCursor: String previousCursor: String }
type Buyer { username: String }
type OrderReference { orderId: ID! }
type OrderLineItem { orderLineItemId: ID! }
type SellerActions { primaryActions: [CodeText!]! }
type Refund { refundId: ID! refundStatus: String! }
input DateTimeRange { startDateTime: DateTime! endDateTime: DateTime! }
input PageCursor { pageCursor: String! }
input AmountInput { value: String! currency: String! }
input ShippingCarrierInput { carrierCode: String unsupportedCarrierName: String }
input TrackingInput { trackingNumber: String! shippingCarrier: ShippingCarrierInput! }
enum CasePreset {
  AWAITING_ACTION_FROM_SELLER AWAITING_ACTION_FROM_BUYER AWAITING_ACTION_FROM_EBAY IN_PROGRESS CLOSED
}
type RefundProcessingError { errorCode: String! errorMessage: String! }
type PolicyHoldError { errorCode: String! errorMessage: String! }
"""

_RETURNS = """
type ReturnLineItem {
  returnLineItemId: ID! orderLineItem: OrderLineItem! returnReason: CodeText requestedQuantity: Int!
}
type OrderReturn {
  returnId: ID! order: OrderReference! status: CodeText! requestedAt: DateTime! closedAt: DateTime buyer: Buyer
  returnLineItems: [ReturnLineItem!]! refunds: [Refund!]! sellerAvailableActions: SellerActions
}
type SellerOrderReturns { orderReturns: [OrderReturn!]! pagination: Pagination! }
type ReturnNotFoundError { errorCode: String! errorMessage: String! }
type ReturnActionNotPermittedError { errorCode: String! errorMessage: String! }
union OrderReturnResult = OrderReturn | ReturnNotFoundError
union ReturnActionResult =
  OrderReturn | ReturnNotFoundError | ReturnActionNotPermittedError | RefundProcessingError | PolicyHoldError
enum ReturnSortField { REQUESTED_AT }
enum OfflineReturnLabelChannel { COMMUNICATED_TO_BUYER RETURN_LABEL_IN_THE_BOX }
enum WithholdReturnRefundReason {
  RETURNED_IN_DAMAGED_CONDITION RETURNED_IN_USED_CONDITION RETURNED_WITH_MISSING_PARTS
}
input OrderReturnInput { returnId: ID! }
input ReturnFilter { presets: [CasePreset!] createdBetween: DateTimeRange }
input ReturnSort { sortField: ReturnSortField! sortOrder: SortOrder! }
input ReturnInitialPage { filter: ReturnFilter sort: ReturnSort }
input SellerOrderReturnsInput { initialPage: ReturnInitialPage pagination: PageCursor }
input ApproveReturnInput { returnId: ID! approvalNote: String }
input DeclineReturnInput { returnId: ID! declinationNote: String }
input ReturnRefundWithholding {
  returnLineItemId: ID! withholdReturnRefundReason: WithholdReturnRefundReason! withheldAmount: AmountInput!
}
input ProcessReturnRefundInput { returnId: ID! returnLineItemRefundWithholdings: [ReturnRefundWithholding!] }
input RecordReturnReceivedInput { returnId: ID! }
input KeepItemInput { returnId: ID! partialRefundAmount: AmountInput! }
input SendReturnMessageInput { returnId: ID! message: String! }
input SubmitReturnReferralInput { returnId: ID! referralReasonCode: String! }
input ReturnShipmentLabel { documentId: ID! shippingCarrier: ShippingCarrierInput! trackingNumber: String }
input AttachReturnShipmentLabelInput { returnId: ID! returnShipmentLabels: [ReturnShipmentLabel!]! }
input RecordReturnLabelSentOfflineInput {
  returnId: ID! offlineReturnLabelChannel: OfflineReturnLabelChannel! trackings: [TrackingInput!]
}
input ProvideRmaNumberInput { returnId: ID! rmaNumber: String rmaRequirementWaived: Boolean! }
"""

_CANCELLATIONS = """
type ContractCancellation {
  cancellationId: ID! order: OrderReference! status: CodeText! reason: CodeText requestedAt: DateTime!
  closedAt: DateTime buyer: Buyer sellerAvailableActions: SellerActions
}
type SellerContractCancellationsSuccess { contractCancellations: [ContractCancellation!]! pagination: Pagination! }
type ContractCancellationSuccess { contractCancellation: ContractCancellation! }
type ApproveContractCancellationSuccess { contractCancellation: ContractCancellation! }
type DeclineContractCancellationSuccess { contractCancellation: ContractCancellation! }
type CreateOrderCancellationSuccess { contractCancellation: ContractCancellation! }
type ContractCancellationNotFoundError { errorCode: String! errorMessage: String! }
type ContractCancellationActionNotPermittedError { errorCode: String! errorMessage: String! }
type ContractCancellationInvalidDateRangeError { errorCode: String! errorMessage: String! }
type OrderNotFoundError { errorCode: String! errorMessage: String! }
type OrderCancellationEligibilityError { errorCode: String! errorMessage: String! }
union ContractCancellationResult = ContractCancellationSuccess | ContractCancellationNotFoundError
union SellerContractCancellationsResult =
  SellerContractCancellationsSuccess | ContractCancellationInvalidDateRangeError
union ApproveContractCancellationResult =
  ApproveContractCancellationSuccess | ContractCancellationNotFoundError | ContractCancellationActionNotPermittedError
  | RefundProcessingError | PolicyHoldError
union DeclineContractCancellationResult =
  DeclineContractCancellationSuccess | ContractCancellationNotFoundError | ContractCancellationActionNotPermittedError
  | PolicyHoldError
union CreateOrderCancellationResult =
  CreateOrderCancellationSuccess | OrderNotFoundError | OrderCancellationEligibilityError
enum CancellationStatus { AWAITING_ACTION_FROM_SELLER PENDING DECLINED COMPLETED }
enum CancellationSortField { REQUESTED_AT }
enum ContractCancellationReason { BUYER_REQUESTED OUT_OF_STOCK SHIPPING_ADDRESS_ISSUES UNPAID_CONTRACT }
input ContractCancellationInput { cancellationId: ID! }
input CancellationFilter { statuses: [CancellationStatus!] createdBetween: DateTimeRange }
input CancellationSort { sortField: CancellationSortField! sortOrder: SortOrder! }
input CancellationInitialPage { filter: CancellationFilter sort: CancellationSort }
input SellerContractCancellationsInput { initialPage: CancellationInitialPage pagination: PageCursor }
input ApproveContractCancellationInput { cancellationId: ID! relistAllItems: Boolean }
input FulfillmentDetails { shippedAt: DateTime shipmentTrackingDetails: [TrackingInput!] }
input DeclineContractCancellationInput { cancellationId: ID! fulfillmentDetails: FulfillmentDetails }
input CreateOrderCancellationInput {
  orderId: ID! contractCancellationReason: ContractCancellationReason! relistAllItems: Boolean
}
"""

_INQUIRIES = """
type InquiryLineItem { inquiryLineItemId: ID! orderLineItem: OrderLineItem! quantity: Int! }
type OrderInquiry {
  inquiryId: ID! order: OrderReference! status: CodeText! createdAt: DateTime! closedAt: DateTime buyer: Buyer
  lineItems: [InquiryLineItem!]! refunds: [Refund!]! sellerAvailableActions: SellerActions
}
type SellerOrderInquiries { inquiries: [OrderInquiry!]! pagination: Pagination! }
type OrderInquirySuccess { orderInquiry: OrderInquiry! }
type ProvideShipmentInfoForItemNotReceivedInquirySuccess { orderInquiry: OrderInquiry! }
type ProcessOrderInquiryRefundSuccess { orderInquiry: OrderInquiry! }
type SendOrderInquiryMessageSuccess { orderInquiry: OrderInquiry! }
type SubmitOrderInquiryReferralSuccess { orderInquiry: OrderInquiry! }
type OrderInquiryNotFoundError { errorCode: String! errorMessage: String! }
type OrderInquiryActionNotPermittedError { errorCode: String! errorMessage: String! }
type OrderInquiryInvalidSearchInputError { errorCode: String! errorMessage: String! }
type ProvideShipmentInfoForInquiryInputValidationError { errorCode: String! errorMessage: String! }
union OrderInquiryResult = OrderInquirySuccess | OrderInquiryNotFoundError
union SellerOrderInquiriesResult = SellerOrderInquiries | OrderInquiryInvalidSearchInputError
union InquiryActionResult =
  ProvideShipmentInfoForItemNotReceivedInquirySuccess | ProcessOrderInquiryRefundSuccess
  | SendOrderInquiryMessageSuccess | SubmitOrderInquiryReferralSuccess | OrderInquiryNotFoundError
  | OrderInquiryActionNotPermittedError | ProvideShipmentInfoForInquiryInputValidationError | RefundProcessingError
  | PolicyHoldError
enum InquirySortField { CREATED_AT }
input OrderInquiryInput { inquiryId: ID! }
input InquiryFilter { presets: [CasePreset!] createdBetween: DateTimeRange }
input InquirySort { sortField: InquirySortField! sortOrder: SortOrder! }
input InquiryInitialPage { filter: InquiryFilter sort: InquirySort }
input SellerOrderInquiriesInput { initialPage: InquiryInitialPage pageInfo: PageCursor pagination: PageCursor }
input ProvideShipmentInfoInput { inquiryId: ID! trackings: [TrackingInput!]! }
input ProcessOrderInquiryRefundInput { inquiryId: ID! }
input SendOrderInquiryMessageInput { inquiryId: ID! message: String! }
input SubmitOrderInquiryReferralInput { inquiryId: ID! referralReasonCode: String! }
"""

_ROOTS = """
type Query {
  orderReturn(input: OrderReturnInput!): OrderReturnResult
  sellerOrderReturns(input: SellerOrderReturnsInput!): SellerOrderReturns
  contractCancellation(input: ContractCancellationInput!): ContractCancellationResult
  sellerContractCancellations(input: SellerContractCancellationsInput!): SellerContractCancellationsResult
  orderInquiry(input: OrderInquiryInput!): OrderInquiryResult
  sellerOrderInquiries(input: SellerOrderInquiriesInput!): SellerOrderInquiriesResult
}
type Mutation {
  approveReturn(input: ApproveReturnInput!): ReturnActionResult
  declineReturn(input: DeclineReturnInput!): ReturnActionResult
  processReturnRefund(input: ProcessReturnRefundInput!): ReturnActionResult
  recordReturnReceived(input: RecordReturnReceivedInput!): ReturnActionResult
  proposeKeepItemWithPartialRefund(input: KeepItemInput!): ReturnActionResult
  sendReturnMessage(input: SendReturnMessageInput!): ReturnActionResult
  submitReturnReferral(input: SubmitReturnReferralInput!): ReturnActionResult
  attachReturnShipmentLabel(input: AttachReturnShipmentLabelInput!): ReturnActionResult
  recordReturnLabelSentOffline(input: RecordReturnLabelSentOfflineInput!): ReturnActionResult
  provideRmaNumber(input: ProvideRmaNumberInput!): ReturnActionResult
  approveContractCancellation(input: ApproveContractCancellationInput!): ApproveContractCancellationResult
  declineContractCancellation(input: DeclineContractCancellationInput!): DeclineContractCancellationResult
  createOrderCancellation(input: CreateOrderCancellationInput!): CreateOrderCancellationResult
  provideShipmentInfoForItemNotReceivedInquiry(input: ProvideShipmentInfoInput!): InquiryActionResult
  processOrderInquiryRefund(input: ProcessOrderInquiryRefundInput!): InquiryActionResult
  sendOrderInquiryMessage(input: SendOrderInquiryMessageInput!): InquiryActionResult
  submitOrderInquiryReferral(input: SubmitOrderInquiryReferralInput!): InquiryActionResult
}
"""
SDL = _SHARED + _RETURNS + _CANCELLATIONS + _INQUIRIES + _ROOTS
