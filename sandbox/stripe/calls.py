"""Owns what each call of the API does; must not speak HTTP nor check credentials."""

from collections.abc import Callable
from typing import Any

from sandbox.stripe import subscriptions
from sandbox.stripe.ledger import Ledger, Object, made_id
from sandbox.stripe.subscriptions import shown_price

Params = dict[str, Any]
Call = Callable[[Ledger, str, Params], Object]
SESSION_LIFE_S = 24 * 3600


class Refusal(Exception):
    """Stripe's error object; `status` is the answer's."""

    def __init__(self, message: str, *, status: int = 400, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": "invalid_request_error", "message": message, "code": code, "param": param}


def missing(kind: str, object_id: str) -> Refusal:
    return Refusal(f"No such {kind}: '{object_id}'", status=404, code="resource_missing", param="id")


def customer_of(ledger: Ledger, customer_id: str | None) -> Object:
    customer = ledger.book.customers.get(customer_id or "")
    if customer is None or customer.get("deleted"):
        raise Refusal(f"No such customer: '{customer_id}'", code="resource_missing", param="customer")
    return customer


def listed(data: list[Object], url: str) -> Object:
    return {"object": "list", "data": data, "has_more": False, "url": url}


def create_customer(ledger: Ledger, _id: str, params: Params) -> Object:
    customer_id, metadata = made_id("cus"), dict[str, Any](params.get("metadata") or {})
    customer = {
        "id": customer_id,
        "object": "customer",
        "created": ledger.now,
        "livemode": False,
        "name": params.get("name"),
        "email": params.get("email"),
        "metadata": metadata,
    }
    ledger.book.customers[customer_id] = customer
    ledger.tell("customer.created", customer)
    gift = ledger.prices.get(ledger.config.gifts.get(str(params.get("name")), ""))
    if gift is not None:
        subscriptions.subscribe(ledger, customer_id, gift, metadata=metadata)
    return customer


def retrieve_customer(ledger: Ledger, customer_id: str, _params: Params) -> Object:
    if customer_id not in ledger.book.customers:
        raise missing("customer", customer_id)
    return ledger.book.customers[customer_id]


def delete_customer(ledger: Ledger, customer_id: str, _params: Params) -> Object:
    """Ends its subscriptions, too."""
    customer = customer_of(ledger, customer_id)
    for each in subscriptions.of_customer(ledger, customer_id):
        if subscriptions.is_live(each):
            subscriptions.cancel(ledger, each["id"])
    ledger.tell("customer.deleted", customer)
    gone = {"id": customer_id, "object": "customer", "deleted": True}
    ledger.book.customers[customer_id] = gone
    return gone


def list_prices(ledger: Ledger, _id: str, _params: Params) -> Object:
    return listed([shown_price(price) for price in ledger.config.prices], "/v1/prices")


def retrieve_price(ledger: Ledger, price_id: str, _params: Params) -> Object:
    if price_id not in ledger.prices:
        raise missing("price", price_id)
    return shown_price(ledger.prices[price_id])


def list_subscriptions(ledger: Ledger, _id: str, params: Params) -> Object:
    customer_id, status = params.get("customer", ""), params.get("status")
    if customer_id not in ledger.book.customers:
        raise Refusal(f"No such customer: '{customer_id}'", code="resource_missing", param="customer")
    found = subscriptions.of_customer(ledger, customer_id)
    if status is None:
        found = [each for each in found if each["status"] != "canceled"]
    elif status != "all":
        found = [each for each in found if each["status"] == status]
    return listed(found[: params.get("limit", 10)], "/v1/subscriptions")


def retrieve_subscription(ledger: Ledger, subscription_id: str, _params: Params) -> Object:
    if subscription_id not in ledger.book.subscriptions:
        raise missing("subscription", subscription_id)
    return ledger.book.subscriptions[subscription_id]


def create_checkout(ledger: Ledger, _id: str, params: Params) -> Object:
    if params.get("mode") != "subscription" or not params.get("success_url"):
        raise Refusal("This sandbox sells subscriptions alone, with a success_url.", param="mode")
    customer_of(ledger, params.get("customer"))
    items = params.get("line_items") or []
    if len(items) != 1 or items[0].get("price") not in ledger.prices:
        raise Refusal("Give one line item with a price of this sandbox.", code="resource_missing", param="line_items")
    session_id = made_id("cs_test")
    session = {
        "id": session_id,
        "object": "checkout.session",
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "created": ledger.now,
        "customer": params["customer"],
        "expires_at": ledger.now + SESSION_LIFE_S,
        "livemode": False,
        "mode": "subscription",
        "payment_status": "unpaid",
        "status": "open",
        "subscription": None,
        "success_url": params["success_url"],
        "url": f"{ledger.url}/pay/{session_id}",
        "_price": items[0]["price"],
        "_subscription_data": params.get("subscription_data") or {},
    }
    ledger.book.checkouts[session_id] = session
    return session


def retrieve_checkout(ledger: Ledger, session_id: str, _params: Params) -> Object:
    if session_id not in ledger.book.checkouts:
        raise missing("checkout.session", session_id)
    return ledger.book.checkouts[session_id]


def expire_checkout(ledger: Ledger, session_id: str, _params: Params) -> Object:
    session = retrieve_checkout(ledger, session_id, {})
    if session["status"] != "open":
        raise Refusal(f"Only open sessions can be expired; this one is {session['status']}.")
    session |= {"status": "expired", "url": None}
    ledger.tell("checkout.session.expired", session)
    return session


def pay_checkout(ledger: Ledger, session_id: str) -> Object:
    """What a click on the page does; raises Refusal for one that is not open any more."""
    session = retrieve_checkout(ledger, session_id, {})
    if session["status"] == "open" and ledger.now >= session["expires_at"]:
        expire_checkout(ledger, session_id, {})
    if session["status"] != "open":
        raise Refusal("This page was used or has expired.")
    data, price = session["_subscription_data"], ledger.prices[session["_price"]]
    bought = subscriptions.subscribe(
        ledger,
        session["customer"],
        price,
        trial_days=data.get("trial_period_days", 0),
        metadata=data.get("metadata"),
    )
    session |= {"status": "complete", "payment_status": "paid", "subscription": bought["id"], "url": None}
    ledger.tell("checkout.session.completed", session)
    return session


def create_portal(ledger: Ledger, _id: str, params: Params) -> Object:
    customer_of(ledger, params.get("customer"))
    session_id = made_id("bps")
    session = {
        "id": session_id,
        "object": "billing_portal.session",
        "created": ledger.now,
        "customer": params["customer"],
        "livemode": False,
        "return_url": params.get("return_url"),
        "url": f"{ledger.url}/portal/{session_id}",
    }
    ledger.book.portals[session_id] = session
    return session


# Method, path and the name of its parameters.
ROUTES: tuple[tuple[str, str, str, Call], ...] = (
    ("POST", "/v1/customers", "customers.create", create_customer),
    ("GET", "/v1/customers/{id}", "customers.retrieve", retrieve_customer),
    ("DELETE", "/v1/customers/{id}", "customers.delete", delete_customer),
    ("GET", "/v1/prices", "prices.list", list_prices),
    ("GET", "/v1/prices/{id}", "prices.retrieve", retrieve_price),
    ("GET", "/v1/subscriptions", "subscriptions.list", list_subscriptions),
    ("GET", "/v1/subscriptions/{id}", "subscriptions.retrieve", retrieve_subscription),
    ("POST", "/v1/checkout/sessions", "checkout.create", create_checkout),
    ("GET", "/v1/checkout/sessions/{id}", "checkout.retrieve", retrieve_checkout),
    ("POST", "/v1/checkout/sessions/{id}/expire", "checkout.expire", expire_checkout),
    ("POST", "/v1/billing_portal/sessions", "portal.create", create_portal),
)
