"""Owns answers in which every field takes every form in turn: a value, null, absent, empty, another type.

A value of the real Graph may come in each of them; whoever reads it must be ready. Must not make values of its own but
samples of what the accounts here do not have.
"""

from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import msgspec

from sandbox.meta.calls import GraphCall
from sandbox.meta.field_trees import parse_fields
from sandbox.meta.paging import Page


class Form(StrEnum):
    VALUE = "value"
    NULL = "null"
    ABSENT = "absent"
    EMPTY = "empty"
    OTHER = "other"


FORMS = tuple(Form)
# What lies within something is only met where that is there.
_FORMS_OF_A_WHOLE = tuple(form for odd in FORMS[1:] for form in (Form.VALUE, odd))
# What names a row or where it hangs: nobody can tell a row without it.
_ORDER = ("id", "ad_id", "date_start", "adset_id", "campaign_id", "account_currency", "date_stop")
KEYS = frozenset(_ORDER)
# A few rows of each list lose a key, the others are told apart as ever.
_ROWS_PER_KEY = 40
_STORY = {
    "message": "A text of the post",
    "name": "A headline",
    "title": "A title",
    "image_hash": "0123456789abcdef0123456789abcdef",
    "video_id": "880000000001",
    "child_attachments": [
        {
            "name": f"Card {number}",
            "image_hash": f"{number:032x}",
            "video_id": f"8800000001{number}",
            "link": f"https://shop.example/card/{number}",
        }
        for number in range(6)
    ],
    "link": "https://shop.example/story",
    "call_to_action": {"type": "SHOP_NOW", "value": {"link": "https://shop.example/button"}},
}
_WINDOWS = {"1d_click": "1", "7d_click": "2", "28d_click": "3", "1d_view": "4"}
_LISTS = (
    "video_play_actions",
    "video_avg_time_watched_actions",
    "video_thruplay_watched_actions",
    *(f"video_p{percent}_watched_actions" for percent in (25, 50, 75, 95, 100)),
)
SAMPLES: Mapping[str, object] = {
    "object_story_spec": dict.fromkeys(("link_data", "video_data", "photo_data", "template_data", "text_data"), _STORY),
    "asset_feed_spec": {
        "bodies": [{"text": "A body of the feed"}] * 6,
        "titles": [{"text": "A title of the feed"}] * 6,
        "images": [{"hash": "0123456789abcdef0123456789abcdef"}] * 6,
        "videos": [{"video_id": "880000000001"}] * 6,
        "link_urls": [{"website_url": "https://shop.example/feed"}] * 6,
        "ad_formats": ["SINGLE_IMAGE"],
    },
    "daily_budget": "45000",
    "lifetime_budget": "900000",
    "stop_time": "2026-12-24T18:00:00+0100",
    "video_id": "880000000001",
    "image_hash": "0123456789abcdef0123456789abcdef",
    "reach": "797",
    "unique_clicks": "31",
    **{name: [{"action_type": "video_view", "value": "10"} | _WINDOWS] for name in _LISTS},
    "outbound_clicks": [{"action_type": "outbound_click", "value": "10"} | _WINDOWS],
}


@dataclass(slots=True)
class OddValues:
    """`is_on`: from now on; `with_keys`: what names a row as well. `sent` has the forms of each field so far.

    `pinned` are fields of single objects that always have one form, whether the others take turns or not.
    A field is known by the question (a path without ids) and its path in a row, with dots.
    """

    is_on: bool = False
    with_keys: bool = False
    sent: dict[tuple[str, str], set[Form]] = field(default_factory=dict)
    pinned: dict[str, dict[str, Form]] = field(default_factory=dict)
    _turns: dict[tuple[str, str], int] = field(default_factory=dict)

    def turn(self, *, is_on: bool, with_keys: bool = False) -> None:
        self.is_on, self.with_keys = is_on, with_keys
        self.sent.clear()
        self._turns.clear()

    def pin(self, object_id: str, name: str, form: Form) -> None:
        self.pinned.setdefault(object_id, {})[name] = form

    def spread(
        self, call: GraphCall, found: Page | Mapping[str, object], question: Mapping[str, str]
    ) -> Page | Mapping[str, object]:
        """`question` has the parameters that say what is asked for: rows of a report run were asked for before."""
        if not (self.is_on or self.pinned) or call.method != "GET" or "fields" not in question:
            return found
        label = label_of(call.path, question)
        asked = [*parse_fields(question["fields"])]
        if isinstance(found, Page):
            rows = [_plain(row) for row in found.rows]
            return replace(found, rows=[self._row(label, row, asked) for row in rows])
        if "ids" in call.params:
            return {key: self._row(label, _plain(row), asked) for key, row in found.items()}
        return self._row(label, _plain(found), asked)

    def _row(self, label: str, row: dict[str, Any], asked: Collection[str]) -> dict[str, Any]:
        if not self.is_on:
            return self._pinned(row, asked)
        whole = row | {name: SAMPLES[name] for name in asked if name in SAMPLES}
        # What nobody asked for names the row: its days, and the values of its breakdowns.
        named = {name: value for name, value in whole.items() if name not in asked}
        return dict(self._fields(label, "", whole, keys=KEYS | named.keys()))

    def _pinned(self, row: dict[str, Any], asked: Collection[str]) -> dict[str, Any]:
        spoilt = dict(row)
        for name, form in self.pinned.get(str(row.get("id")), {}).items():
            if form is Form.ABSENT:
                spoilt.pop(name, None)
            elif form is not Form.VALUE and name in asked:
                spoilt[name] = _SPOILT[form](row.get(name, ""))
        return spoilt

    def _fields(
        self, label: str, path: str, values: Mapping[str, Any], *, keys: AbstractSet[str] = KEYS
    ) -> Iterator[tuple[str, Any]]:
        for name, value in values.items():
            where = f"{path}.{name}" if path else name
            form = self._form(label, where, None if name in keys else _turns(value))
            self.sent.setdefault((label, where), set()).add(form)
            if form is Form.VALUE:
                yield name, self._within(label, where, value)
            elif form is not Form.ABSENT:
                yield name, _SPOILT[form](value)

    def _within(self, label: str, where: str, value: Any) -> Any:
        if isinstance(value, dict):
            return dict(self._fields(label, where, value))
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return [None, *(dict(self._fields(label, where, each)) for each in value), "no object"]
        return value

    def _form(self, label: str, where: str, forms: tuple[Form, ...] | None) -> Form:
        turn = self._turns[label, where] = self._turns.get((label, where), -1) + 1
        if forms is not None:
            return forms[turn % len(forms)]
        name = where.rpartition(".")[2]
        # Each key in rows of its own.
        first = len(FORMS) * (_ORDER.index(name) if name in KEYS else len(KEYS))
        place = (turn - first) % _ROWS_PER_KEY
        return FORMS[place] if self.with_keys and place < len(FORMS) else Form.VALUE


def label_of(path: str, params: Mapping[str, str]) -> str:
    """The question without ids: an edge, insights of a level and its breakdowns, objects by ids, or one object."""
    edge = path.rpartition("/")[2] if "/" in path else "object" if path else "by ids"
    if edge != "insights":
        return edge
    return f"insights of {params.get('level')}, {params.get('breakdowns', 'whole')}"


def _turns(value: object) -> tuple[Form, ...]:
    return _FORMS_OF_A_WHOLE if isinstance(value, dict | list) else FORMS


def _plain(row: object) -> dict[str, Any]:
    return msgspec.json.decode(msgspec.json.encode(row), type=dict[str, Any])


def _empty(value: object) -> object:
    return type(value)() if isinstance(value, str | list | dict) else ""


def _other(value: object) -> object:
    return {"unexpected": True} if isinstance(value, str | int | float) else 5


_SPOILT = {Form.NULL: lambda _value: None, Form.EMPTY: _empty, Form.OTHER: _other}
