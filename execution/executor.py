"""The executor of operations: graphql-core's, with our way to complete lists and objects, and with shared events."""

from typing import Any

from graphql.pyutils import AwaitableOrValue

from execution.plans.lists import CompiledCompletion
from execution.shared_events import SharedEvent, answered, is_for_everybody, question_of


class Executor(CompiledCompletion):
    """One for each run of an operation; that of an event may take the answer that another subscriber was given."""

    _event: SharedEvent[Any] | None = None
    _is_for_everybody: bool | None = None

    def build_per_event_executor(self, payload: Any) -> Any:
        if not isinstance(payload, SharedEvent):
            return super().build_per_event_executor(payload)
        if self._is_for_everybody is None:  # once for all events, whose executors are copies of this one
            self._is_for_everybody = is_for_everybody(self.schema, self.operation, self.fragment_definitions)
        executor: Any = super().build_per_event_executor(payload.value)
        executor._event = payload  # noqa: SLF001 - it is of this class
        return executor

    def execute_operation(self, serially: bool | None = None) -> AwaitableOrValue[Any]:
        event, execute = self._event, super().execute_operation
        if event is None:
            return execute(serially)
        question = question_of(self, event, is_for_everybody=bool(self._is_for_everybody))
        return execute(serially) if question is None else answered(event.notes, question, lambda: execute(serially))
