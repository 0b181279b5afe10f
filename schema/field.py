"""Fields that have a resolver: strawberry.field and strawberry.subscription, typed so that an annotation may stand."""

from collections.abc import AsyncGenerator, Callable
from typing import Any

import strawberry

from execution.idempotent import SECRET
from execution.limits.directives import CostDirective
from execution.limits.large_input import LARGE
from execution.limits.list_sizes import SIZE, ListLength
from execution.open_fields import OPEN
from execution.plans.fields import MANY
from resolvers.batching import LIST_FORM
from resolvers.operations.agent_fields import FOR_AGENTS

_strawberry_field: Any = strawberry.field  # its overloads know no resolver that may be absent


def field(
    resolver: Callable[..., Any] | None = None,
    *,
    description: str | None = None,
    name: str | None = None,
    deprecation_reason: str | None = None,
    size: ListLength | None = None,
    secret: bool = False,
    is_open: bool = False,
    is_for_agents: bool = False,
    is_large: bool = False,
    weight: int | None = None,
) -> Any:
    """A field of the API; without a resolver it is the same-named attribute of the row.

    `is_for_agents`: a root field for browser extensions alone. `is_large`: a mutation that may be given more than
    others (execution/limits/large_input.py). `is_open`: a root field that is answered without credentials; an operation
    of others alone is refused then. `size` says how many items a list without pages has at most. `secret`: its value is
    a secret or, for a mutation, one of its arguments is; what clients are answered a second time must have none.
    `weight`: its points, where it costs more than a look-up.
    """
    form = getattr(resolver, LIST_FORM, None)
    known = (
        (SIZE, size),
        (SECRET, secret),
        (OPEN, is_open),
        (FOR_AGENTS, is_for_agents),
        (LARGE, is_large),
        (MANY, form),
    )
    metadata = {key: value for key, value in known if value}
    return _strawberry_field(
        resolver=resolver,
        description=description,
        name=name,
        deprecation_reason=deprecation_reason,
        metadata=metadata or None,
        directives=() if weight is None else (CostDirective(weight=str(weight)),),
    )


def subscription(
    resolver: Callable[..., AsyncGenerator[Any, None]], *, description: str | None = None, is_for_agents: bool = False
) -> Any:
    """A field of Subscription; the annotation names what each event is. `is_for_agents`: as in `field`."""
    metadata = {FOR_AGENTS: True} if is_for_agents else None
    return strawberry.subscription(resolver=resolver, description=description, metadata=metadata)
