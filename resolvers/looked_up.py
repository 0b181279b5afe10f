"""Fields that are looked up: what a row leads to is said once, and answered for one row or for all rows of a list.

A list form has the same parameters as the resolver, with all parents in place of one, and answers their values in
order. The executor asks it once for a list (execution/plans); when it raises, each row is asked by itself.
"""

from asyncio import Future, gather
from collections.abc import Callable, Sequence
from typing import Any

import strawberry

from resolvers.context import Info
from resolvers.loaders import Loaders

# The name of a resolver's attribute for its list form; `schema.field.field` makes it known to the executor.
LIST_FORM = "list_form"


def with_list_form(resolver: Callable[..., Any], list_form: Callable[..., Any]) -> Callable[..., Any]:
    """The resolver, which knows its list form from now on."""
    setattr(resolver, LIST_FORM, list_form)
    return resolver


def loaded(ask: Callable[[Loaders, Any], Any], *, shows: Any) -> Callable[..., Any]:
    """The resolver of a field that a loader answers.

    `ask` answers what the loader promises for a parent, or what is at hand already, such as None. `shows` is the class
    of what is loaded.
    """

    async def one(root: strawberry.Parent[Any], info: Info) -> Any:
        [answer] = await answers_of([ask(info.context.loaders, root)])
        return answer

    async def many(root: Sequence[Any], info: Info) -> list[Any]:
        loaders = info.context.loaders
        return await answers_of([ask(loaders, parent) for parent in root])

    one.__annotations__["return"] = shows
    return with_list_form(one, many)


async def answers_of(asked: Sequence[Any]) -> list[Any]:
    """What was at hand or is promised, in order. Parents with the same key have the same promise."""
    promised = {id(each): each for each in asked if isinstance(each, Future)}
    answers = dict(zip(promised, await gather(*promised.values()), strict=True))
    return [answers.get(id(each), each) for each in asked]
