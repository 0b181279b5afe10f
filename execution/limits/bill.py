"""Bill: what one operation is charged before it runs, and what of it is given back when its answer is known."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLSchema, OperationType
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from errors import Forbidden
from execution.context import OperationContext
from execution.documents import Prepared, PreparedOperation
from execution.limits.answered import Answered
from execution.limits.cost import MAX_COST, Cost
from execution.limits.cost_shape import CostShape, cost_shape
from execution.limits.root_fields import RootField, known_variables, root_fields

REFUSED_COST = 100  # points of an operation that is refused: finding its errors takes time too
# An operation of more points is counted again with the number of objects that exist, which takes a query.
WORTH_COUNTING = 10_000
# A shape of more parts is made anew for each run, so that documents that are kept do not fill the memory.
KEPT_PARTS = 300
INTROSPECTION = ("__schema", "__type")


class Bill:
    """Of one operation; `requested` is what its answer may cost, which can be more than it was charged."""

    def __init__(self, schema: GraphQLSchema, context: OperationContext) -> None:
        self._schema = schema
        self._context = context
        self._cost: Cost | None = None
        self._charged = 0
        self._actual: int | None = None
        self.requested = 0

    @property
    def is_charged(self) -> bool:
        """Whether anything was charged yet."""
        return self._charged > 0

    async def refuse(self) -> None:
        """Charges an operation that is refused before it runs; raises RateLimited."""
        self.requested = max(self.requested, REFUSED_COST)
        await self._charge((), REFUSED_COST)

    async def admit(self, document: Prepared, operation: PreparedOperation, given: Mapping[str, Any]) -> None:
        """Charges an operation that may run; raises what it is refused by, such as QueryTooComplex or RateLimited."""
        variables = known_variables(operation.node, given)
        self._cost = Cost(self._shape(document, operation), variables)
        if operation.charge is not None:
            fields, self.requested = operation.charge
        else:
            by_key = root_fields(document.document, operation.node, variables)
            fields, self.requested = list(by_key.values()), self._cost.points()
            if self.requested > WORTH_COUNTING:
                await self._count(self._cost, operation, by_key)
            elif operation.is_constant:
                operation.charge = fields, self.requested
        if not self._context.shows_schema and any(field.name in INTROSPECTION for field in fields):
            raise Forbidden("The schema is not shown here; schema.graphql of the project is the whole of it.")
        # A subscription is charged once, however many events it will have, and nothing of that is given back.
        await self._charge(fields, self.requested, reserves=operation.kind is not OperationType.SUBSCRIPTION)
        root = self._schema.get_root_type(operation.kind)
        named = root.fields if root is not None else {}
        if refusal := self._context.refusal(named.get(field.name) for field in fields):
            self.known(REFUSED_COST)
            raise refusal

    def actual(self, result: ExecutionResult) -> int:
        """What the answer cost: never more than was charged, and all of that if the operation was refused."""
        if self._actual is None:
            if self._cost is None or isinstance(result, PreExecutionError):
                self._actual = self._charged
            else:
                answered = Answered(self._cost, has_errors=bool(result.errors))
                self._actual = answered.points(result.data, requested=self._charged)
        return self._actual

    def known(self, actual: int) -> None:
        """Told what the operation cost if its answer does not say it: if it is kept from an earlier time, or none."""
        self._actual = min(actual, self._charged)

    async def settled(self, result: ExecutionResult) -> dict[str, Any]:
        """Gives back what the answer did not cost; answers `extensions.cost`."""
        actual = self.actual(result)
        throttle = await self._context.settle(spent=actual)
        status = None if throttle is None else throttle.status()
        return {"requested": self.requested, "actual": actual, "throttleStatus": status}

    async def abandoned(self) -> None:
        """Told that nobody waits for the answer any more: nothing is given back, since the work may have been done."""
        await self._context.settle(spent=self._charged)

    def _shape(self, document: Prepared, operation: PreparedOperation) -> CostShape:
        if operation.cost_shape is not None:
            return operation.cost_shape
        shape = cost_shape(self._schema, operation.node, document.fragment_definitions)
        if shape.size <= KEPT_PARTS:
            operation.cost_shape = shape
        return shape

    async def _count(self, cost: Cost, operation: PreparedOperation, fields: Mapping[str, RootField]) -> None:
        """Counts again what costs much; raises QueryTooComplex if it is still too much."""
        # Only queries: the answer of a mutation or a subscription may have objects that do not exist yet.
        if operation.kind is OperationType.QUERY:
            cost.know(await self._context.existing(fields))
            self.requested = cost.points()
        if self.requested > MAX_COST:
            await self.refuse()
            raise cost.refusal(self.requested)

    async def _charge(self, fields: Sequence[RootField], points: int, *, reserves: bool = False) -> None:
        await self._context.charge(fields, cost=points, reserves=reserves)
        self._charged = points
