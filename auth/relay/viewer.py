"""RelayAgentViewer: the browser extension behind a request; no look-ups and no rules."""

from dataclasses import dataclass, field
from uuid import UUID

from models.acting import Origin


@dataclass(frozen=True, slots=True)
class RelayAgentViewer:
    """A recognised extension, which works one channel: an Acting without a person or a role.

    It is no Viewer, so whatever checks a permission knows nothing of it. It has at most one channel, and that channel
    at most one extension: the channel's id is the extension's, too. `token_hash` is of the token that it has shown.
    """

    tenant_id: UUID
    channel_id: UUID
    origin: Origin
    token_hash: bytes = field(default=b"", repr=False)

    @property
    def agent_id(self) -> UUID:
        return self.channel_id

    @property
    def user_id(self) -> None:
        return None

    @property
    def api_key_id(self) -> None:
        return None
