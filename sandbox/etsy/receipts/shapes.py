"""Owns how a receipt, its lines and its payment look in answers; must not change them."""

from typing import Any

from sandbox.etsy.listings.shapes import shown_text
from sandbox.etsy.receipts.records import Buyer, Receipt, SoldLine
from sandbox.etsy.shops import EtsyShop
from sandbox.etsy.state import EtsySandbox

Object = dict[str, Any]
_TOWN, _ZIP = "Sandbox", "10115"


def status_of(receipt: Receipt) -> str:
    """As answers write it: with capitals, though Etsy's documentation has none."""
    if receipt.status is not None:
        return receipt.status
    if receipt.is_canceled:
        return "Canceled"
    if receipt.refunds:
        return "Fully Refunded" if receipt.refunded >= receipt.total else "Partially Refunded"
    if not receipt.is_paid:
        return "Payment Processing"
    return "Completed" if receipt.is_shipped else "Paid"


def shown_receipt(sandbox: EtsySandbox, shop: EtsyShop, receipt: Receipt) -> Object:
    found: Object = {
        "receipt_id": receipt.receipt_id,
        "receipt_type": 0,
        "seller_user_id": shop.seller.user_id,
        "seller_email": None,
        "status": status_of(receipt),
        "payment_method": "cc",
        "payment_email": None,
        "message_from_seller": None,
        "message_from_buyer": None,
        "message_from_payment": None,
        "is_paid": receipt.is_paid,
        "is_shipped": receipt.is_shipped,
        "create_timestamp": receipt.created_s,
        "created_timestamp": receipt.created_s,
        "update_timestamp": receipt.updated_s,
        "updated_timestamp": receipt.updated_s,
        "is_gift": receipt.gift_wrap > 0,
        "gift_message": "",
        "gift_sender": "",
        "shipments": _shipments(receipt),
        "transactions": shown_transactions(sandbox, shop, receipt),
        "refunds": _refunds(shop, receipt),
    }
    return found | _recipient(receipt.buyer) | _sums(shop, receipt) | receipt.shown


def _recipient(buyer: Buyer) -> Object:
    street = f"{buyer.user_id % 90 + 1} Mill Lane"
    return {
        "buyer_user_id": buyer.user_id,
        "buyer_email": buyer.email,
        "name": buyer.name,
        "first_line": street,
        "second_line": None,
        "city": _TOWN,
        "state": None,
        "zip": _ZIP,
        "formatted_address": f"{buyer.name}\n{street}\n{_ZIP} {_TOWN}\n{buyer.country}",
        "country_iso": buyer.country,
    }


def _sums(shop: EtsyShop, receipt: Receipt) -> Object:
    shows = shop.purse.shows
    return {
        "grandtotal": shows(receipt.total),
        "subtotal": shows(receipt.subtotal),
        "total_price": shows(receipt.price),
        "total_shipping_cost": shows(receipt.shipping),
        "total_tax_cost": shows(receipt.tax),
        "total_vat_cost": shows(receipt.vat),
        "discount_amt": shows(receipt.discount),
        "gift_wrap_price": shows(receipt.gift_wrap),
    }


def shown_transactions(sandbox: EtsySandbox, shop: EtsyShop, receipt: Receipt) -> list[Object]:
    return [_transaction(sandbox, shop, receipt, line=line) for line in receipt.lines]


def _transaction(sandbox: EtsySandbox, shop: EtsyShop, receipt: Receipt, *, line: SoldLine) -> Object:
    paid_s = receipt.created_s if receipt.is_paid else None
    shipped_s = receipt.parcels[0].notified_s if receipt.parcels else None
    return {
        "transaction_id": line.transaction_id,
        "title": shown_text(sandbox, line.title),
        "description": "",
        "seller_user_id": shop.seller.user_id,
        "buyer_user_id": receipt.buyer.user_id,
        "create_timestamp": receipt.created_s,
        "created_timestamp": receipt.created_s,
        "paid_timestamp": paid_s,
        "shipped_timestamp": shipped_s,
        "quantity": line.quantity,
        "listing_image_id": None,
        "receipt_id": receipt.receipt_id,
        "is_digital": False,
        "file_data": "",
        "listing_id": line.listing_id,
        "transaction_type": "listing",
        "product_id": line.product_id,
        "sku": line.sku,
        "price": shop.purse.shows(line.unit),
        "shipping_cost": shop.purse.shows(line.shipping),
        "variations": line.variations,
        "product_data": [],
        "shipping_profile_id": None,
        "min_processing_days": 1,
        "max_processing_days": 2,
        "shipping_method": None,
        "shipping_upgrade": None,
        "expected_ship_date": receipt.created_s + 2 * 86_400,
        "buyer_coupon": 0,
        "shop_coupon": 0,
    }


def shown_payment(shop: EtsyShop, receipt: Receipt) -> Object | None:
    """None for a receipt without one, which a fresh one is, or one that was paid elsewhere."""
    if receipt.fees is None or not receipt.is_paid:
        return None
    shows, net = shop.purse.shows, receipt.total - receipt.fees
    adjusted = receipt.total - receipt.refunded
    found: Object = {
        "payment_id": receipt.receipt_id * 7 % 10**10,
        "buyer_user_id": receipt.buyer.user_id,
        "shop_id": shop.shop_id,
        "receipt_id": receipt.receipt_id,
        "amount_gross": shows(receipt.total),
        "amount_fees": shows(receipt.fees),
        "amount_net": shows(net),
        "posted_gross": shows(receipt.total),
        "posted_fees": shows(receipt.fees),
        "posted_net": shows(net),
        "adjusted_gross": shows(adjusted) if receipt.refunds else None,
        "adjusted_fees": shows(receipt.fees) if receipt.refunds else None,
        "adjusted_net": shows(adjusted - receipt.fees) if receipt.refunds else None,
        "currency": shop.seller.currency,
        "shop_currency": shop.seller.currency,
        "buyer_currency": shop.seller.currency,
        "shipping_user_id": receipt.buyer.user_id,
        "shipping_address_id": receipt.buyer.user_id,
        "billing_address_id": receipt.buyer.user_id,
        "status": "settled",
        "shipped_timestamp": receipt.parcels[0].notified_s if receipt.parcels else None,
        "create_timestamp": receipt.created_s,
        "created_timestamp": receipt.created_s,
        "update_timestamp": receipt.updated_s,
        "updated_timestamp": receipt.updated_s,
        "payment_adjustments": [],
    }
    return found


def _shipments(receipt: Receipt) -> list[Object]:
    return [
        {
            "receipt_shipping_id": parcel.receipt_shipping_id,
            "shipment_notification_timestamp": parcel.notified_s,
            "carrier_name": parcel.carrier,
            "tracking_code": parcel.tracking_code,
        }
        for parcel in receipt.parcels
    ]


def _refunds(shop: EtsyShop, receipt: Receipt) -> list[Object]:
    return [
        {
            "amount": shop.purse.shows(refund.amount),
            "created_timestamp": refund.created_s,
            "reason": refund.reason,
            "note_from_issuer": refund.note,
            "status": refund.status,
        }
        for refund in receipt.refunds
    ]
