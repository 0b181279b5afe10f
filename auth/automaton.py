"""The actor when nobody is signed in: the schedule, a platform's webhook, the system; decides nothing."""

from dataclasses import dataclass
from uuid import UUID

from auth.viewer import Origin
from models.audit.actor import ActorKind

_NOWHERE = Origin(ip=None, user_agent=None, request_id="")


@dataclass(frozen=True, slots=True)
class Automaton:
    """An actor of the audit log without a person behind it."""

    tenant_id: UUID
    kind: ActorKind = ActorKind.SYSTEM
    origin: Origin = _NOWHERE

    @property
    def user_id(self) -> None:
        return None

    @property
    def api_key_id(self) -> None:
        return None
