"""Owns reading what was sold."""

from sandbox.vinted.calls import VintedCall, VintedReply, VintedRoute, paged
from sandbox.vinted.errors import missing, wrong
from sandbox.vinted.sales.records import Sale
from sandbox.vinted.sales.shapes import asked_sale, listed_sale, shown_sale, stage_of
from sandbox.vinted.state import VintedSandbox

_TYPES, _STATUSES = ("sold", "purchased"), ("all", "in_progress", "completed", "cancelled")


def list_orders(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """The newest first. Members of the sandbox buy nothing."""
    kind, status = call.query.get("type", "sold"), call.query.get("status", "all")
    if kind not in _TYPES:
        raise wrong("type", "There are no such orders.")
    if status not in _STATUSES:
        raise wrong("status", "There are no such orders.")
    member = call.member
    sales = [
        sale for sale in member.sales.values() if kind == "sold" and (status == "all" or stage_of(sale).group == status)
    ]
    rows = sorted(sales, key=lambda sale: (-sale.placed_s, -sale.transaction_id))

    def show(sale: Sale) -> dict[str, object] | None:
        return None if sale.is_hole else listed_sale(member, sale)

    return paged("my_orders", rows, call, show)


def read_transaction(_sandbox: VintedSandbox, call: VintedCall) -> VintedReply:
    """Of who takes part in it; of all others it is not there. Nothing may have been bought yet."""
    member, number = call.member, call.id("transaction_id")
    if number in member.sales:
        return VintedReply({"transaction": shown_sale(member, member.sales[number]), "code": 0})
    talk = next((talk for talk in member.talks.values() if talk.transaction_id == number), None)
    if talk is None:
        raise missing()
    return VintedReply({"transaction": asked_sale(member, talk), "code": 0})


CALLS = (
    VintedRoute("GET", "/my_orders", "orders.list", list_orders),
    VintedRoute("GET", "/transactions/{transaction_id}", "transactions.read", read_transaction),
)
