"""Owns what is remembered of a conversation; must not know how the site shows it."""

from typing import Any

import msgspec

Object = dict[str, Any]


class Message(msgspec.Struct):
    """`kind` is the site's word: what people write is `message`; `status_message` and others come by themselves."""

    message_id: int
    author_id: int
    body: str
    at_s: int
    kind: str = "message"


class Talk(msgspec.Struct):
    """With one buyer, about one item or none. About an item it has a transaction, whether anything is bought or not."""

    conversation_id: int
    buyer_id: int
    login: str
    updated_s: int
    item_id: int | None = None
    transaction_id: int | None = None
    is_unread: bool = False
    messages: list[Message] = []
    is_hole: bool = False
    shown: Object = {}
