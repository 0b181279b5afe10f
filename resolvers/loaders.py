"""Every loader of the API, one line each, named `<rows>_by_<key>`."""

from dataclasses import dataclass, field
from typing import Any

from auth.viewer import Viewer
from models.auth_sessions import auth_sessions_by_ids
from models.database import Database
from models.tenants import api_keys_by_ids, memberships_by_ids, tenant_summaries_by_ids, tenants_by_ids
from models.users import users_by_ids
from resolvers.batching import one_row


@dataclass
class Loaders:
    """Made anew for each operation, mutation field and subscription event: nothing loaded outlives them."""

    db: Database
    viewer: Viewer | None
    made: dict[str, Any] = field(default_factory=dict)

    users_by_id = one_row(users_by_ids)
    tenants_by_id = one_row(tenants_by_ids)
    tenant_summaries_by_id = one_row(tenant_summaries_by_ids)
    memberships_by_id = one_row(memberships_by_ids)
    api_keys_by_id = one_row(api_keys_by_ids)
    auth_sessions_by_id = one_row(auth_sessions_by_ids)
