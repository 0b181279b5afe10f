"""Owns the bound of the sandbox's row cache."""

from dataclasses import replace

import msgspec

from sandbox.meta.row_cache import RowCache, Rows
from sandbox.meta.state import open_sandbox
from tests.sandbox.graph_client import CONFIG

_ROW = msgspec.Raw(b"{}")


def test_a_sandbox_can_keep_more_rows() -> None:
    assert open_sandbox(replace(CONFIG, cached_rows=90_000)).rows.most_rows == 90_000


def test_what_was_not_used_for_long_is_made_again() -> None:
    cache, made = RowCache(), list[str]()

    def batch(key: str) -> Rows:
        def make() -> Rows:
            made.append(key)
            return (_ROW,) * 10_000

        return cache.rows(key, make)

    for key in ("a", "b", "a", "c", "a", "b"):
        assert len(batch(key)) == 10_000
    assert made == ["a", "b", "c", "b"]
