"""Owns the bound of the sandbox's row cache."""

from dataclasses import replace

import msgspec

from sandbox.meta.insights.row_cache import RowCache, Rows
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


def test_sandboxes_that_are_built_alike_print_a_row_once_until_one_is_edited() -> None:
    first, second, other = (open_sandbox(replace(CONFIG, seed=seed)) for seed in (7, 7, 8))
    assert first.rows is second.rows
    assert first.rows is not other.rows
    first.move_ad(first.dataset.accounts["act_1001"].ads[0].ad_id, first.dataset.accounts["act_1001"].ads[-1].ad_set_id)
    assert first.rows is not second.rows
    first.reset()
    assert first.rows is not second.rows
