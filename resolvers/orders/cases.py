"""Order cases as clients read them: the list with its filter, and what a case shows."""

from typing import Annotated

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE, ListLength
from models.cases.case import CaseAction, OrderCase, OrderCaseKind, OrderCaseStatus
from models.cases.reading import CaseFilter, OrderAtChannel
from models.orders.order import SalesOrder
from resolvers.batching import loaded
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given, given_ids, given_list
from resolvers.page import Page, window
from services.cases import reading

ACTIONS_LENGTH = ListLength(len(CaseAction))


@strawberry.input(description="All given parts must hold.", name="OrderCaseFilter")
class OrderCaseFilterInput:
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="Those of these channels."
    )
    kind: list[OrderCaseKind] | None = strawberry.field(
        default=strawberry.UNSET, description="Those of one of these kinds."
    )
    status: list[OrderCaseStatus] | None = strawberry.field(
        default=strawberry.UNSET, description="Those in one of these states."
    )
    is_overdue: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="True: those that are open although `respondBy` has passed. False: all others.",
    )


CaseFilterArgument = Annotated[OrderCaseFilterInput | None, strawberry.argument(name="filter")]


async def order_cases(
    info: Info,
    first: int | None = DEFAULT_PAGE,
    after: str | None = strawberry.UNSET,
    filter_: CaseFilterArgument = strawberry.UNSET,
) -> Page[OrderCase]:
    viewer, db, clock = signed_in(info), info.context.db, info.context.tools.clock
    wanted = _filter(given(filter_))
    found = await reading.order_cases(db, clock, viewer, wanted, window(first, after))
    return Page(found, lambda: reading.number_of_order_cases(db, clock, viewer, wanted))


order = loaded(
    lambda loaders, case: (
        loaders.orders_at_channels.load(OrderAtChannel(case.channel_id, case.order_external_id))
        if case.order_external_id
        else None
    ),
    shows=SalesOrder,
)


def actions(root: strawberry.Parent[OrderCase]) -> list[CaseAction]:
    return [action for action in CaseAction if action.value in root.actions]


def _filter(asked: OrderCaseFilterInput | None) -> CaseFilter:
    if asked is None:
        return CaseFilter()
    return CaseFilter(
        channel_ids=given_ids(asked.channel_ids, "channelIds", of="Channel"),
        kinds=given_list(asked.kind, "kind"),
        statuses=given_list(asked.status, "status"),
        is_overdue=given(asked.is_overdue),
    )
