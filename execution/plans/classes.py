"""What is known of the classes of values: an awaitable, an exception or a generator is no plain value for a plan.

A class is looked at once; after that, a value of it costs one look-up.
"""

from types import AsyncGeneratorType, CoroutineType, FunctionType, GeneratorType

from graphql.pyutils import Undefined

_NEVER_PLAIN = (BaseException, CoroutineType, GeneratorType, AsyncGeneratorType, type(None), type(Undefined), type)
# Classes can be made at run time: of more of them than a program has, none is remembered.
_MOST_CLASSES = 2_000


class NotPlainError(Exception):
    """A value, type or place that a plan does not know: graphql-core must complete the list or object instead."""


class PlainClasses(set[type]):
    """The classes whose values a plan may read."""

    def learn(self, kind: type) -> None:
        """Adds the class; raises NotPlainError for one whose values are more than plain values.

        A class of its own attribute access is none: reading an attribute of its values once may differ from twice.
        """
        is_odd = issubclass(kind, _NEVER_PLAIN) or hasattr(kind, "__await__") or hasattr(kind, "__aiter__")
        if is_odd or isinstance(kind.__getattribute__, FunctionType):
            raise NotPlainError(kind.__name__)
        if len(self) < _MOST_CLASSES:
            self.add(kind)


PLAIN = PlainClasses()
