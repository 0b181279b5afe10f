"""AuditEntry: who changed what, when and from where."""

from datetime import datetime

import strawberry

from resolvers import audit
from schema.field import field
from schema.people.actor import Actor
from schema.scalars import JSON


@strawberry.type(description="One change, written in the same transaction; nobody can alter or remove it.")
class AuditEntry:
    id: strawberry.ID = field(audit.entry_id)
    at: datetime
    actor: Actor = field(audit.actor)
    action: str = field(description="What was done, e.g. `member.removed`.")
    target_type: str | None = field(description="The kind of what was changed, e.g. User.")
    target_id: str | None = field(audit.target_id, description="The global id of what was changed.")
    changes: JSON | None = field(
        audit.changes, description="`{before, after}` of what changed; secrets are never in it."
    )
    ip: str | None
    request_id: str | None
