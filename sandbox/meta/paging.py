"""Owns cursors and the page envelope; must not produce rows."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from sandbox.meta.calls import GraphCall
from sandbox.meta.errors import bad_parameter, too_much_data

_DEFAULT_LIMIT = 25
_LARGEST_LIMIT = 5000
_NOT_PART_OF_THE_QUERY = frozenset(("access_token", "appsecret_proof", "limit", "after", "before"))
_PARTS = 4


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place before a row: batch, row in the batch; `hop` keeps cursors apart that mean the same place."""

    batch: int = 0
    row: int = 0
    hop: int = 0


START = Cursor()


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[object]
    start: Cursor
    # None on the last page.
    following: Cursor | None
    total: int | None = None


def query_key(call: GraphCall) -> str:
    """The same for all pages of a query, another for each other query.

    What is asked of the objects of an edge changes nothing about their order.
    """
    is_edge = not call.path.endswith("/insights")
    apart = (*_NOT_PART_OF_THE_QUERY, "fields") if is_edge else _NOT_PART_OF_THE_QUERY
    kept = sorted((name, value) for name, value in call.params.items() if name not in apart)
    return blake2b(repr((call.path, kept)).encode(), digest_size=6).hexdigest()


def page_limit(call: GraphCall) -> int:
    limit = call.integer("limit", _DEFAULT_LIMIT)
    if limit > _LARGEST_LIMIT:
        raise too_much_data()
    return max(1, limit)


def encode(call: GraphCall, cursor: Cursor) -> str:
    text = f"{query_key(call)}.{cursor.batch}.{cursor.row}.{cursor.hop}"
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def start_of(call: GraphCall) -> Cursor:
    text = call.params.get("after", "")
    if not text:
        return START
    try:
        parts = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(".")
        key, numbers = parts[0], [int(part) for part in parts[1:]]
    except (Base64Error, UnicodeDecodeError, ValueError) as error:
        raise bad_parameter("Invalid cursor") from error
    if len(parts) != _PARTS or key != query_key(call):
        raise bad_parameter("The cursor belongs to another query")
    return Cursor(*numbers)


def envelope(call: GraphCall, page: Page) -> dict[str, object]:
    """`paging` is missing when there is neither a row nor a next page."""
    answer: dict[str, object] = {"data": page.rows}
    if page.rows or page.following:
        paging: dict[str, object] = {
            "cursors": {
                "before": encode(call, page.start),
                "after": encode(call, page.following or _behind(page)),
            }
        }
        if page.following:
            paging["next"] = call.next_url(encode(call, page.following))
        answer["paging"] = paging
    if page.total is not None:
        answer["summary"] = {"total_count": page.total}
    return answer


def _behind(page: Page) -> Cursor:
    return Cursor(page.start.batch, page.start.row + len(page.rows), page.start.hop)


def slice_page(call: GraphCall, rows: Sequence[object]) -> Page:
    """A page of a list that is wholly known."""
    start = start_of(call)
    limit = page_limit(call)
    end = start.row + limit
    following = Cursor(0, end) if end < len(rows) else None
    total = len(rows) if call.params.get("summary", "").lower() not in ("", "false", "0") else None
    return Page(rows[start.row : end], start, following, total)
