"""The list of subscriptions: one line each, what they do is in resolvers/."""

import strawberry


@strawberry.type
class Subscription:
    """Current state first, then every change."""
