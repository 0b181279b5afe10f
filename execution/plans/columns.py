"""Columns: the values of a field are looked up and completed for all rows of a list together."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from execution.plans.classes import NotPlainError
from execution.plans.plan import Column, Make, ObjectPlan, Objects
from execution.plans.run import PlanRun
from execution.turns import turns


@dataclass(slots=True)
class RowBatch:
    """Rows of one type: the objects, what is written of each so far, and their indexes in the list."""

    objects: list[Any] = field(default_factory=list)
    written: list[dict[str, Any]] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)

    def add(self, value: Any, written: dict[str, Any], index: int) -> None:
        self.objects.append(value)
        self.written.append(written)
        self.indexes.append(index)


async def in_turns(make: Make, values: Iterable[Any], run: PlanRun) -> list[Any]:
    """What `make` writes of each value. It waits for a turn whenever one is over."""
    clock = turns()
    written = []
    for value in values:
        if clock.is_over():
            await clock.mine()
        written.append(make(value, run))
    return written


async def by_plan(
    objects: Objects, values: Sequence[Any], run: PlanRun, *, is_nullable: bool
) -> tuple[list[Any], list[tuple[ObjectPlan, RowBatch]]]:
    """What the plans write of each value, and the rows that each plan has written; None is written as None."""
    found: dict[int, tuple[ObjectPlan, RowBatch]] = {}

    def make(place: tuple[int, Any], run: PlanRun) -> Any:
        index, value = place
        if value is None and is_nullable:
            return None
        plan = objects.plan_of(value, run)
        row = plan.make(value, run)
        found.setdefault(id(plan), (plan, RowBatch()))[1].add(value, row, index)
        return row

    return await in_turns(make, enumerate(values), run), list(found.values())


async def fill_columns(plan: ObjectPlan, rows: RowBatch, run: PlanRun) -> list[Column]:
    """Adds the values of the columns to what is written; answers the columns for which graphql-core must be asked.

    These have a value that graphql-core makes an error of, or that no plan knows; nothing of them is recorded.
    """
    asked = (_values(column, rows.objects, run) for column in plan.columns)
    found = await asyncio.gather(*asked, return_exceptions=True)
    failed = []
    for column, values in zip(plan.columns, found, strict=True):
        if isinstance(values, BaseException):
            failed.append(column)
            continue
        name = column.selected.name
        for row, value in zip(rows.written, values, strict=True):
            row[name] = value
    return failed


async def _values(column: Column, objects: list[Any], run: PlanRun) -> list[Any]:
    """The completed values of a column; raises whatever a look-up raises, and NotPlainError."""
    if column.many is None:
        assert column.read is not None
        values = await in_turns(column.read, objects, run)
    else:
        arguments = run.for_all(column.selected, column.many.field, objects)
        values = await column.many.function(**arguments)
        if type(values) is not list or len(values) != len(objects):
            raise NotPlainError(column.selected.name)
    if column.write is not None:
        return await in_turns(column.write, values, run)
    assert column.inner is not None
    return await _nested(column, column.inner, values, run)


async def _nested(column: Column, inner: Objects, values: list[Any], run: PlanRun) -> list[Any]:
    """The values are objects with columns of their own."""
    written, found = await by_plan(inner, values, run, is_nullable=column.is_nullable)
    for plan, rows in found:
        if await fill_columns(plan, rows, run):
            raise NotPlainError(column.selected.name)
    return written
