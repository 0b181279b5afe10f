"""EBay as a source of notices: its topics in our words, the keys that prove them, and how they are set up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from integrations.ebay.calls import EbayRest
from integrations.ebay.marketplace import EbayMarketplace
from integrations.ebay.notifications.messages import UntrustedNotification, challenge_response, notification_in
from integrations.ebay.notifications.setup import (
    NoticeAddress,
    destination_id,
    set_alert_email,
    subscribe,
    topic_schema,
)
from integrations.errors import ObjectMissing
from integrations.selling.notices import NoticeCall, NoticeKind, SellerNotice, UntrustedNotice

_NAME = "Adgraph"
_SETTINGS = "EBAY_CLIENT_ID, EBAY_CLIENT_SECRET, EBAY_RUNAME and EBAY_VERIFICATION_TOKEN"
_SIGNATURE = "x-ebay-signature"
_FORGET, _REVOKED = "MARKETPLACE_ACCOUNT_DELETION", "AUTHORIZATION_REVOCATION"
_ORDERED, _SHIPPED = "ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED"
_KINDS: Mapping[str, NoticeKind] = MappingProxyType(
    {
        _FORGET: NoticeKind.FORGET,
        _REVOKED: NoticeKind.REVOKED,
        _ORDERED: NoticeKind.ORDER,
        _SHIPPED: NoticeKind.ORDER,
    }
)
OF_APP, OF_SELLER = (_FORGET, _REVOKED), (_ORDERED, _SHIPPED)


@dataclass(frozen=True, slots=True)
class EbayNotices:
    """A NoticeSource and its registration; without the verification token of the app nothing is set up."""

    marketplace: EbayMarketplace

    @property
    def settings(self) -> str:
        return _SETTINGS

    @property
    def registration(self) -> Self:
        return self

    @property
    def is_set_up(self) -> bool:
        return bool(self._token) and self.marketplace.is_set_up

    @property
    def _token(self) -> str:
        return self.marketplace.app.verification_token

    def challenge_answer(self, code: str, endpoint: str) -> str:
        return challenge_response(code, verification_token=self._token, endpoint=endpoint)

    async def read(self, call: NoticeCall) -> SellerNotice:
        try:
            await self.marketplace.notification_keys.verify(call.headers.get(_SIGNATURE, ""), call.body)
        except UntrustedNotification as error:
            raise UntrustedNotice(str(error)) from None
        said = notification_in(call.body)
        return SellerNotice(
            said.notification_id,
            _KINDS.get(said.topic, NoticeKind.OTHER),
            said.topic,
            said.published_at,
            said.user_id,
            said.username,
            said.order_id if said.topic == _ORDERED else None,
        )

    async def set_up(self, endpoint: str, alert_email: str) -> list[str]:
        rest = await self.marketplace.app_rest()
        await set_alert_email(rest, alert_email)
        destination = await destination_id(rest, NoticeAddress(_NAME, endpoint, self._token))
        return await _subscribed(rest, rest, OF_APP, destination)

    async def subscribe_seller(self, endpoint: str, access: str) -> list[str]:
        rest = await self.marketplace.app_rest()
        destination = await destination_id(rest, NoticeAddress(_NAME, endpoint, self._token))
        return await _subscribed(rest, self.marketplace.rest(access), OF_SELLER, destination)


async def _subscribed(app: EbayRest, rest: EbayRest, topics: Sequence[str], destination: str) -> list[str]:
    """Topics that eBay does not have, or not for this app, are left out."""
    done = []
    for topic in topics:
        try:
            version, _ = await topic_schema(app, topic)
        except ObjectMissing:
            continue
        await subscribe(rest, topic, destination=destination, version=version)
        done.append(topic)
    return done
