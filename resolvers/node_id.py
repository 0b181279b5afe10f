"""Global ids: base64url of `<GraphQL type>:<uuid>`. The tenant is not part of them: it comes from the viewer."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from uuid import UUID

_LONGEST = 120
# The name of an attribute of each resolver that answers a global id: the type's name, by which others make the same id.
TYPE_NAME = "type_name_of_id"


def encode_id(type_name: str, row_id: UUID) -> str:
    return urlsafe_b64encode(f"{type_name}:{row_id}".encode()).rstrip(b"=").decode()


def split_id(value: str) -> tuple[str, UUID] | None:
    """The type's name and the uuid; None for a text that is no global id. Each id has exactly one spelling."""
    if len(value) > _LONGEST:
        return None
    try:
        text = urlsafe_b64decode(value.encode() + b"=" * (-len(value) % 4)).decode()
        type_name, _, tail = text.partition(":")
        row_id = UUID(tail)
    except (NotBase64, ValueError):
        return None
    return (type_name, row_id) if encode_id(type_name, row_id) == value else None


def decode_id(value: str, *type_names: str) -> UUID | None:
    """The uuid; None when the id is malformed or of none of these types."""
    parts = split_id(value)
    return parts[1] if parts is not None and parts[0] in type_names else None
