"""Every field that is looked up for an object of a list is looked up for all objects of the list at once."""

from collections.abc import Iterator
from inspect import signature
from typing import Any

from execution.plans.fields import MANY
from schema import build_schema

# Objects of which an answer has one: the viewer, its active tenant, the overview of the staff, an answer of insights.
SINGLE = {"Query", "Mutation", "Subscription", "Viewer", "Tenant", "Admin", "InsightsResult"}


def fields_looked_up() -> Iterator[tuple[str, Any]]:
    """The fields whose resolvers have to be awaited for each object, with the names of their types."""
    for name, kind in build_schema().schema_converter.type_map.items():
        for field in getattr(kind.definition, "fields", ()):
            if getattr(field, "base_resolver", None) is not None and field.is_async:
                yield name, field


def test_what_is_looked_up_for_the_objects_of_a_list_has_a_list_form() -> None:
    found = [(name, field) for name, field in fields_looked_up() if name not in SINGLE]
    assert [f"{name}.{field.python_name}" for name, field in found if MANY not in field.metadata] == []
    assert len(found) > 20


def test_a_list_form_takes_what_its_resolver_takes() -> None:
    for name, field in fields_looked_up():
        if MANY in field.metadata:
            one, many = (signature(each) for each in (field.base_resolver.wrapped_func, field.metadata[MANY]))
            assert [*one.parameters] == [*many.parameters], f"{name}.{field.python_name}"
            defaults = [{each.name: each.default for each in form.parameters.values()} for form in (one, many)]
            assert defaults[0] == defaults[1], f"{name}.{field.python_name}"
