"""OrderCase: a return, a cancellation, an inquiry or a dispute of a buyer."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry

from models.cases.case import CaseAction, OrderCaseKind, OrderCaseStatus
from models.cases.case import OrderCase as OrderCaseRow
from resolvers.channels.reading import channel_of
from resolvers.orders import cases
from schema.channel_jobs.mutations import ChannelJobsPayload
from schema.field import field
from schema.node import Node, entity
from schema.scalars import Currency

if TYPE_CHECKING:
    from schema.channels import Channel
    from schema.orders.order import Order


@entity(OrderCaseRow, description="A return, a cancellation, an inquiry or a dispute of a buyer, at a channel.")
class OrderCase(Node):
    channel: Annotated["Channel", strawberry.lazy("schema.channels")] = field(channel_of, description="Where it is.")
    order: Annotated["Order", strawberry.lazy("schema.orders.order")] | None = field(
        cases.order, description="What it is about; null: that order has not been read."
    )
    kind: OrderCaseKind = field(description="What it is about.")
    status: OrderCaseStatus = field(description="Whom it waits for.")
    external_id: str = field(description="The channel's own id of it.")
    reason: str | None = field(description="What the buyer gave as the reason, in the channel's words; null: none.")
    currency: Currency | None = field(description="That of `amount`.")
    amount: Decimal | None = field(description="What is claimed; null where the channel does not tell.")
    opened_at: datetime = field(description="When it was opened.")
    respond_by: datetime | None = field(description="Until when you have to answer; null: the channel names no time.")
    closed_at: datetime | None = field(description="When it ended; null: it is open, or the channel does not tell.")
    outcome: str | None = field(description="How it ended, in the channel's words; null: not yet, or not told.")
    actions: list[CaseAction] = field(
        cases.actions, description="What may be done about it now.", size=cases.ACTIONS_LENGTH
    )


@strawberry.type
class CaseMutations:
    act_on_case: ChannelJobsPayload | None = field(
        cases.act_on_case,
        description="Answers a case at its channel. The same wish again, while its job runs, is answered with that "
        "job. Needs REFUND.",
    )
