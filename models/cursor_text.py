"""How a cursor is spelt: base64url without padding, of a length that a page's own cursors have; not what is in it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

# A position by several names of 1,500 letters has less.
LONGEST_CURSOR = 40_000


def cursor_of_bytes(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def bytes_of_cursor(cursor: str) -> bytes:
    """Raises ValueError for what no page has given out."""
    if len(cursor) > LONGEST_CURSOR:
        raise ValueError("longer than any cursor")
    return urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
