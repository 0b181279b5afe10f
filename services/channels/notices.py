"""Sets up at a marketplace what it tells this installation: once for the app, and for each seller by its own token."""

from typing import Protocol

import structlog

from errors import Refused, UserErrorCode
from integrations.errors import IntegrationError
from models.acting import TenantScope
from models.channels.channel import ChannelKind, channels_by_ids
from models.channels.message import channels_of_kind
from services.channel_access import fresh_token
from services.channels.messages import webhook_path
from services.tools import HasAddresses, HasCipher, HasClock, HasDb, HasVendors

_log = structlog.get_logger(__name__)


class NoticeTools(HasDb, HasClock, HasCipher, HasVendors, HasAddresses, Protocol):
    """What reaches a marketplace for the installation and for its sellers."""


async def set_up_notices(tools: NoticeTools, kind: ChannelKind, alert_email: str) -> list[str]:
    """Registers this installation and subscribes for the app and for each connected seller; answers the topics.

    A seller whose subscription is refused costs no other one, and is read by schedule as before. Raises Refused
    NOT_CONFIGURED, NOT_SUPPORTED where that is done on the marketplace's own pages, and IntegrationErrors where the
    marketplace refuses the address or does not answer.
    """
    source = tools.vendors.notices.get(kind)
    if source is None or not source.is_set_up:
        wanted = f": set {source.settings} first." if source else "."
        raise Refused(UserErrorCode.NOT_CONFIGURED, f"Messages of {kind.shown} are not set up here{wanted}")
    endpoint = f"{tools.addresses.public_url}{webhook_path(kind)}"
    registration = source.registration
    if registration is None:
        message = f"{kind.shown} has no call for this: register {endpoint} on its own pages."
        raise Refused(UserErrorCode.NOT_SUPPORTED, message)
    done = await registration.set_up(endpoint, alert_email)
    async with tools.db.system(reason="subscribe to what happens to sellers") as session:
        sellers = await channels_of_kind(session, kind)
    for tenant_id, channel_id in sellers:
        scope = TenantScope(tenant_id)
        try:
            async with tools.db.read(scope) as session:
                [channel] = await channels_by_ids(session, [channel_id])
            done += await registration.subscribe_seller(endpoint, await fresh_token(tools, scope, channel))
        except IntegrationError as error:
            _log.warning("seller_not_subscribed", channel_id=str(channel_id), error=type(error).__name__)
    return list(dict.fromkeys(done))
