"""Owns subscriptions: whose they are, which token may make them, and the message that tests one."""

import msgspec

from sandbox.ebay.calls import NO_CONTENT, CallRoute, EbayCall, EbayReply
from sandbox.ebay.notifications.announcing import NoticeMode, prepared
from sandbox.ebay.notifications.calls import ROOT
from sandbox.ebay.notifications.records import TopicSubscription
from sandbox.ebay.notifications.topics import SCHEMA_VERSION, TOPICS
from sandbox.ebay.problems import refusal
from sandbox.ebay.state import EbaySandbox

_WRITES = ("", "commerce.notification.subscription")
_READS = (*_WRITES, "commerce.notification.subscription.readonly")
_STATUSES = ("ENABLED", "DISABLED")
_FEWEST, _DEFAULT, _MOST = 10, 20, 100


class _Payload(msgspec.Struct, rename="camel"):
    format: str | None = None
    schema_version: str | None = None
    delivery_protocol: str | None = None


class _SubscriptionOrder(msgspec.Struct, rename="camel"):
    topic_id: str | None = None
    status: str | None = None
    payload: _Payload = msgspec.field(default_factory=_Payload)
    destination_id: str | None = None


def create_subscription(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    book, wanted = sandbox.book.notices, call.read(_SubscriptionOrder)
    topic = TOPICS.get(wanted.topic_id or "")
    if topic is None:
        raise refusal(195027)
    status, destination_id = _check(sandbox, wanted)
    if call.token is None or not topic.is_open_to(call.token):
        raise refusal(195011)
    if book.alert_email is None:
        raise refusal(195003)
    owner = _owner(call)
    if any(each.topic == topic.id and each.seller_id == owner for each in book.subscriptions.values()):
        raise refusal(195012)
    number = f"sub-{sandbox.number()}"
    book.subscriptions[number] = TopicSubscription(number, topic.id, status, destination_id, owner, sandbox.now_text())
    return EbayReply(None, 201, {"Location": f"{sandbox.url}{ROOT}/subscription/{number}"})


def put_subscription(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    found = _subscription_of(sandbox, call)
    found.status, found.destination_id = _check(sandbox, call.read(_SubscriptionOrder))
    return NO_CONTENT


def list_subscriptions(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """An app sees its own, a seller's token those of that seller."""
    limit, start = call.query.get("limit", str(_DEFAULT)), call.query.get("continuation_token", "0")
    if not limit.isdigit() or not _FEWEST <= int(limit) <= _MOST:
        raise refusal(195004)
    if not start.isdigit():
        raise refusal(195005)
    mine = [each for each in sandbox.book.notices.subscriptions.values() if each.seller_id == _owner(call)]
    end = int(start) + int(limit)
    path = f"{sandbox.url}{call.path}"
    page: dict[str, object] = {
        "href": path,
        "total": len(mine),
        "limit": int(limit),
        "subscriptions": [_shown(each) for each in mine[int(start) : end]],
    }
    if end < len(mine):
        page["next"] = f"{path}?limit={limit}&continuation_token={end}"
    return EbayReply(page)


def get_subscription(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    return EbayReply(_shown(_subscription_of(sandbox, call)))


def delete_subscription(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    del sandbox.book.notices.subscriptions[_subscription_of(sandbox, call).id]
    return NO_CONTENT


def enable_subscription(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    found = _subscription_of(sandbox, call)
    if sandbox.book.notices.destinations[found.destination_id].status != "ENABLED":
        raise refusal(195015)
    found.status = "ENABLED"
    return NO_CONTENT


def disable_subscription(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    _subscription_of(sandbox, call).status = "DISABLED"
    return NO_CONTENT


def try_subscription(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Sends a message of the topic that is about nobody, also while the subscription is disabled."""
    found = _subscription_of(sandbox, call)
    data = {"username": "test_user", "userId": "ma8vp1jySJC", "eiasToken": "dGVzdA=="}
    for notice, write in prepared(sandbox, found, data=data, mode=NoticeMode.NORMAL):
        sandbox.courier.start(notice.endpoint, write, notice.statuses)
    return EbayReply(None, 202)


def _check(sandbox: EbaySandbox, wanted: _SubscriptionOrder) -> tuple[str, str]:
    """Status and destination."""
    destination = sandbox.book.notices.destinations.get(wanted.destination_id or "")
    if wanted.status not in _STATUSES:
        raise refusal(195006)
    if destination is None:
        raise refusal(195007)
    if wanted.payload.schema_version != SCHEMA_VERSION:
        raise refusal(195008)
    if wanted.payload.format != "JSON":
        raise refusal(195009)
    if wanted.payload.delivery_protocol != "HTTPS":
        raise refusal(195010)
    if wanted.status == "ENABLED" and destination.status != "ENABLED":
        raise refusal(195015)
    return wanted.status, destination.id


def _owner(call: EbayCall) -> str | None:
    return call.own_shop.seller.user_id if call.own_shop is not None else None


def _subscription_of(sandbox: EbaySandbox, call: EbayCall) -> TopicSubscription:
    found = sandbox.book.notices.subscriptions.get(call.ids["id"])
    if found is None or found.seller_id != _owner(call):
        raise refusal(195013)
    return found


def _shown(subscription: TopicSubscription) -> dict[str, object]:
    return {
        "subscriptionId": subscription.id,
        "topicId": subscription.topic,
        "status": subscription.status,
        "destinationId": subscription.destination_id,
        "creationDate": subscription.created,
        "payload": {"format": "JSON", "schemaVersion": SCHEMA_VERSION, "deliveryProtocol": "HTTPS"},
    }


_LIST, _KEYED = f"{ROOT}/subscription", f"{ROOT}/subscription/{{id}}"
CALLS = (
    CallRoute("POST", _LIST, "notification.create_subscription", _WRITES, create_subscription),
    CallRoute("GET", _LIST, "notification.list_subscriptions", _READS, list_subscriptions),
    CallRoute("GET", _KEYED, "notification.get_subscription", _READS, get_subscription),
    CallRoute("PUT", _KEYED, "notification.put_subscription", _WRITES, put_subscription),
    CallRoute("DELETE", _KEYED, "notification.delete_subscription", _WRITES, delete_subscription),
    CallRoute("POST", f"{_KEYED}/enable", "notification.enable", _WRITES, enable_subscription),
    CallRoute("POST", f"{_KEYED}/disable", "notification.disable", _WRITES, disable_subscription),
    CallRoute("POST", f"{_KEYED}/test", "notification.test", _WRITES, try_subscription),
)
