"""Owns what a list of orders is asked for: dates, statuses, page; raises EbayRefusal for what eBay refuses."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from sandbox.ebay.problems import refusal

_DAY_S = 86_400
_DEFAULT_DAYS = 90
_YEARS_S = 2 * 366 * _DAY_S
_MOST, _DEFAULT = 200, 50
_MOST_IDS = 50
_DIGITS = 9
_CLAUSE = re.compile(r"(?P<name>[A-Za-z]+):(?P<value>\[[^\[\]]*\]|\{[^{}]*\})")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")
# eBay takes these two combinations and no other.
_STATUSES = (frozenset({"NOT_STARTED", "IN_PROGRESS"}), frozenset({"FULFILLED", "IN_PROGRESS"}))


@dataclass(frozen=True, slots=True)
class OrderWindow:
    """Seconds since the epoch, both ends in it; `by_change` asks for the last change, else for when it was made."""

    from_s: float
    to_s: float
    by_change: bool = False
    statuses: frozenset[str] = frozenset()


def read_window(text: str | None, now_s: int) -> OrderWindow:
    """Without dates it is the last 90 days; with both dates the one of creation counts alone."""
    window = OrderWindow(now_s - _DEFAULT_DAYS * _DAY_S, now_s)
    clauses = _clauses(text) if text else {}
    if "orderfulfillmentstatus" in clauses:
        window = replace(window, statuses=_read_statuses(clauses["orderfulfillmentstatus"]))
    for name in ("creationdate", "lastmodifieddate"):
        if name in clauses:
            from_s, to_s = _read_range(clauses[name], now_s)
            return replace(window, from_s=from_s, to_s=to_s, by_change=name == "lastmodifieddate")
    return window


def read_page(query: QueryParams) -> tuple[int, int]:
    """Limit and offset."""
    limit, offset = query.get("limit", str(_DEFAULT)), query.get("offset", "0")
    if not _is_number(limit) or not 1 <= int(limit) <= _MOST:
        raise refusal(31100, f"Invalid limit: {limit}")
    if not _is_number(offset):
        raise refusal(31000, f"Invalid offset: {offset}")
    return int(limit), int(offset)


def read_ids(query: QueryParams) -> list[str] | None:
    """None when the list is not asked for by ids."""
    if "orderIds" not in query:
        return None
    ids = query["orderIds"].split(",")
    if len(ids) > _MOST_IDS:
        raise refusal(30900)
    return ids


def check_groups(query: QueryParams) -> None:
    if query.get("fieldGroups", "TAX_BREAKDOWN") != "TAX_BREAKDOWN":
        raise refusal(32800, f"Invalid field group: {query['fieldGroups']}")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS


def _clauses(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    rest = text
    while rest:
        clause = _CLAUSE.match(rest)
        if clause is None:
            raise refusal(30800, f"Invalid filter value {rest[:50]}")
        name = clause["name"]
        if name not in ("creationdate", "lastmodifieddate", "orderfulfillmentstatus"):
            raise refusal(30700, f"Invalid filter name: {name}")
        found[name] = clause["value"]
        rest = rest[clause.end() :]
        if rest and not (rest[0] == "," and len(rest) > 1):
            raise refusal(30800, f"Invalid filter value {rest[:50]}")
        rest = rest[1:]
    return found


def _read_statuses(value: str) -> frozenset[str]:
    statuses = frozenset(value.strip("{}").split("|"))
    if value[0] != "{" or statuses not in _STATUSES:
        raise refusal(30800, f"Invalid filter value {value} for filter orderfulfillmentstatus")
    return statuses


def _read_range(value: str, now_s: int) -> tuple[float, float]:
    start, dots, end = value.strip("[]").partition("..")
    if value[0] != "[" or not dots:
        raise refusal(30810)
    if not start:
        raise refusal(30820)
    from_s, to_s = _read_moment(start), _read_moment(end) if end else float(now_s)
    if from_s > now_s or to_s > now_s:
        raise refusal(30850)
    if from_s > to_s:
        raise refusal(30840)
    if from_s < now_s - _YEARS_S:
        raise refusal(30830)
    return from_s, to_s


def _read_moment(text: str) -> float:
    if _MOMENT.fullmatch(text) is None:
        raise refusal(30810)
    try:
        return datetime.fromisoformat(text).astimezone(UTC).timestamp()
    except ValueError:
        raise refusal(30810) from None
