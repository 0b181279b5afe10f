"""Owns how an order of the API comes out of what was sold: sums, statuses, buyer; must not keep one."""

from dataclasses import dataclass
from typing import Any

from sandbox.ebay.orders.amounts import Purse
from sandbox.ebay.orders.shelf import instant

Object = dict[str, Any]
# Of the total; eBay's own fees differ by category.
_FEE = 0.11
_STREETS = ("Lindenweg", "Hafenstrasse", "Mill Lane", "Cedar Road", "Rue du Port")


@dataclass(frozen=True, slots=True)
class LinePlan:
    line_id: str
    listing_id: str
    sku: str
    title: str
    quantity: int
    unit_cents: int

    @property
    def cents(self) -> int:
        return self.quantity * self.unit_cents


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """Cents of the seller's currency, each 0 or more: discounts and the adjustment are taken off.

    `collected_cents` is tax that eBay collects and remits itself: in the total, and in no refund.
    """

    order_id: str
    created_s: int
    marketplace: str
    purse: Purse
    seller: str
    buyer: str
    lines: tuple[LinePlan, ...]
    delivery_cents: int = 0
    discount_cents: int = 0
    delivery_discount_cents: int = 0
    tax_cents: int = 0
    adjustment_cents: int = 0
    collected_cents: int = 0
    is_paid: bool = True

    @property
    def subtotal(self) -> int:
        return sum(line.cents for line in self.lines)

    @property
    def due_seller(self) -> int:
        taken_off = self.discount_cents + self.delivery_discount_cents + self.adjustment_cents
        return self.subtotal + self.delivery_cents + self.tax_cents - taken_off


def made_order(plan: OrderPlan) -> Object:
    """As the API shows it, and with names of ours that begin with an underscore."""
    created = instant(plan.created_s)
    order: Object = {
        "orderId": plan.order_id,
        "legacyOrderId": plan.order_id,
        "creationDate": created,
        "lastModifiedDate": created,
        "orderFulfillmentStatus": "NOT_STARTED",
        "orderPaymentStatus": "PENDING",
        "sellerId": plan.seller,
        "buyer": _buyer(plan),
        "pricingSummary": _pricing(plan),
        "cancelStatus": {"cancelState": "NONE_REQUESTED", "cancelRequests": []},
        "paymentSummary": {
            "totalDueSeller": plan.purse.shows(plan.due_seller),
            "refunds": [],
            "payments": [_payment(plan)],
        },
        "fulfillmentStartInstructions": [
            {"fulfillmentInstructionsType": "SHIP_TO", "shippingStep": {"shipTo": _address(plan)}}
        ],
        "fulfillmentHrefs": [],
        "lineItems": [_line(plan, line, place) for place, line in enumerate(plan.lines)],
        "ebayCollectAndRemitTax": plan.collected_cents > 0,
        "salesRecordReference": plan.order_id[-5:],
        "totalFeeBasisAmount": plan.purse.shows(plan.due_seller),
        "_created_s": plan.created_s,
        "_modified_s": plan.created_s,
        "_due_cents": plan.due_seller,
    }
    if plan.is_paid:
        mark_paid(order, plan.purse)
    return order


def mark_paid(order: Object, purse: Purse) -> None:
    """Only a paid order has a fee."""
    order["orderPaymentStatus"] = "PAID"
    order["totalMarketplaceFee"] = purse.shows(round(order["_due_cents"] * _FEE))
    for payment in order["paymentSummary"]["payments"]:
        payment["paymentStatus"], payment["paymentDate"] = "PAID", order["lastModifiedDate"]


def _pricing(plan: OrderPlan) -> Object:
    shows = plan.purse.shows
    found = {"priceSubtotal": shows(plan.subtotal), "deliveryCost": shows(plan.delivery_cents)}
    taken_off = {
        "priceDiscount": plan.discount_cents,
        "deliveryDiscount": plan.delivery_discount_cents,
        "adjustment": plan.adjustment_cents,
    }
    found |= {name: shows(-cents) for name, cents in taken_off.items() if cents}
    if plan.tax_cents:
        found["tax"] = shows(plan.tax_cents)
    return found | {"total": shows(plan.due_seller + plan.collected_cents)}


def _payment(plan: OrderPlan) -> Object:
    return {
        "paymentMethod": "EBAY",
        "paymentReferenceId": f"P{plan.order_id}",
        "amount": plan.purse.shows(plan.due_seller),
        "paymentStatus": "PENDING",
    }


def _line(plan: OrderPlan, line: LinePlan, place: int) -> Object:
    shows = plan.purse.shows
    delivery = plan.delivery_cents if place == 0 else 0
    found: Object = {
        "lineItemId": line.line_id,
        "legacyItemId": line.listing_id,
        "sku": line.sku,
        "title": line.title,
        "quantity": line.quantity,
        "soldFormat": "FIXED_PRICE",
        "listingMarketplaceId": plan.marketplace,
        "purchaseMarketplaceId": plan.marketplace,
        "lineItemFulfillmentStatus": "NOT_STARTED",
        "lineItemCost": shows(line.cents),
        "deliveryCost": {"shippingCost": shows(delivery)},
        "total": shows(line.cents + delivery),
        "refunds": [],
        "taxes": [],
        "appliedPromotions": [],
    }
    if plan.discount_cents and place == 0:
        found["discountedLineItemCost"] = shows(line.cents - plan.discount_cents)
    if plan.collected_cents and place == 0:
        collected = {"taxType": "VAT", "collectionMethod": "NET", "amount": shows(plan.collected_cents)}
        found["ebayCollectAndRemitTaxes"] = [collected]
    return found


def _buyer(plan: OrderPlan) -> Object:
    country = plan.marketplace[-2:]
    return {
        "username": plan.buyer,
        "taxAddress": {"countryCode": country},
        "buyerRegistrationAddress": _address(plan),
    }


def _address(plan: OrderPlan) -> Object:
    mark = sum(plan.buyer.encode())
    return {
        "fullName": plan.buyer.replace("_", " ").title(),
        "contactAddress": {
            "addressLine1": f"{_STREETS[mark % len(_STREETS)]} {mark % 90 + 1}",
            "city": "Sandbox",
            "postalCode": f"{mark % 90000 + 10000}",
            "countryCode": plan.marketplace[-2:],
        },
        "email": f"{plan.buyer}@members.ebay.example",
    }
