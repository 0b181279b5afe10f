"""Owns what an app sets up first: address for alerts, destinations, topics, and public keys to check messages by."""

import re
import secrets

import msgspec
from yarl import URL

from sandbox.ebay.calls import NO_CONTENT, CallRoute, EbayCall, EbayReply
from sandbox.ebay.errors import ACCESS_DENIED, EbayRefusal
from sandbox.ebay.notifications.challenge import answers_challenge
from sandbox.ebay.notifications.keys import ALGORITHM, DIGEST
from sandbox.ebay.notifications.records import Destination
from sandbox.ebay.notifications.topics import TOPICS
from sandbox.ebay.problems import refusal
from sandbox.ebay.state import EbaySandbox

ROOT = "/commerce/notification/v1"
_GENERAL = ("",)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,80}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_NAME = 64
_STATUSES = ("ENABLED", "DISABLED")
# eBay calls addresses with https alone; a sandbox also those of this machine.
_LOOPBACK = ("127.0.0.1", "localhost")


class _Alerts(msgspec.Struct, rename="camel"):
    alert_email: str | None = None


class _Delivery(msgspec.Struct, rename="camel"):
    endpoint: str | None = None
    verification_token: str | None = None


class _DestinationOrder(msgspec.Struct, rename="camel"):
    name: str = ""
    status: str | None = None
    delivery_config: _Delivery = msgspec.field(default_factory=_Delivery)


def get_config(sandbox: EbaySandbox, _call: EbayCall) -> EbayReply:
    email = sandbox.book.notices.alert_email
    if email is None:
        raise refusal(195026)
    return EbayReply({"alertEmail": email})


def put_config(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    email = call.read(_Alerts).alert_email or ""
    if _EMAIL.fullmatch(email) is None:
        raise refusal(195025)
    sandbox.book.notices.alert_email = email
    return NO_CONTENT


async def create_destination(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Challenges the endpoint first; raises EbayRefusal where it does not answer as it should."""
    made = await _checked(sandbox, call, str(sandbox.number()))
    sandbox.book.notices.destinations[made.id] = made
    return EbayReply(None, 201, {"Location": f"{sandbox.url}{ROOT}/destination/{made.id}"})


async def put_destination(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    old = _destination_of(sandbox, call)
    sandbox.book.notices.destinations[old.id] = await _checked(sandbox, call, old.id)
    return NO_CONTENT


def list_destinations(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    _check_app(call)
    found = [_shown(each) for each in sandbox.book.notices.destinations.values()]
    return EbayReply({"total": len(found), "destinations": found})


def get_destination(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    return EbayReply(_shown(_destination_of(sandbox, call)))


def delete_destination(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    """Raises EbayRefusal for one that is enabled or that a subscription names."""
    found = _destination_of(sandbox, call)
    named = {each.destination_id for each in sandbox.book.notices.subscriptions.values()}
    if found.status == "ENABLED" or found.id in named:
        raise refusal(195024)
    del sandbox.book.notices.destinations[found.id]
    return NO_CONTENT


def list_topics(_sandbox: EbaySandbox, _call: EbayCall) -> EbayReply:
    return EbayReply({"total": len(TOPICS), "topics": [topic.shown() for topic in TOPICS.values()]})


def get_topic(_sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    topic = TOPICS.get(call.ids["id"])
    if topic is None:
        raise refusal(195002)
    return EbayReply(topic.shown())


def get_public_key(sandbox: EbaySandbox, call: EbayCall) -> EbayReply:
    for key in sandbox.book.notices.keys:
        if key.kid == call.ids["id"]:
            return EbayReply({"key": key.shown_key, "algorithm": ALGORITHM, "digest": DIGEST})
    raise refusal(195001)


async def _checked(sandbox: EbaySandbox, call: EbayCall, destination_id: str) -> Destination:
    _check_app(call)
    wanted = call.read(_DestinationOrder)
    endpoint, token = wanted.delivery_config.endpoint or "", wanted.delivery_config.verification_token or ""
    if len(wanted.name) > _LONGEST_NAME or "<" in wanted.name:
        raise refusal(195016)
    if wanted.status not in _STATUSES:
        raise refusal(195018)
    if not _is_callable(endpoint):
        raise refusal(195017)
    if _TOKEN.fullmatch(token) is None:
        raise refusal(195019)
    others = sandbox.book.notices.destinations.values()
    if any(each.endpoint == endpoint and each.id != destination_id for each in others):
        raise refusal(195021)
    if not await answers_challenge(endpoint, token, secrets.token_hex(16)):
        raise refusal(195020)
    return Destination(destination_id, wanted.name, wanted.status, endpoint, token)


def _is_callable(endpoint: str) -> bool:
    try:
        url = URL(endpoint)
    except ValueError:
        return False
    return url.scheme == "https" or (url.scheme == "http" and url.host in _LOOPBACK)


def _check_app(call: EbayCall) -> None:
    """These calls are the app's: a seller's token does not do."""
    if call.own_shop is not None:
        raise EbayRefusal(ACCESS_DENIED)


def _destination_of(sandbox: EbaySandbox, call: EbayCall) -> Destination:
    _check_app(call)
    found = sandbox.book.notices.destinations.get(call.ids["id"])
    if found is None:
        raise refusal(195022)
    return found


def _shown(destination: Destination) -> dict[str, object]:
    return {
        "destinationId": destination.id,
        "name": destination.name,
        "status": destination.status,
        "deliveryConfig": {
            "endpoint": destination.endpoint,
            "verificationToken": destination.verification_token,
        },
    }


_DESTINATION, _KEYED = f"{ROOT}/destination", f"{ROOT}/destination/{{id}}"
CALLS = (
    CallRoute("GET", f"{ROOT}/config", "notification.get_config", _GENERAL, get_config),
    CallRoute("PUT", f"{ROOT}/config", "notification.put_config", _GENERAL, put_config),
    CallRoute("POST", _DESTINATION, "notification.create_destination", _GENERAL, create_destination),
    CallRoute("GET", _DESTINATION, "notification.list_destinations", _GENERAL, list_destinations),
    CallRoute("GET", _KEYED, "notification.get_destination", _GENERAL, get_destination),
    CallRoute("PUT", _KEYED, "notification.put_destination", _GENERAL, put_destination),
    CallRoute("DELETE", _KEYED, "notification.delete_destination", _GENERAL, delete_destination),
    CallRoute("GET", f"{ROOT}/topic", "notification.list_topics", _GENERAL, list_topics),
    CallRoute("GET", f"{ROOT}/topic/{{id}}", "notification.get_topic", _GENERAL, get_topic),
    CallRoute("GET", f"{ROOT}/public_key/{{id}}", "notification.get_public_key", _GENERAL, get_public_key),
)
