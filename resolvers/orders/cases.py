"""Order cases as clients read them: the list with its filter, and what a case shows."""

from decimal import Decimal
from typing import Annotated

import strawberry

from execution.limits.list_sizes import DEFAULT_PAGE, ListLength
from execution.transport.uploads import Upload
from models.cases.case import CaseAction, OrderCase, OrderCaseKind, OrderCaseStatus
from models.cases.reading import CaseFilter, OrderAtChannel
from models.orders.order import SalesOrder
from resolvers.batching import loaded
from resolvers.channel_jobs.changing import ChannelJobsAnswer
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given, given_ids, given_list
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from resolvers.page import Page, window
from services.cases import acting, reading
from services.cases.acting import CaseWish

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


@strawberry.input(description="What to do about a case. Each action takes some of the values: docs/cases.md.")
class ActOnCaseInput:
    case_id: strawberry.ID = strawberry.field(description="The case.")
    action: CaseAction = strawberry.field(description="One of its `actions`.")
    amount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="REFUND: a part to offer for keeping the goods. Absent: all of it."
    )
    message: str | None = strawberry.field(default=strawberry.UNSET, description="For the buyer or the channel.")
    carrier: str | None = strawberry.field(default=strawberry.UNSET, description="As the channel calls it.")
    tracking_code: str | None = strawberry.field(default=strawberry.UNSET, description="Of the parcel.")
    file: Upload | None = strawberry.field(
        default=strawberry.UNSET,
        description="ADD_EVIDENCE: JPEG or PNG of at most 1.5 MB, as a multipart request brings it.",
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


@mutation(ChannelJobsAnswer)
async def act_on_case(info: Info, input: ActOnCaseInput, idempotency_key: str) -> ChannelJobsAnswer:  # noqa: A002 - the API's name
    wish = CaseWish(
        claimed_id(info.context, input.case_id, "OrderCase", at=["input", "caseId"]),
        input.action,
        given(input.amount),
        given(input.message),
        given(input.carrier),
        given(input.tracking_code),
        given(input.file),
    )
    tools = info.context.tools
    jobs = await acting.act_on_case(tools.db, tools.clock, signed_in(info), wish, idempotency_key=idempotency_key)
    return ChannelJobsAnswer(jobs)
