"""CompiledCompletion: completes lists and objects by plans, and hands on to graphql-core what no plan knows.

Nothing is recorded before a plan has written all that it can: whatever it meets that it does not know, graphql-core
completes the list or object from the beginning, so that errors, paths and nulls are graphql-core's own.
"""

from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass
from itertools import count
from typing import Any

from graphql import GraphQLNonNull
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import AwaitableOrValue, Path
from graphql.pyutils.is_awaitable import is_awaitable
from strawberry.execution import optimized_is_awaitable

from execution.completion import LONG, Completion, begun_in_turn, has_loop
from execution.plans.columns import RowBatch, by_plan, fill_columns, in_turns
from execution.plans.plan import ObjectPlan
from execution.plans.plan_set import Planned, PlanSet
from execution.plans.run import PlanRun
from execution.telemetry import count_fallback
from execution.turns import turns

# The functions by which graphql-core and Strawberry tell what must be awaited.
_KNOWN_TESTS = (is_awaitable, optimized_is_awaitable)
# Numbers of runs; each event of a subscription is a run.
_RUNS = count(1)
# What graphql-core hands to the completion of a list: item type, field details, info, path, items, position.
_Given = tuple[Any, FieldDetailsList, Any, Path, Any, Any]


@dataclass(slots=True)
class _Left:
    """What graphql-core must resolve of rows: the fields, what was given for the list, and what is written of it.

    `pending` are the rows that are awaited.
    """

    plan: ObjectPlan
    missing: dict[str, FieldDetailsList]
    given: _Given
    written: list[Any]
    pending: list[Coroutine[Any, Any, None]]


class CompiledCompletion(Completion):
    """`plans` are those of the document; None where none are kept."""

    plans: PlanSet | None = None
    _run = 0

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        self._run = next(_RUNS)
        return super().execute_operation(serially)

    def complete_iterable_value(self, *given: Any, **_none: Any) -> AwaitableOrValue[list[Any]]:
        """Completes a list by its plan. The parameters are taken as they come, as in Completion."""
        item_type, details, info, _, items, position = given
        planned = self._planned_list(item_type, details, items, position)
        if planned is None or not planned.may_be_tried():
            return super().complete_iterable_value(*given)
        if planned.item is None:
            if not has_loop():
                return super().complete_iterable_value(*given)
            return self._complete_rows(planned, given)
        if len(items) > LONG and has_loop():
            return self._complete_long(planned, given)
        make, run = planned.item, PlanRun(self, info)
        try:
            written = [make(item, run) for item in items]
        except Exception:  # noqa: BLE001 - whatever it is, graphql-core meets it again and says what is wrong
            self._fall_back(planned, info)
            return super().complete_iterable_value(*given)
        planned.fallbacks = 0
        return written

    def _planned_list(self, item_type: Any, details: FieldDetailsList, items: Any, position: Any) -> Planned | None:
        if not items or (type(items) is not list and type(items) is not tuple):
            return None
        if self._is_unusual() or position is not None:
            return None
        assert self.plans is not None
        return self.plans.for_list(self, item_type, details=details, run=self._run, length=len(items))

    def _is_unusual(self) -> bool:
        """Whether the operation runs with something that plans do not know."""
        return (
            self.plans is None
            or self.middleware_manager is not None
            or self.abort_signal is not None
            or not self.error_propagation
            or self.is_awaitable not in _KNOWN_TESTS
        )

    def _fall_back(self, planned: Planned, info: Any) -> None:
        planned.note_fallback()
        count_fallback(info.parent_type.name)

    async def _complete_long(self, planned: Planned, given: _Given) -> list[Any]:
        _, _, info, _, items, _ = given
        assert planned.item is not None
        self._turns = turns()
        try:
            written = await in_turns(planned.item, items, PlanRun(self, info))
        except Exception:  # noqa: BLE001 - see above
            self._fall_back(planned, info)
            return await _settled(super().complete_iterable_value(*given))
        planned.fallbacks = 0
        return written

    # --------------------------------------------------------------------- rows and objects with more than lies in them
    async def _complete_rows(self, planned: Planned, given: _Given) -> list[Any]:
        """Completes rows some of whose fields are columns, or left to graphql-core."""
        item_type, _, info, _, items, _ = given
        assert planned.objects is not None
        self._turns, run = turns(), PlanRun(self, info)
        try:
            is_nullable = not isinstance(item_type, GraphQLNonNull)
            written, found = await by_plan(planned.objects, items, run, is_nullable=is_nullable)
        except Exception:  # noqa: BLE001 - see above
            self._fall_back(planned, info)
            return await _settled(super().complete_iterable_value(*given))
        planned.fallbacks = 0
        pending: list[Coroutine[Any, Any, None]] = []
        try:
            for plan, rows in found:
                failed = await fill_columns(plan, rows, run)
                if failed:
                    self._fall_back(planned, info)
                if missing := plan.missing(failed):
                    await self._begin_left(_Left(plan, missing, given, written, pending), rows)
            if pending:
                await self.gather_async_work([begun_in_turn(each, turns()) for each in pending])
        except BaseException:  # nobody awaits them any more; that of a row that has ended is closed already
            for each in pending:
                each.close()
            raise
        return written

    async def _begin_left(self, left: _Left, rows: RowBatch) -> None:
        """Begins what graphql-core must resolve of each row, as it does itself, and notes what has to be awaited."""
        path = left.given[3]
        for item, row, index in zip(rows.objects, rows.written, rows.indexes, strict=True):
            await turns().mine()
            item_path = path.add_key(index, None)
            try:
                found: Any = self.execute_fields(left.plan.kind, item, item_path, left.missing, None)
                if is_awaitable(found):
                    left.pending.append(self._row_done(left, found, row, index))
                else:
                    row.update(found)
            except Exception as error:  # noqa: BLE001 - a field that is not nullable has failed
                try:
                    self._row_failed(left, error, index)
                except Exception:
                    self.settle_in_background([*left.pending])
                    left.pending.clear()
                    raise

    async def _row_done(self, left: _Left, found: Awaitable[dict[str, Any]], row: dict[str, Any], index: int) -> None:
        try:
            row.update(await found)
        except Exception as error:  # noqa: BLE001 - as above
            self._row_failed(left, error, index)

    def _row_failed(self, left: _Left, error: Exception, index: int) -> None:
        """Makes the item null; raises when it may not be."""
        item_type, details, _, path, _, _ = left.given
        self.handle_field_error(error, item_type, details, path.add_key(index, None))
        left.written[index] = None

    def complete_object_value(self, *given: Any, **_none: Any) -> AwaitableOrValue[dict[str, Any]]:
        """Completes a single object: what lies in it by its plan, the rest by graphql-core."""
        kind, details, info, path, result, position = given
        found = None if position is not None or self._is_unusual() else self._object_plan(kind, details)
        if found is None:
            return self._alone(*given)
        planned, plan = found
        try:
            written: dict[str, Any] = plan.make(result, PlanRun(self, info))
        except Exception:  # noqa: BLE001 - see above
            self._fall_back(planned, info)
            return self._alone(*given)
        planned.fallbacks = 0
        missing = plan.missing(plan.columns)
        if not missing:
            return written
        left: Any = self.execute_fields(kind, result, path, missing, None)
        if is_awaitable(left):
            return _together(written, left)
        together: dict[str, Any] = {**written, **left}
        return together

    def _alone(self, *given: Any) -> AwaitableOrValue[dict[str, Any]]:
        """The object as graphql-core completes it."""
        completed: AwaitableOrValue[dict[str, Any]] = super().complete_object_value(*given)
        return completed

    def _object_plan(self, kind: Any, details: FieldDetailsList) -> tuple[Planned, ObjectPlan] | None:
        assert self.plans is not None
        planned = self.plans.for_object(self, kind, details=details, run=self._run)
        if planned is None or not planned.may_be_tried() or planned.objects is None:
            return None
        [plan] = planned.objects.plans.values()
        return (planned, plan) if plan.number_written else None


async def _together(written: dict[str, Any], found: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    return written | await found


async def _settled(completed: AwaitableOrValue[list[Any]]) -> list[Any]:
    return completed if isinstance(completed, list) else await completed
