"""Owns which programs a seller takes part in, and what eBay lets the seller sell."""

import msgspec

from sandbox.ebay.account.problems import INVALID_PROGRAM, OPTED_IN
from sandbox.ebay.calls import CallRoute, EbayCall, EbayReply
from sandbox.ebay.errors import EbayRefusal
from sandbox.ebay.state import EbaySandbox

POLICIES = "SELLING_POLICY_MANAGEMENT"


class _Program(msgspec.Struct):
    program_type: str = msgspec.field(name="programType")


def opt_in(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    seller = call.shop.seller
    if call.read(_Program).program_type != POLICIES:
        raise EbayRefusal(INVALID_PROGRAM)
    if seller.is_opted_in:
        raise EbayRefusal(OPTED_IN)
    seller.is_opted_in = True
    return EbayReply({})


def list_programs(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    return EbayReply({"programs": [{"programType": POLICIES}] if call.shop.seller.is_opted_in else []})


def read_privileges(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    amount = {"value": "100000.00", "currency": call.shop.seller.currency}
    limit = {"amount": amount, "quantity": 10_000}
    return EbayReply({"sellerRegistrationCompleted": True, "sellingLimit": limit})


_READS = ("sell.account", "sell.account.readonly")
CALLS = (
    CallRoute("POST", "/sell/account/v1/program/opt_in", "account.opt_in", ("sell.account",), opt_in),
    CallRoute("GET", "/sell/account/v1/program/get_opted_in_programs", "account.programs", _READS, list_programs),
    CallRoute("GET", "/sell/account/v1/privilege", "account.privileges", _READS, read_privileges),
)
