"""User: a person as colleagues see them."""

from datetime import datetime

from models.people.user import User as UserRow
from schema.field import field
from schema.node import Node, entity


@entity(UserRow, description="A person as colleagues see them.")
class User(Node):
    name: str
    email: str | None = field(description="Null when the identity provider gave none.")
    created_at: datetime
