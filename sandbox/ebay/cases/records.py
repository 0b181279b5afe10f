"""Owns what a shop remembers of a return, a cancellation or an inquiry; must not know how the API shows it."""

import msgspec


class CaseLine(msgspec.Struct):
    id: str
    order_line_id: str
    quantity: int
    cents: int


class BuyerCase(msgspec.Struct):
    """`kind` and `state` are texts of `states.py`; `opened_s` and `closed_s` seconds since the epoch.

    `is_open` is false once nobody has anything to do. `breaks` are names of what goes wrong with it on purpose.
    """

    id: str
    kind: str
    order_id: str
    buyer: str
    reason: str
    lines: list[CaseLine]
    state: str
    opened_s: int
    is_open: bool = True
    closed_s: int | None = None
    refund_id: str | None = None
    messages: list[str] = []
    breaks: list[str] = []
