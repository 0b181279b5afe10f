"""How a cursor is spelt: base64url without padding, of limited length. What stands in a cursor is not known here."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

# The longest cursor that a page gives out is shorter: a position by several sort keys, each a name of 1,500 letters.
LONGEST_CURSOR = 40_000


def cursor_of_bytes(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def bytes_of_cursor(cursor: str) -> bytes:
    """The content of a cursor; raises ValueError for text that is no base64url, or longer than any cursor."""
    if len(cursor) > LONGEST_CURSOR:
        raise ValueError("longer than any cursor")
    return urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
