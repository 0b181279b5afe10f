"""Operations and their answers as a page of the documentation prints them."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_OPERATION = re.compile(r"```graphql\n(.*?)```\n\n?```json\n(.*?)```", re.DOTALL)
_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Operation:
    """`answers` are as printed: one, or the events of a subscription."""

    text: str
    answers: list[Any]


def operations(page: Path) -> list[Operation]:
    return [Operation(text, list(_documents(printed))) for text, printed in _OPERATION.findall(page.read_text())]


def _documents(text: str) -> Iterator[Any]:
    """The JSON values of a text, one after the other."""
    decoder, text = json.JSONDecoder(), text.strip()
    while text:
        value, end = decoder.raw_decode(text)
        yield value
        text = text[end:].strip()


def is_printed(value: Any, printed: Any) -> bool:
    """Whether a page prints this value; a text of the page that ends in "…" stands for what begins with it."""
    if isinstance(printed, dict):
        return (
            isinstance(value, dict)
            and list(value) == list(printed)
            and all(is_printed(value[name], printed[name]) for name in printed)
        )
    if isinstance(printed, list):
        return isinstance(value, list) and len(value) == len(printed) and all(map(is_printed, value, printed))
    if isinstance(printed, str) and printed.endswith("…"):
        return isinstance(value, str) and value.startswith(printed[:-1])
    if isinstance(printed, float) and isinstance(value, float):
        # The order in which Postgres adds up doubles decides about their last digit.
        return math.isclose(value, printed, rel_tol=1e-12)
    return bool(value == printed) and isinstance(value, bool) is isinstance(printed, bool)


def layout(value: Any, indent: int = 0) -> str:
    """JSON as pages print it: what fits stands on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value or indent + len(flat) <= _WIDTH:
        return flat
    inner = indent + 2
    if isinstance(value, dict):
        parts = [f"{json.dumps(name)}: {layout(each, inner)}" for name, each in value.items()]
    else:
        parts = [layout(each, inner) for each in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    lines = ",\n".join(" " * inner + part for part in parts)
    return f"{opening}\n{lines}\n{' ' * indent}{closing}"
