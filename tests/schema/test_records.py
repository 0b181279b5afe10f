"""What resolvers return has an attribute for each plain field of the type that shows it.

Strawberry reads such a field by its name when it is asked for, so a name that is missing is an error of that one query;
mypy sees no tie between the two. The walk follows the annotations of resolvers and records.
"""

import dataclasses
import types
from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from strawberry.types.base import StrawberryContainer, has_object_definition

from execution.shared_events import SharedEvent
from schema import build_schema
from schema.mutation import Mutation
from schema.query import Query
from schema.subscription import Subscription

# What the type variables of a generic record stand for.
Known = dict[Any, Any]


def object_type(kind: Any) -> Any:
    """The type of the API behind lists and nulls; None for a leaf, and for an interface, whose rows are entities'."""
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    kind = kind.resolve_type() if hasattr(kind, "resolve_type") and not has_object_definition(kind) else kind
    is_object = has_object_definition(kind) and not kind.__strawberry_definition__.is_interface
    return kind if is_object else None


def fields_of(kind: Any) -> list[Any]:
    fields: list[Any] = kind.__strawberry_definition__.fields
    return fields


def records(annotation: Any, known: Known) -> Iterator[tuple[type, Known]]:
    """The classes of the objects that an annotation promises, whatever lists, pages or streams they come in."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, TypeVar):
        # One that nothing is known of is of a maker of lists, whose rows are entities.
        yield from records(known[annotation], {}) if annotation in known else ()
    elif origin in (Annotated, SharedEvent):  # subscribers are shown what is in the event
        yield from records(arguments[0], known)
    elif isinstance(origin, type) and dataclasses.is_dataclass(origin):
        parameters: tuple[Any, ...] = getattr(origin, "__parameters__", ())
        yield origin, {name: known.get(each, each) for name, each in zip(parameters, arguments, strict=True)}
    elif origin is not None or isinstance(annotation, types.UnionType):
        assert origin is Union or arguments, f"{annotation} says nothing of its items"
        for each in arguments:
            yield from records(each, known)
    elif isinstance(annotation, type) and annotation is not types.NoneType:
        yield annotation, {}


def annotation_of(record: type, name: str) -> Any:
    hints = get_type_hints(record, include_extras=True)
    attribute = getattr(record, name, None)
    return get_type_hints(attribute.fget)["return"] if isinstance(attribute, property) else hints.get(name)


class Walk:
    """`shown` are the types with a record that they show, `missing` the fields that it lacks."""

    def __init__(self, *roots: Any) -> None:
        self.shown, self.missing = set[tuple[str, str]](), set[str]()
        self._types = set[Any]()
        for root in roots:
            self._resolvers_below(root)

    def _resolvers_below(self, kind: Any) -> None:
        if kind is None or kind in self._types:
            return
        self._types.add(kind)
        for field in fields_of(kind):
            if field.base_resolver is not None:
                self._compare_with_returned(field)
            self._resolvers_below(object_type(field.type))

    def _compare_with_returned(self, field: Any) -> None:
        resolver, kind = field.base_resolver.wrapped_func, field.type
        payload = getattr(resolver, "__payload__", None)
        if isinstance(payload, str):  # it returns the value of that field of its payload
            [kind] = [each.type for each in fields_of(object_type(kind)) if each.python_name == payload]
        self._compare(kind, get_type_hints(resolver, include_extras=True)["return"], {})

    def _compare(self, kind: Any, annotation: Any, known: Known) -> None:
        shown = object_type(kind)
        for record, parameters in records(annotation, known) if shown is not None else ():
            pair = (shown.__name__, record.__name__)
            if pair in self.shown and not parameters:
                continue
            self.shown.add(pair)
            for field in (each for each in fields_of(shown) if each.base_resolver is None):
                hint = annotation_of(record, field.python_name)
                if hint is None and not hasattr(record, field.python_name):
                    self.missing.add(f"{record.__name__}.{field.python_name} of {shown.__name__}")
                elif hint is not None:
                    self._compare(field.type, hint, parameters)


def test_a_plain_field_is_an_attribute_of_what_resolvers_return() -> None:
    build_schema()  # types that name each other are known from here on
    walk = Walk(Query, Mutation, Subscription)
    assert walk.missing == set()
    # It has been to what is returned alone, in a list, on a page, in a stream, within a record and by a mutation.
    assert walk.shown >= {
        ("RefreshError", "Failure"),
        ("QuotaUsage", "QuotaUsage"),
        ("PageInfo", "PageEnds"),
        ("InsightsRow", "InsightsRow"),
        ("RefreshJob", "RefreshJob"),
        ("TenantSummary", "Tenant"),
        ("AccessGrant", "AccessGrant"),
        ("UserError", "UserError"),
    }


def test_a_name_that_is_missing_is_found() -> None:
    walk = Walk()
    [rows] = [field for field in fields_of(Query) if field.python_name == "rate_limit"]
    walk._compare(rows.type, int, {})
    assert "int.reset_at of RateLimit" in walk.missing
