"""Owns what the app has set up for notifications, and what was sent; must not send."""

import msgspec


class NoticeKey(msgspec.Struct):
    """`private_key` is PEM, `shown_key` the public one as the API shows it: PEM without line breaks."""

    kid: str
    private_key: str
    shown_key: str


class Destination(msgspec.Struct):
    id: str
    name: str
    status: str
    endpoint: str
    verification_token: str


class TopicSubscription(msgspec.Struct):
    """`seller_id` None is the app's own."""

    id: str
    topic: str
    status: str
    destination_id: str
    seller_id: str | None
    created: str


class SentNotice(msgspec.Struct):
    """`statuses` of every attempt, 0 where nobody answered; `body` is the last one's text."""

    id: str
    topic: str
    mode: str
    endpoint: str
    statuses: list[int] = []
    body: str = ""


class NoticeBook(msgspec.Struct):
    """The last of `keys` signs; those before stay readable. `mode` is how messages travel that nobody sent by hand."""

    alert_email: str | None = None
    destinations: dict[str, Destination] = {}
    subscriptions: dict[str, TopicSubscription] = {}
    keys: list[NoticeKey] = []
    sent: list[SentNotice] = []
    mode: str = "NORMAL"
    # A new key signs after so many messages; 0 is never.
    rotates_every: int = 0
