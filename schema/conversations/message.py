"""Message: something that was said in a conversation with a buyer."""

from datetime import datetime

import strawberry

from resolvers.conversations import reading
from schema.field import field


@strawberry.type(description="Something that you or the buyer wrote.")
class Message:
    id: strawberry.ID = field(reading.message_id, description="Global and opaque; read with its conversation.")
    from_us: bool = field(description="True: you wrote it, here or at the channel. False: the buyer did.")
    text: str = field(description="As the channel shows it, at most 10,000 characters; empty for a picture alone.")
    sent_at: datetime = field(description="When it was sent, by the channel's clock.")
