"""Owns how a good answer is spoiled by a fault; must not decide when."""

from collections import OrderedDict
from dataclasses import dataclass, field, replace

import msgspec

from sandbox.meta.calls import GraphCall
from sandbox.meta.paging import Page, query_key
from sandbox.meta.trouble.faults import FaultKind, FaultRule

_KEPT_QUERIES = 256
_HTML = "text/html; charset=utf-8"


@dataclass(slots=True)
class LastRows:
    """The last row each query was given, to repeat it on the next page."""

    _rows: OrderedDict[str, object] = field(default_factory=OrderedDict)

    def remember(self, key: str, page: Page) -> None:
        if not page.rows:
            return
        self._rows[key] = page.rows[-1]
        self._rows.move_to_end(key)
        if len(self._rows) > _KEPT_QUERIES:
            self._rows.popitem(last=False)

    def find(self, key: str) -> object | None:
        return self._rows.get(key)


def spoil_page(last_rows: LastRows, call: GraphCall, *, page: Page, kind: FaultKind | None) -> Page:
    key = query_key(call)
    match kind:
        case FaultKind.EMPTY_PAGE:
            # Nothing is lost: the next page starts where this one did, under another cursor.
            return Page((), page.start, replace(page.start, hop=page.start.hop + 1), page.total)
        case FaultKind.SAME_PAGE:
            last_rows.remember(key, page)
            return replace(page, following=replace(page.start, hop=page.start.hop + 1))
        case FaultKind.REPEAT_ROW if page.rows:
            previous = last_rows.find(key) or page.rows[0]
            last_rows.remember(key, page)
            return replace(page, rows=[previous, *page.rows])
        case _:
            last_rows.remember(key, page)
            return page


def spoil_body(rule: FaultRule, body: bytes, *, media_type: str) -> tuple[int, bytes, str]:
    match rule.kind:
        case FaultKind.TRUNCATED:
            body = body[: len(body) * 2 // 3]
        case FaultKind.HUGE_PAGE:
            # White space is part of JSON: the answer stays right, and becomes too long to hold.
            body += b" " * max(0, rule.size_mb * 1_000_000 - len(body))
        case FaultKind.OTHER_BODY:
            body = rule.message.encode()
        case FaultKind.NO_CURSORS:
            body = _without_cursors(body)
        case FaultKind.NOT_JSON:
            return 200, b"Service Unavailable", _HTML
        case FaultKind.HTML_503:
            return 503, b"<html><body><h1>Sorry, something went wrong.</h1></body></html>", _HTML
        case _:
            pass
    return 200, body, media_type


def _without_cursors(body: bytes) -> bytes:
    answer = msgspec.json.decode(body, type=dict[str, object])
    match answer.get("paging"):
        case dict(paging):
            paging.pop("cursors", None)
    return msgspec.json.encode(answer)
