"""Sets up at a marketplace what it tells this installation: once for the app, and for each seller by its own token."""

from typing import Protocol

import structlog

from errors import Refused, UserErrorCode
from integrations.errors import IntegrationError
from models.acting import TenantScope
from models.channels.channel import ChannelKind, channels_by_ids
from models.channels.message import channels_of_kind
from services.channel_access import fresh_token
from services.channels.messages import WEBHOOK_PATH
from services.tools import HasAddresses, HasCipher, HasClock, HasDb, HasVendors

_log = structlog.get_logger(__name__)
_NOT_SET_UP = "Set EBAY_CLIENT_ID, EBAY_CLIENT_SECRET, EBAY_RUNAME and EBAY_VERIFICATION_TOKEN first."


class NoticeTools(HasDb, HasClock, HasCipher, HasVendors, HasAddresses, Protocol):
    """What reaches a marketplace for the installation and for its sellers."""


async def set_up_notices(tools: NoticeTools, alert_email: str) -> list[str]:
    """Registers this installation at eBay and subscribes for the app and for each connected seller; answers the topics.

    A seller whose subscription is refused costs no other one, and is read by schedule as before. Raises Refused
    NOT_CONFIGURED, and IntegrationErrors where eBay refuses the address or does not answer.
    """
    source = tools.vendors.notices.get(ChannelKind.EBAY)
    if source is None or not source.is_set_up:
        raise Refused(UserErrorCode.NOT_CONFIGURED, _NOT_SET_UP)
    endpoint = f"{tools.addresses.public_url}{WEBHOOK_PATH}"
    done = await source.set_up(endpoint, alert_email)
    async with tools.db.system(reason="subscribe to what happens to sellers") as session:
        sellers = await channels_of_kind(session, ChannelKind.EBAY)
    for tenant_id, channel_id in sellers:
        scope = TenantScope(tenant_id)
        try:
            async with tools.db.read(scope) as session:
                [channel] = await channels_by_ids(session, [channel_id])
            done += await source.subscribe_seller(endpoint, await fresh_token(tools, scope, channel))
        except IntegrationError as error:
            _log.warning("seller_not_subscribed", channel_id=str(channel_id), error=type(error).__name__)
    return list(dict.fromkeys(done))
