"""What tests of JSON from Postgres share: whether it wrote rows, and the same answers made in other ways."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from execution.plans.lists import CompiledCompletion
from models.insights.rows import load_row_texts
from resolvers.ads import pages
from services.insights import answers


@contextmanager
def written() -> Iterator[list[bool]]:
    """Notes of each page that was asked for as JSON whether Postgres wrote it."""
    noted: list[bool] = []

    async def load(*args: Any, **named: Any) -> Any:
        found = await load_row_texts(*args, **named)
        noted.append(found is not None)
        return found

    with patch.object(answers, "load_row_texts", load):
        yield noted


@contextmanager
def by_objects() -> Iterator[None]:
    """Rows and lists are read as objects, as if no statement could write them."""

    async def load(*_args: Any, **_named: Any) -> None:
        return None

    with patch.object(answers, "load_row_texts", load), patch.object(pages, "asked_list", lambda *_: None):
        yield


@contextmanager
def by_graphql_core() -> Iterator[None]:
    """Rows are objects, and graphql-core completes them without a plan."""
    with by_objects(), patch.object(CompiledCompletion, "_is_unusual", lambda _self: True):
        yield
