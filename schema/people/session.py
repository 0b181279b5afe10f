"""Session: a signed-in browser or app."""

from datetime import datetime

from models.people.auth_session import AuthSession
from resolvers.people import viewer
from schema.field import field
from schema.node import Node, entity


@entity(AuthSession, description="A signed-in browser or app; an API key is no session.")
class Session(Node):
    created_at: datetime
    last_used_at: datetime = field(description="When its refresh token was last traded.")
    expires_at: datetime = field(description="When it ends at the latest; 30 days without use end it earlier.")
    ip: str | None
    user_agent: str | None
    current: bool = field(viewer.is_current, description="Whether this very request belongs to it.")
