"""The mutations of conversations: marking one as read, and writing to a buyer."""

from typing import Annotated

import strawberry

from models.conversations.conversation import Conversation
from resolvers.channel_jobs.changing import ChannelJobsAnswer
from resolvers.context import Info, signed_in
from resolvers.inputs.ids import claimed_id
from resolvers.mutation import mutation
from services.conversations import reading, sending

WhereTo = Annotated[strawberry.ID, strawberry.argument(description="The conversation with the buyer.")]
MessageText = Annotated[
    str, strawberry.argument(description="1 to 2,000 characters; white space around it is cut off.")
]


@mutation("conversation")
async def mark_conversation_read(
    info: Info, conversation_id: Annotated[strawberry.ID, strawberry.argument(name="id")]
) -> Conversation:
    tools = info.context.tools
    wanted = claimed_id(info.context, conversation_id, "Conversation")
    return await reading.mark_read(tools.db, tools.clock, signed_in(info), wanted)


@mutation(ChannelJobsAnswer)
async def send_message(
    info: Info, conversation_id: WhereTo, text: MessageText, idempotency_key: str
) -> ChannelJobsAnswer:
    tools = info.context.tools
    wanted = claimed_id(info.context, conversation_id, "Conversation", at=["conversationId"])
    jobs = await sending.send_message(
        tools.db, tools.clock, signed_in(info), wanted, text, idempotency_key=idempotency_key
    )
    return ChannelJobsAnswer(jobs)
