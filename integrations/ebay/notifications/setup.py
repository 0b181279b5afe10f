"""The calls that tell eBay where to send notifications, and of what; each may be made again."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from integrations.ebay.calls import EbayRest, RestAsk
from integrations.ebay.notifications.messages import ROOT
from integrations.errors import InvalidResponse
from integrations.selling.once import once
from integrations.selling.values import Fields

_DESTINATIONS, _SUBSCRIPTIONS = f"{ROOT}/destination", f"{ROOT}/subscription"
_ENABLED = "ENABLED"
_PAGE = "100"


@dataclass(frozen=True, slots=True)
class NoticeAddress:
    """`endpoint` is our address, `verification_token` 32 to 80 letters, digits, hyphens and underscores."""

    name: str
    endpoint: str
    verification_token: str = field(repr=False)


async def set_alert_email(rest: EbayRest, email: str) -> None:
    """Where eBay writes to when our address does not answer."""
    await rest.call(RestAsk("PUT", f"{ROOT}/config", body={"alertEmail": email}))


async def destination_id(rest: EbayRest, wanted: NoticeAddress) -> str:
    """The id of our address at eBay, which is registered when it is not, and enabled; eBay sends a challenge to it."""
    config = {"endpoint": wanted.endpoint, "verificationToken": wanted.verification_token}
    body = {"name": wanted.name, "status": _ENABLED, "deliveryConfig": config}

    async def found() -> str | None:
        async for each in _rows(rest, _DESTINATIONS, "destinations"):
            if each.part("deliveryConfig").text("endpoint") == wanted.endpoint:
                return each.text("destinationId")
        return None

    known = await found()
    if known is not None:
        # The token may be another one by now.
        await rest.call(RestAsk("PUT", f"{_DESTINATIONS}/{known}", body=body))
        return known

    async def register() -> str:
        return await _made(rest, _DESTINATIONS, body)

    return await once(register, found)


async def topic_schema(rest: EbayRest, topic: str) -> tuple[str, str]:
    """The newest version of a topic's messages that is not deprecated, and whose token subscribes: APPLICATION or USER.

    Raises ObjectMissing for a topic that eBay has not.
    """
    raw = await rest.get(f"{ROOT}/topic/{topic}")
    payloads = [each for each in raw.parts("supportedPayloads") if not each.flag("deprecated")]
    versions = [version for each in payloads if (version := each.text("schemaVersion")) is not None]
    if not versions:
        raise InvalidResponse(f"eBay tells no version of the messages about {topic}.")
    return max(versions, key=_version), raw.text("scope") or raw.text("context") or "APPLICATION"


async def subscribe(rest: EbayRest, topic: str, *, destination: str, version: str) -> str:
    """The id of the subscription, which is made when there is none, and enabled."""
    payload = {"format": "JSON", "schemaVersion": version, "deliveryProtocol": "HTTPS"}
    body = {"status": _ENABLED, "payload": payload, "destinationId": destination}

    async def found() -> str | None:
        async for each in _rows(rest, _SUBSCRIPTIONS, "subscriptions"):
            if each.text("topicId") == topic:
                return each.text("subscriptionId")
        return None

    known = await found()
    if known is not None:
        await rest.call(RestAsk("PUT", f"{_SUBSCRIPTIONS}/{known}", body=body))
        return known

    async def make() -> str:
        return await _made(rest, _SUBSCRIPTIONS, {"topicId": topic, **body})

    return await once(make, found)


async def send_test(rest: EbayRest, subscription: str) -> None:
    """Makes eBay send a message that it says is a test."""
    await rest.call(RestAsk("POST", f"{_SUBSCRIPTIONS}/{subscription}/test"))


async def _made(rest: EbayRest, path: str, body: dict[str, Any]) -> str:
    """The id at the end of the new object's address."""
    answer = await rest.call(RestAsk("POST", path, body=body, is_idempotent=False))
    made = answer.headers.get("Location", "").rstrip("/").rpartition("/")[2]
    if not made:
        raise InvalidResponse("eBay does not tell the id of what was made.")
    return made


async def _rows(rest: EbayRest, path: str, name: str) -> AsyncGenerator[Fields, None]:
    async for page in rest.pages(RestAsk("GET", path, {"limit": _PAGE})):
        for each in page.parts(name):
            yield each


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in text.split("."))
