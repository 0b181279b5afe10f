"""Turns the token of a browser extension into a RelayAgentViewer, and says again and again whether it still is one."""

from auth.credential_words import CUT_OFF_AGENT, UNKNOWN_AGENT
from auth.permissions import Permission, permissions_of
from auth.relay.secrets import is_token, token_hash
from auth.relay.viewer import RelayAgentViewer
from errors import Unauthenticated
from models.acting import Origin, TenantScope
from models.channels.channel import ChannelStatus, channels_by_ids
from models.database import Database
from models.people.standing import role_of_membership
from models.relay.secret import RelaySecret, RelaySecretKind, relay_secret

# Whoever pairs an extension needs it, and the extension works for as long as that person has it.
PAIRS = Permission.CONNECT_ACCOUNTS


class RelayAuthenticator:
    """One per process. It remembers nothing: a token that was ended is refused at once, in every process."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def authenticate(self, token: str, origin: Origin) -> RelayAgentViewer:
        """Raises Unauthenticated, with one text for every token that is well-formed."""
        if not is_token(token):
            raise Unauthenticated(CUT_OFF_AGENT)
        return await self._standing(token_hash(token), origin)

    async def recheck(self, agent: RelayAgentViewer) -> RelayAgentViewer:
        """The same, for what outlives a request; raises Unauthenticated once the token has ended."""
        return await self._standing(agent.token_hash, agent.origin)

    async def _standing(self, hashed: bytes, origin: Origin) -> RelayAgentViewer:
        async with self._db.read(None) as session:
            secret = await relay_secret(session, hashed, RelaySecretKind.TOKEN)
        if secret is None or not await may_work(self._db, secret):
            raise Unauthenticated(UNKNOWN_AGENT)
        return RelayAgentViewer(secret.in_tenant_id, secret.channel_id, origin, hashed)


async def may_work(db: Database, secret: RelaySecret) -> bool:
    """Whether the channel is there, and the member who had it paired may still connect channels."""
    async with db.read(TenantScope(secret.in_tenant_id)) as session:
        role = await role_of_membership(session, secret.user_id, secret.membership_id)
        found = await channels_by_ids(session, [secret.channel_id])
    is_there = any(each.status is not ChannelStatus.DISCONNECTED for each in found)
    return is_there and PAIRS in permissions_of(role)
